import { type HistoryEntry, names } from '../api/index.ts';
import { formatKey } from '../object.ts';
import {
  createSyncRun,
  type ObjectResult,
  type StepOutcome,
  stepSync,
  type SyncReport,
  type SyncView,
} from '../sync/index.ts';
import type { ActiveSync, ApplicationState, FailedSync, RenderedWell, SyncCause } from './application-state.ts';
import { describeBlocked, isOpen } from './blocked.ts';
import { clientFor } from './client-for.ts';
import type { Turn } from './context.ts';
import { openSyncRequest, syncInputOf } from './decide.ts';
import { recordParent } from './parent.ts';
import { placeProblems } from './place-problems.ts';
import { liveFingerprint } from './recover.ts';
import { filesOf } from './render-sources.ts';
import { revisionsOf, settledAt, shortRevisions } from './revisions-of.ts';
import type { SyncState } from './status.ts';
import { tell } from './sync-event.ts';
import { hooksOf, recordHooks } from './sync-hooks.ts';

/** Objects named of those that a sync waits for. */
const shownWaits = 20;
const historyLength = 20;
const firstRetryMilliseconds = 2_000;
const lastRetryMilliseconds = 300_000;
/** A wait is looked at again after this time, should its event be lost. */
const waitCheckMilliseconds = 30_000;
/** A health that is still moving right after a sync is not written down for this long. */
const settleMilliseconds = 300;

/** Takes the sync of an Application as far as it goes without waiting. */
export async function syncStep(turn: Turn, cause: SyncCause): Promise<SyncState> {
  const { state, rendered, view, context, signal } = turn;
  const { failed } = state;
  const asked = openSyncRequest(state) !== undefined;
  if (
    failed?.digest === rendered.desired.digest &&
    context.now() < failed.retryAt &&
    !asked &&
    !hasHealed(failed, view)
  ) {
    context.requeue(state.id, failed.retryAt - context.now());
    return { state: 'failed', reason: 'SyncFailed', problems: failed.problems, retry: true };
  }
  const active =
    state.active?.run.input.desired.digest === rendered.desired.digest ? state.active : beginSync(turn, cause);
  const outcome = await stepSync(active.run, {
    view,
    cluster: clientFor(state.application, context.client),
    observe: (object) => context.members.observe(object),
    deletions: context.deletionsOf(state),
    recordParent: (record, options) => recordParent(state, record, context, options.signal),
    recordHooks: (progress, options) => recordHooks(state, active, progress, context, options.signal),
    signal,
  });
  if (outcome.kind === 'waiting') {
    // What came while the step ran may be what it waits for.
    if (state.missed) context.requeue(state.id, 0);
    state.active = { ...active, run: outcome.run, waits: outcome.for };
    context.requeue(
      state.id,
      Math.min(waitCheckMilliseconds, ...outcome.for.map((wait) => wait.retryAfter ?? waitCheckMilliseconds)),
    );
    return { state: 'syncing', message: describeWaits(outcome) };
  }
  state.active = undefined;
  state.operation = undefined;
  return finish(turn, await placed(outcome.report, turn), active);
}

/** A sync that begins, or goes on where the one before a restart was. */
function beginSync({ state, rendered, context }: Turn, cause: SyncCause): ActiveSync {
  const input = syncInputOf(state, rendered, cause, context);
  const startedAt = context.now();
  const hooks = cause === 'drift' ? undefined : hooksOf(state, rendered, cause, startedAt);
  if (hooks === undefined) state.operation = undefined;
  return { run: createSyncRun(hooks === undefined ? input : { ...input, hooks }), cause, startedAt, waits: [] };
}

/** Whether the sync failed for want of health, and that has passed. */
function hasHealed({ unhealthy }: FailedSync, view: SyncView): boolean {
  if (unhealthy === undefined) return false;
  for (const { id, health } of view.members()) if (unhealthy.has(id) && health.status === 'Degraded') return false;
  return true;
}

/** What is waited for, and what comes then. */
function describeWaits({ before, for: waits }: Extract<StepOutcome, { readonly kind: 'waiting' }>): string {
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

function finish(
  turn: Turn,
  report: SyncReport,
  active: { readonly cause: SyncCause; readonly startedAt: number },
): SyncState {
  const { state, rendered, context } = turn;
  const { cause } = active;
  const now = context.now();
  state.report = report;
  state.lastApplied = report.applied;
  state.handledSyncRequest =
    state.application.metadata.annotations?.[names.syncRequestedAt] ?? state.handledSyncRequest;
  state.holdStatusUntil = now + settleMilliseconds;
  const count = (...actions: readonly ObjectResult['action'][]) =>
    report.results.filter(({ action }) => actions.includes(action)).length;
  const entry: HistoryEntry = {
    ...revisionsOf(rendered.versions),
    at: new Date(now).toISOString(),
    by: cause,
    outcome: report.outcome === 'synced' ? 'Succeeded' : 'Failed',
    changed: count('created', 'configured', 'recreated'),
    pruned: count('pruned'),
    failed: count('failed'),
  };
  tell(state, report, entry, now - active.startedAt, context);
  return report.outcome === 'synced' ? succeeded(turn, report, entry, now) : failedSync(turn, report, entry);
}

function succeeded({ state, rendered, view }: Turn, report: SyncReport, entry: HistoryEntry, now: number): SyncState {
  state.failed = undefined;
  if (entry.by === 'drift') state.reverts = [...state.reverts.filter((at) => at > now - 60_000), now];
  const fingerprint = liveFingerprint(rendered.desired, view);
  const { fingerprint: _old, ...settled } = state.settled;
  state.settled = {
    ...settledAt(settled, rendered.versions),
    digest: rendered.desired.digest,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    synced: { at: entry.at, by: entry.by, objects: rendered.desired.objects.length, failed: 0 },
    history: [entry, ...(settled.history ?? [])].slice(0, historyLength),
  };
  return syncedState(state, rendered, report);
}

/** What a status says of an Application whose objects are as Git says. */
export function syncedState(state: ApplicationState, rendered: RenderedWell, report?: SyncReport): SyncState {
  const commit = shortRevisions(rendered);
  const count = rendered.desired.objects.length;
  if (state.application.metadata.annotations?.[names.rollbackTo] !== undefined) {
    return {
      state: 'out-of-sync',
      reason: 'RolledBack',
      message: `held at ${commit} by a rollback; \`plumb rollback --release\` follows Git again`,
    };
  }
  const open = report?.blocked.filter(isOpen) ?? [];
  if (open.length > 0) {
    return {
      state: 'out-of-sync',
      reason: 'PruneBlocked',
      message: describeBlocked(open, report?.approval).join('\n'),
    };
  }
  return { state: 'synced', reason: 'Synced', message: `${count} objects are as in ${commit}` };
}

function failedSync({ state, rendered, context }: Turn, report: SyncReport, entry: HistoryEntry): SyncState {
  const attempts = state.failed?.digest === rendered.desired.digest ? state.failed.attempts + 1 : 1;
  const delay = Math.min(firstRetryMilliseconds * 2 ** (attempts - 1), lastRetryMilliseconds);
  const unhealthy = report.problems.every(({ code }) => code === 'sync.unhealthy')
    ? new Set(report.problems.flatMap(({ where }) => where?.object ?? []))
    : undefined;
  state.failed = {
    digest: rendered.desired.digest,
    problems: report.problems,
    attempts,
    ...(unhealthy === undefined ? {} : { unhealthy }),
    retryAt: context.now() + delay,
  };
  // One entry for one failure, however often it is tried.
  if (attempts === 1)
    state.settled = { ...state.settled, history: [entry, ...(state.settled.history ?? [])].slice(0, historyLength) };
  context.requeue(state.id, delay);
  return {
    state: 'failed',
    reason: report.outcome === 'rejected' ? 'Rejected' : 'SyncFailed',
    problems: report.problems,
    retry: true,
  };
}
