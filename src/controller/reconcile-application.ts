import { isDeepStrictEqual } from 'node:util';
import { names } from '../api/index.ts';
import { catalogue, problemsOf } from '../errors.ts';
import { type KindRef, parseGroupKind, type Plan } from '../sync/index.ts';
import type { ApplicationState, RenderedWell } from './application-state.ts';
import { type CaptureSettings, captureSettingsOf } from './capture/capture-state.ts';
import { captureStep, continueCapture, endCapture, forgetCapture } from './capture/capture-step.ts';
import type { ReconcileContext, Turn } from './context.ts';
import { decide, planFor } from './decide.ts';
import { finalizeApplication } from './finalize.ts';
import { proveStep } from './prove-step.ts';
import { liveFingerprint, recoverLastApplied } from './recover.ts';
import { renderApplication } from './render-step.ts';
import type { SyncState } from './status.ts';
import { settledAt } from './revisions-of.ts';
import { syncedState, syncStep } from './sync-step.ts';
import { writeStatus } from './write-status.ts';

const transientRetryMilliseconds = 5_000;
const contestedRetryMilliseconds = 10_000;

/**
 * Brings one Application a step further, whatever state it is in: it looks at what there is, does what can be
 * done now, writes the status, and returns. What it has to wait for comes back as an event or a timer.
 */
export async function reconcileApplication(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  if (state.application.metadata.deletionTimestamp !== undefined) return finalizeApplication(state, context, signal);
  acceptRequest(state);

  const source = await context.sourceOf(state.application);
  if (source.state !== 'ready') {
    const sync: SyncState =
      source.state === 'pending'
        ? { state: 'waiting', reason: 'WaitingForRepository', message: source.message }
        : { state: 'failed', reason: 'RepositoryFailed', problems: source.problems, retry: true };
    return writeStatus(state, context, { sync }, signal);
  }

  const notes = source.parts.flatMap(({ note }) => note ?? []);
  const rendered = await renderApplication(state, source, context, signal);
  if (rendered.state === 'failed') {
    const retry = rendered.problems.every(({ code }) => catalogue[code].transient);
    await writeStatus(
      state,
      context,
      { sync: { state: 'failed', reason: 'RenderFailed', problems: rendered.problems, retry }, source, notes },
      signal,
    );
    // A fault of the input stays until the input changes; one of the surroundings may pass.
    if (retry) {
      state.rendered = undefined;
      context.requeue(state.id, transientRetryMilliseconds);
    }
    return;
  }

  await context.members.watch(kindsOf(state, rendered), signal);
  await takeRules(state, context, signal);
  const view = context.members.view(state.applySet);
  recoverLastApplied(state, rendered.desired, view);
  state.stepping = true;
  state.missed = false;
  const sync = await act({ state, source, rendered, view, context, signal }).finally(() => {
    state.stepping = false;
  });
  // A kind that this very sync defined can be watched from now on.
  await context.members.watch(kindsOf(state, rendered), signal);
  const plan = planFor({ state, rendered, view, context });
  context.recordClaims(
    state.id,
    plan.blocked.filter(({ reason }) => reason === 'claimed').map(({ id }) => id),
  );
  await writeStatus(state, context, { sync, source, rendered, plan, view, notes }, signal);
}

/** Rules of health that have changed are for what is there already, too. */
async function takeRules(state: ApplicationState, context: ReconcileContext, signal: AbortSignal): Promise<void> {
  const changed = context.ruleBook.update(state.applySet, state.application.spec.health?.rules ?? []);
  if (changed !== undefined) await context.members.judgeAnew(state.applySet, changed, signal);
}

/** A new value of `requestedAt` asks to look at everything again: nothing that was proved counts any more. */
function acceptRequest(state: ApplicationState): void {
  const request = state.application.metadata.annotations?.[names.requestedAt];
  if (request === undefined || request === state.handledRequest) return;
  state.handledRequest = request;
  state.lastApplied = new Map();
  state.recovered = true;
  state.rendered = undefined;
  state.failed = undefined;
  state.active = undefined;
  state.reverts = [];
  forgetCapture(state);
}

/** The kinds to know the live objects of: those that are desired, and those that may have to be pruned. */
function kindsOf(state: ApplicationState, rendered: RenderedWell): KindRef[] {
  const kinds = new Map<string, KindRef>();
  for (const name of state.parent.groupKinds) kinds.set(name, parseGroupKind(name));
  for (const { resource } of [...rendered.desired.objects, ...(rendered.desired.hooks ?? [])]) {
    kinds.set(`${resource.kind}.${resource.group}`, {
      group: resource.group,
      kind: resource.kind,
      version: resource.version,
    });
  }
  return [...kinds.values()];
}

async function act(turn: Turn): Promise<SyncState> {
  const { state, rendered, context, signal } = turn;
  try {
    if (state.active !== undefined) return await syncStep(turn, state.active.cause);
    await continueCapture(turn);
    const plan = planFor(turn);
    const decision = decide(state, rendered, plan, context.now());
    switch (decision.kind) {
      case 'nothing':
        endCapture(turn);
        return settle(turn, plan);
      case 'sync':
        return await syncStep(turn, decision.cause);
      case 'prove':
        return await prove(turn);
      case 'capture':
        return await capture(turn, plan, decision.settings);
      case 'leave':
        if (decision.reason === 'DriftContested') context.requeue(state.id, contestedRetryMilliseconds);
        return { state: 'out-of-sync', reason: decision.reason, message: decision.message };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    state.active = undefined;
    const problems = problemsOf(error);
    context.log.warn({ application: state.id, problems }, 'the sync was broken off');
    context.requeue(state.id, transientRetryMilliseconds);
    return { state: 'failed', reason: 'SyncFailed', problems, retry: true };
  }
}

/** What is found to differ although Git has not moved is a drift like any other. */
async function prove(turn: Turn): Promise<SyncState> {
  const found = await proveStep(turn);
  const settings = captureSettingsOf(turn.state.application);
  const plan = planFor(turn);
  return settings === undefined || plan.apply.length === 0 ? found : capture(turn, plan, settings);
}

async function capture(turn: Turn, plan: Plan, settings: CaptureSettings): Promise<SyncState> {
  const outcome = await captureStep(turn, plan, settings);
  return outcome.kind === 'revert' ? syncStep(turn, 'drift') : outcome.sync;
}

/** What holds the desired fields already counts as applied: whatever changes it from now on is drift. */
function remember(state: ApplicationState, { unchanged }: Plan): void {
  const news = unchanged.filter(({ desired }) => state.lastApplied.get(desired.id)?.digest !== desired.digest);
  if (news.length === 0) return;
  const known = news.map(
    ({ desired: { id, digest }, live }) => [id, { digest, fingerprint: live.fingerprint }] as const,
  );
  state.lastApplied = new Map([...state.lastApplied, ...known]);
}

/** Nothing differs: the commit is what the cluster holds, without a call. */
function settle({ state, rendered, view, context }: Turn, plan: Plan): SyncState {
  const { settled } = state;
  const fingerprint = liveFingerprint(rendered.desired, view);
  const same =
    settled.digest === rendered.desired.digest &&
    isDeepStrictEqual(settled, settledAt(settled, rendered.versions)) &&
    settled.fingerprint === fingerprint;
  state.failed = undefined;
  remember(state, plan);
  state.handledSyncRequest =
    state.application.metadata.annotations?.[names.syncRequestedAt] ?? state.handledSyncRequest;
  if (!same) {
    const { fingerprint: _old, ...rest } = settled;
    const at = new Date(context.now()).toISOString();
    state.settled = {
      ...settledAt(rest, rendered.versions),
      digest: rendered.desired.digest,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      synced: { at, by: 'automated', objects: rendered.desired.objects.length, failed: 0 },
    };
  }
  return syncedState(state, rendered);
}
