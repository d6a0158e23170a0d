import { isDeepStrictEqual } from 'node:util';
import { names } from '../../api/index.ts';
import { catalogue, type Problem, problemsOf } from '../../errors.ts';
import { formatSelector, isSelected } from '../../sync-request.ts';
import { deletionPhasesOf, type Plan } from '../../sync/index.ts';
import type { ActiveSync, ApplicationState, SyncCause } from './application-state.ts';
import { type CaptureSettings, captureSettingsOf } from '../capture/capture-state.ts';
import { captureStep, continueCapture, endCapture, forgetCapture } from '../capture/capture-step.ts';
import type { ApplicationSource, ReconcileContext, Turn } from './context.ts';
import { decide, driftedIn, partOfPlan, planFor } from './decide.ts';
import { awaitDependencies } from '../depends/await-dependencies.ts';
import { withDependencies } from '../depends/dependency-problems.ts';
import { lookAtDrift } from '../drift/drift-looks.ts';
import { firstEnd, nextRevert } from '../drift/fights.ts';
import { finalizeApplication } from '../deletion/finalize.ts';
import { recordUntold, syncedState } from '../syncing/finish-sync.ts';
import { holdBack, watchWindows } from '../syncing/hold-back.ts';
import { describeHold, stepHold } from '../syncing/hold.ts';
import { proveStep } from '../syncing/prove-step.ts';
import { allOf, kindsOf } from './kinds-of.ts';
import { among, knowKinds, without } from './known-kinds.ts';
import { liveFingerprint, recoverLastApplied } from '../syncing/recover.ts';
import { renderApplication } from '../rendering/render-step.ts';
import type { SyncState } from '../status/status.ts';
import { settledAt, shortRevisions } from '../syncing/revisions-of.ts';
import { stopWhereAsked } from '../syncing/stop-sync.ts';
import {
  answerRequest,
  describeInShort,
  failRequest,
  openSyncRequest,
  refuseRequest,
  refuseWrongRequest,
} from '../syncing/sync-requests.ts';
import { syncStep } from '../syncing/sync-step.ts';
import { notesOn, withUnreachable } from '../status/unreachable-status.ts';
import { takeRules } from '../health/take-rules.ts';
import { writeStatus } from '../status/write-status.ts';

const transientRetryMilliseconds = 5_000;

/**
 * Brings one Application a step further, whatever state it is in: it looks at what there is, does what can be
 * done now, writes the status, and returns. What it has to wait for comes back as an event or a timer.
 */
export async function reconcileApplication(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  state.lookedAt = state.news;
  if (state.application.metadata.deletionTimestamp !== undefined) return finalizeApplication(state, context, signal);
  acceptRequest(state);
  refuseWrongRequest(state, context.now());
  watchWindows(state, context.now(), context.requeue);

  const hold = await stepHold(state, context, signal);
  if (hold.kind === 'ended') return;
  const held = [describeHold(state), hold.kind === 'held' ? hold.note : undefined].filter((note) => note !== undefined);
  const source = await sourceFor(state, context);
  if (source.state !== 'ready') {
    const sync: SyncState =
      source.state === 'pending'
        ? { state: 'waiting', reason: 'WaitingForRepository', message: source.message }
        : { state: 'failed', reason: 'RepositoryFailed', problems: source.problems, retry: true };
    return writeStatus(state, context, { sync, notes: held }, signal);
  }

  const notes = [...source.parts.flatMap(({ note }) => note ?? []), ...held];
  const rendered = await renderApplication(state, source, context, signal);
  if (rendered.state === 'failed') {
    context.missingKinds.want(state.id, rendered.missing ?? []);
    refuseRevision(state, rendered.problems, context);
    const retry = rendered.problems.every(({ code }) => catalogue[code].transient);
    if (!retry) failRequest(state, describeInShort(rendered.problems), context.now());
    const missesKinds = rendered.problems.every(({ code }) => code === 'sync.unknown-kind');
    const reason = missesKinds ? 'KindMissing' : 'RenderFailed';
    const sync: SyncState = { state: 'failed', reason, problems: rendered.problems, retry };
    await writeStatus(state, context, { sync, source, notes }, signal);
    // A fault of the input stays until the input changes; one of the surroundings may pass.
    if (retry) {
      state.rendered = undefined;
      context.requeue(state.id, transientRetryMilliseconds);
    }
    return;
  }

  const { problems: unseen, unreachable } = await knowKinds(kindsOf(state, rendered), state.id, context, signal);
  state.unreachable = unreachable;
  context.missingKinds.want(state.id, [...(rendered.missing ?? []), ...among(kindsOf(state, rendered), unreachable)]);
  if (unseen.length > 0) {
    const sync: SyncState = { state: 'failed', reason: 'ObjectsUnknown', problems: unseen, retry: true };
    return writeStatus(state, context, { sync, source, notes }, signal);
  }
  await takeRules(state, context, signal);
  const view = context.members.view(state.applySet);
  recoverLastApplied(state, rendered.desired, view);
  state.stepping = true;
  state.missed = false;
  const acted = await act({ state, source, rendered, view, context, signal }).finally(() => {
    state.stepping = false;
  });
  const sync = withDependencies(acted, state, context.dependencies);
  // A kind that this very sync defined can be watched from now on.
  await context.members.watch(without(kindsOf(state, rendered), unreachable), state.id, signal);
  const plan = planFor({ state, rendered, view, context });
  if (state.missed && isOpen(acted, plan)) context.requeue(state.id, 0);
  const isLeft = sync.state === 'out-of-sync' || sync.state === 'held';
  // What a sync leaves as it is is told also where all else is well; what has changed since is put back at once.
  const unsettled = isLeft ? plan : partOfPlan(plan, state.application, 'Report');
  if (isLeft || sync.state === 'synced') {
    await lookAtDrift({ state, source, rendered, view, context, signal }, unsettled);
    context.observer?.driftLeft(state, driftedIn(state, rendered, unsettled));
  }
  const fightsEnd = firstEnd(state.fights, context.now());
  if (fightsEnd !== undefined) context.requeue(state.id, fightsEnd - context.now());
  context.recordClaims(
    state.id,
    plan.blocked
      .filter(({ reason }) => reason === 'claimed')
      .map(({ id, key }) => ({ object: id, owner: view.find(key)?.applySet ?? '' })),
  );
  const told = { sync: withUnreachable(sync, state), notes: [...notes, ...notesOn(state)] };
  await writeStatus(state, context, { ...told, source, rendered, plan, view }, signal);
}

/** The sources at what the Application follows, or once at the revision that somebody asks for. */
async function sourceFor(state: ApplicationState, context: ReconcileContext): Promise<ApplicationSource> {
  const request = openSyncRequest(state);
  const source = await context.sourceOf(state.application, request?.revision);
  if (source.state !== 'failed' || !refuseRevision(state, source.problems, context)) return source;
  return context.sourceOf(state.application);
}

/** A revision that cannot be synced is told, and then let be; answers whether one was asked for. */
function refuseRevision(state: ApplicationState, problems: readonly Problem[], context: ReconcileContext): boolean {
  const request = openSyncRequest(state);
  if (request?.revision === undefined) return false;
  refuseRequest(state, request, `the revision cannot be synced: ${describeInShort(problems)}`, context.now());
  context.requeue(state.id, 0);
  return true;
}

/**
 * Whether what came while the step ran may be what it waits for, or has undone what it did: nobody else will tell of it
 * again. A sync that failed has a time of its own.
 */
function isOpen(sync: SyncState, { apply, prune }: Plan): boolean {
  if (sync.state === 'failed') return false;
  return sync.state === 'syncing' || apply.length > 0 || prune.length > 0;
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
  state.tries = undefined;
  state.active = undefined;
  state.fights = [];
  forgetCapture(state);
}

async function act(turn: Turn): Promise<SyncState> {
  const { state, rendered, context, signal } = turn;
  try {
    const stopped = await actOnRequest(turn);
    if (stopped !== undefined) return stopped;
    context.dependencies.wait(state.id, false);
    if (state.active !== undefined) return await goOn(turn, state.active);
    await continueCapture(turn);
    const plan = planFor(turn);
    const decision = decide(state, rendered, plan, context.now());
    switch (decision.kind) {
      case 'nothing':
        endCapture(turn);
        return settle(turn, plan);
      case 'sync':
        return await begin(turn, decision.cause);
      case 'prove':
        return await prove(turn);
      case 'capture':
        return await capture(turn, partOfPlan(plan, state.application, 'Capture'), decision.settings);
      case 'leave':
        if (decision.reason === 'DriftContested') {
          const now = context.now();
          context.requeue(state.id, (nextRevert(state.fights, now) ?? now) - now);
        }
        // All that is left needs somebody's word, or that another Application lets go.
        if (decision.reason === 'PruneBlocked' || decision.reason === 'Claimed')
          failRequest(state, decision.message, context.now());
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

/** Begins a sync, where neither a window nor somebody's stop keeps it from that, nor what it depends on. */
async function begin(turn: Turn, cause: SyncCause): Promise<SyncState> {
  const held = holdBack(turn.state, turn.rendered, cause, turn.context.now());
  return held ?? (await awaitDependencies(turn, cause)) ?? syncStep(turn, cause);
}

/** Goes on with what has begun; where Git has moved since, another sync begins in its place. */
async function goOn(turn: Turn, { run, cause }: ActiveSync): Promise<SyncState> {
  const { state, rendered } = turn;
  // Where a kind that has come lives elsewhere than was taken for granted, the same goes on with objects of other names.
  const known = new Set(allOf(rendered.desired).map(({ id }) => id));
  const same = allOf(run.input.desired).every(({ id, awaited }) => awaited !== true || known.has(id));
  if (same && run.input.desired.digest === rendered.desired.digest) return syncStep(turn, cause);
  state.active = undefined;
  return begin(turn, cause === 'drift' ? 'automated' : cause);
}

/** Stops what is to be stopped, and refuses what cannot be done; undefined where all goes on. */
async function actOnRequest(turn: Turn): Promise<SyncState | undefined> {
  const { state, rendered, view, context } = turn;
  const request = openSyncRequest(state);
  // The commit that somebody wanted to be synced is not wanted any more.
  if (state.active?.request?.revision !== undefined && request?.action !== 'Stop') {
    if (request?.id !== state.active.request.id) state.active = undefined;
  }
  if (request?.action === 'Stop') return stopWhereAsked(turn, request);
  if (request?.resources === undefined) return undefined;
  const keys = [...rendered.desired.objects, ...view.members()].map(({ key }) => key);
  const unknown = request.resources.filter((selector) => !keys.some((key) => isSelected(selector, key)));
  if (unknown.length > 0) {
    const message = `these are no objects of it: ${unknown.map(formatSelector).join(', ')}`;
    refuseRequest(state, request, message, context.now());
  }
  return undefined;
}

/** What is found to differ although Git has not moved is a drift like any other. */
async function prove(turn: Turn): Promise<SyncState> {
  const found = await proveStep(turn);
  const settings = captureSettingsOf(turn.state.application);
  const plan = partOfPlan(planFor(turn), turn.state.application, 'Capture');
  return settings === undefined || plan.apply.length === 0 ? found : capture(turn, plan, settings);
}

async function capture(turn: Turn, plan: Plan, settings: CaptureSettings): Promise<SyncState> {
  const outcome = await captureStep(turn, plan, settings);
  return outcome.kind === 'revert' ? begin(turn, 'drift') : outcome.sync;
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
  state.tries = undefined;
  state.stopped = undefined;
  state.deleteHooks = deletionPhasesOf(rendered.desired);
  remember(state, plan);
  const request = openSyncRequest(state);
  if (settled.digest !== rendered.desired.digest) recordUntold(state, rendered, request, context.now());
  if (request !== undefined) {
    const message = `nothing differed from ${shortRevisions(rendered)}`;
    answerRequest(state, request, { outcome: 'Succeeded', message }, context.now());
    if (request.revision !== undefined) context.requeue(state.id, 0);
  }
  if (!same) {
    const { fingerprint: _old, ...rest } = state.settled;
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
