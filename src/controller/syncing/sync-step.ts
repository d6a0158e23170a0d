import { durationMilliseconds } from '../../api/index.ts';
import { formatKey } from '../../object.ts';
import {
  awaitingUnreachable,
  createSyncRun,
  endHooks,
  failRun,
  type StepContext,
  type StepOutcome,
  stepSync,
  type SyncReport,
  type SyncView,
} from '../../sync/index.ts';
import { isAnySelected, type SyncRequest } from '../../sync-request.ts';
import type { ActiveSync, ApplicationState, FailedSync, SyncCause } from '../application/application-state.ts';
import { clientFor } from '../application/client-for.ts';
import type { Turn } from '../application/context.ts';
import { syncInputOf } from '../application/decide.ts';
import { heldObjects } from '../drift/fights.ts';
import { failedState, finishSync } from './finish-sync.ts';
import { recordParent } from '../application/parent.ts';
import { placeProblems } from '../rendering/place-problems.ts';
import { filesOf } from '../rendering/render-sources.ts';
import { isExhausted, isSame } from './retry.ts';
import type { SyncState } from '../status/status.ts';
import { hooksOf, recordDeleteHooks, recordHooks } from './sync-hooks.ts';
import { openSyncRequest } from './sync-requests.ts';
import { settleRejected, unsettle } from './unsettle.ts';

/** Objects named of those that a sync waits for. */
const shownWaits = 20;
/** A wait is looked at again after this time, should its event be lost. */
const waitCheckMilliseconds = 30_000;

type Waiting = Extract<StepOutcome, { readonly kind: 'waiting' }>;

/** Takes the sync of an Application as far as it goes without waiting. */
export async function syncStep(turn: Turn, cause: SyncCause): Promise<SyncState> {
  const { state, rendered } = turn;
  const failed = failedBefore(turn);
  if (failed !== undefined) return failed;
  const active =
    state.active?.run.input.desired.digest === rendered.desired.digest
      ? withUnreachable(state.active, state.unreachable)
      : beginSync(turn, cause);
  return advance(turn, active);
}

/** What could not be looked at when the sync began may be there now, and the other way round. */
function withUnreachable(active: ActiveSync, unreachable: ApplicationState['unreachable']): ActiveSync {
  const { run } = active;
  const { input } = run;
  if (input.unreachable === undefined && unreachable.size === 0) return active;
  const desired = awaitingUnreachable(input.desired, unreachable);
  return { ...active, run: { ...run, input: { ...input, desired, unreachable } } };
}

/** What a sync that has failed waits with, until it is tried again or somebody moves. */
function failedBefore({ state, rendered, view, context }: Turn): SyncState | undefined {
  const { failed, tries, application } = state;
  if (openSyncRequest(state)?.action === 'Sync') return undefined;
  const now = { digest: rendered.desired.digest, generation: application.metadata.generation ?? 0 };
  if (failed !== undefined) {
    if (!isSame(failed, now) || context.now() >= failed.retryAt || hasHealed(failed, view)) return undefined;
    return failedState(state, 'SyncFailed', context);
  }
  if (!isSame(tries, now) || !isExhausted(application, tries)) return undefined;
  const message = `it has failed ${tries.attempts} times, and is not tried again; the last time: ${tries.message}`;
  return {
    state: 'failed',
    reason: 'SyncFailed',
    problems: [{ code: 'sync.retries-exhausted', message }],
    retry: false,
  };
}

/** A sync that begins, or goes on where the one before a restart was. */
export function beginSync({ state, rendered, context }: Turn, cause: SyncCause): ActiveSync {
  const request = openSyncRequest(state);
  const asked = cause === 'manual' && request?.action === 'Sync' ? request : undefined;
  // Who asks for a sync by hand wants it now.
  const held = cause === 'automated' || cause === 'drift' ? heldObjects(state.fights, context.now()) : undefined;
  const isDrift = cause === 'drift';
  const before = asked === undefined ? failureOfSame(state, rendered) : undefined;
  const { refused, unhealthy } = before ?? {};
  const input = {
    ...syncInputOf(state, rendered, cause, context),
    isDrift,
    ...(refused === undefined ? {} : { refused }),
    ...(unhealthy === undefined ? {} : { unhealthy: true }),
    ...(held === undefined ? {} : { held }),
  };
  const { operation } = state;
  const goesOn = operation?.digest === rendered.desired.digest;
  const part = goesOn ? undefined : asked?.resources;
  const now = context.now();
  const startedAt = goesOn ? Date.parse(operation.startedAt) : now;
  const hooks = cause === 'drift' || part !== undefined ? undefined : hooksOf(state, rendered, cause, startedAt);
  if (hooks === undefined && part === undefined) state.operation = undefined;
  // Somebody has moved: what happened before counts no more.
  if (asked !== undefined && part === undefined) {
    state.tries = undefined;
    state.failed = undefined;
    state.stopped = undefined;
  }
  const limit = timeoutOf(state);
  const run = createSyncRun({
    ...input,
    ...(hooks === undefined ? {} : { hooks }),
    ...(part === undefined ? {} : { ...partly(input, part) }),
  });
  return {
    run,
    cause,
    startedAt,
    waits: [],
    unsettled: state.settled.unsettled === true,
    ...(asked === undefined ? {} : { request: asked }),
    ...(limit === undefined ? {} : { deadline: (operation?.failure === undefined ? startedAt : now) + limit }),
  };
}

/** How the last attempt at the very same has failed; who asks by hand wants to know all of it. */
function failureOfSame({ failed, application }: ApplicationState, { desired }: Turn['rendered']) {
  const now = { digest: desired.digest, generation: application.metadata.generation ?? 0 };
  return isSame(failed, now) ? failed : undefined;
}

/** Some objects alone: they wait for one another, and for nothing else. */
function partly(
  { options }: Pick<ActiveSync['run']['input'], 'options'>,
  part: NonNullable<SyncRequest['resources']>,
): Pick<ActiveSync['run']['input'], 'options' | 'select'> {
  return { options: { ...options, await: 'Applied' }, select: (key) => isAnySelected(part, key) };
}

/** Milliseconds that a sync may take. */
function timeoutOf({ application }: ApplicationState): number | undefined {
  const { timeout } = application.spec.sync ?? {};
  return timeout === undefined ? undefined : durationMilliseconds(timeout);
}

/** What the steps of a sync may use. */
export function stepContextOf(turn: Turn, active: ActiveSync): Omit<StepContext, 'stopping'> {
  const { state, view, context, signal } = turn;
  return {
    view,
    cluster: clientFor(state.application, context.client),
    observe: (object) => context.members.observe(object),
    judge: context.ruleBook.judgeFor(state.applySet),
    deletions: context.deletionsOf(state),
    toldOfKinds: true,
    now: context.now,
    recordParent: (record, options) => recordParent(state, record, context, options.signal),
    beforeChanges: (objects, options) => unsettle(turn, active, objects, options.signal),
    recordHooks: (progress, options) => recordHooks(state, active, progress, context, options.signal),
    signal,
  };
}

async function advance(turn: Turn, active: ActiveSync): Promise<SyncState> {
  const { state, context } = turn;
  let isToStop = false;
  // Whoever asks does so while the step runs. What was left out for it is left out to the end of the step.
  const stopping = (): boolean => (isToStop ||= openSyncRequest(state)?.action === 'Stop');
  await recordDeleteHooks(state, turn.rendered, context, turn.signal);
  const outcome = await stepSync(active.run, { ...stepContextOf(turn, active), stopping });
  if (outcome.kind === 'waiting') {
    const now: ActiveSync = { ...active, run: outcome.run, waits: outcome.for };
    if (!isToStop) return wait(turn, now, outcome);
    state.active = now;
    context.requeue(state.id, 0);
    return { state: 'syncing', message: 'it is about to be stopped' };
  }
  state.active = undefined;
  state.operation = undefined;
  if (outcome.report.outcome === 'rejected') settleRejected(state, active);
  return finishSync(turn, await placed(outcome.report, turn), active);
}

/** Waits for what comes as an event, and no longer than the sync may take. */
async function wait(turn: Turn, active: ActiveSync, outcome: Waiting): Promise<SyncState> {
  const { state, context } = turn;
  const { deadline = Number.POSITIVE_INFINITY } = active;
  if (context.now() >= deadline) return timeOut(turn, active, outcome);
  state.active = active;
  const times = outcome.for.map(({ retryAfter }) => retryAfter ?? waitCheckMilliseconds);
  context.requeue(state.id, Math.min(waitCheckMilliseconds, deadline - context.now(), ...times));
  return { state: 'syncing', message: describeWaits(outcome) };
}

/** A sync that has waited too long fails; what answers that may take as long again. */
async function timeOut(turn: Turn, active: ActiveSync, outcome: Waiting): Promise<SyncState> {
  const { state, context, signal } = turn;
  const limit = timeoutOf(state) ?? 0;
  const message = `it has not come to its end within ${state.application.spec.sync?.timeout ?? ''}: ${describeWaits(outcome)}`;
  const { hooks } = active.run.input;
  if (hooks !== undefined) {
    // Written down first: whoever goes on after an interruption must not make anew what is deleted here.
    const progress = {
      operation: hooks.operation,
      done: active.run.hooks,
      phase: 'SyncFail',
      failure: message,
    } as const;
    await recordHooks(state, active, { ...progress, failure: message.slice(0, 1_000) }, context, signal);
    await endHooks(active.run, stepContextOf(turn, active));
  }
  const run = failRun(active.run, { code: 'sync.timeout', message });
  return advance(turn, { ...active, run, deadline: context.now() + limit });
}

/** Whether the sync failed for want of health, and that has passed. */
function hasHealed({ unhealthy }: FailedSync, view: SyncView): boolean {
  if (unhealthy === undefined) return false;
  for (const { id, health } of view.members()) if (unhealthy.has(id) && health.status === 'Degraded') return false;
  return true;
}

/** What is waited for, and what comes then. */
function describeWaits({ before, for: waits }: Waiting): string {
  const shown = waits.slice(0, shownWaits).map(({ key, message }) => `${formatKey(key)}: ${message}`);
  const more = waits.length > shownWaits ? [`and ${waits.length - shownWaits} more`] : [];
  return [`${before} waits for:`, ...shown, ...more].join('\n');
}

/** The report, with the place in Git of what was refused. */
async function placed(report: SyncReport, { source, rendered }: Turn): Promise<SyncReport> {
  if (report.problems.length === 0) return report;
  const parts = await filesOf(source.parts);
  return { ...report, problems: await placeProblems(report.problems, rendered.origins, parts) };
}
