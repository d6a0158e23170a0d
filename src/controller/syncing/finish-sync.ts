import { type DriftChange, type HistoryEntry, names } from '../../api/index.ts';
import { askedBy } from '../../asked.ts';
import { deletionPhasesOf, type ObjectResult, type SyncReport } from '../../sync/index.ts';
import { formatSelector, type SyncRequest } from '../../sync-request.ts';
import type {
  ActiveSync,
  ApplicationState,
  FailedSync,
  RenderedWell,
  SyncCause,
} from '../application/application-state.ts';
import { describeBlocked, isOpen } from '../application/blocked.ts';
import { clientFor } from '../application/client-for.ts';
import type { Turn } from '../application/context.ts';
import { planFor } from '../application/decide.ts';
import { revertedBy } from '../drift/drift-changes.ts';
import { describeFights, fightsAfter, isNewlyHeld, withoutChanged } from '../drift/fights.ts';
import { describeHold } from './hold.ts';
import { liveFingerprint } from './recover.ts';
import { countAttempt, leftUndone, retryDelay, triesOf } from './retry.ts';
import { revisionsOf, settledAt, shortRevisions } from './revisions-of.ts';
import type { SyncState } from '../status/status.ts';
import { tell } from '../status/sync-event.ts';
import { answerRequest, describeInShort, openSyncRequest } from './sync-requests.ts';

const historyLength = 20;
/** Changes that were put back, in one entry. */
const shownReverts = 3;
/** A health that is still moving right after a sync is not written down for this long. */
const settleMilliseconds = 300;

const outcomes = { synced: 'Succeeded', rejected: 'Failed', failed: 'Failed', stopped: 'Stopped' } as const;

/** What is kept of a sync that has ended; the Event of it is told, too. */
export function recordEnd(
  { state, rendered, context }: Turn,
  report: SyncReport,
  { cause, startedAt, request }: Pick<ActiveSync, 'cause' | 'startedAt' | 'request'>,
  stoppedBy?: string,
): HistoryEntry {
  const now = context.now();
  state.report = report;
  state.lastApplied = report.applied;
  state.holdStatusUntil = now + settleMilliseconds;
  const count = (...actions: readonly ObjectResult['action'][]) =>
    report.results.filter(({ action }) => actions.includes(action)).length;
  const recreated = count('recreated');
  const { fights } = state;
  const reverted = countReverted(state, report, now);
  const entry: HistoryEntry = {
    ...revisionsOf(rendered.versions),
    at: new Date(now).toISOString(),
    by: cause,
    ...askerOf(state, cause, request),
    outcome: outcomes[report.outcome],
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    changed: count('created', 'configured', 'recreated'),
    ...(recreated === 0 ? {} : { recreated }),
    pruned: count('pruned'),
    failed: count('failed'),
    ...(reverted.length === 0 ? {} : { drift: reverted.slice(0, shownReverts).map((change) => ({ ...change })) }),
  };
  tell(state, report, entry, now - startedAt, context);
  context.observer?.syncEnded(state, {
    outcome: entry.outcome,
    by: cause,
    milliseconds: now - startedAt,
    reverted: [...new Set(reverted.map(({ object }) => object))],
    contested: state.fights
      .filter((fight) => isNewlyHeld(fight) && !fights.includes(fight))
      .map(({ object }) => object),
    sinceCommit: report.outcome === 'synced' && cause === 'automated' ? sinceCommit(state, rendered, now) : undefined,
  });
  return entry;
}

/** Whether an object was written because Git says something else of it. */
function isNews({ action, drift }: ObjectResult): boolean {
  return drift === undefined && ['created', 'configured', 'recreated'].includes(action);
}

/** How long ago the newest of the commits was made that are new to it; undefined of its very first, and of none. */
function sinceCommit({ settled }: ApplicationState, { versions }: RenderedWell, now: number): number | undefined {
  if (settled.revision === undefined) return undefined;
  const known = new Set(settled.revisions ?? [settled.revision]);
  const times = versions
    .filter(({ version }) => !known.has(version.revision))
    .map(({ version }) => version.at.getTime());
  return times.length === 0 ? undefined : Math.max(0, now - Math.max(...times));
}

/** Counts what was put back, also where the sync failed elsewhere: somebody may change it again at once. */
function countReverted(state: ApplicationState, report: SyncReport, now: number): readonly DriftChange[] {
  const reverted = report.results.map(revertedBy).filter((changes) => changes !== undefined);
  state.reverted += reverted.length;
  const news = new Set(report.results.filter(isNews).map(({ id }) => id));
  state.fights = fightsAfter(withoutChanged(state.fights, news), reverted.flat(), now);
  return reverted.flat();
}

/** Who wanted it so: whoever asked for the sync, or for the rollback that it keeps. */
function askerOf(
  { application }: ApplicationState,
  cause: SyncCause,
  request: SyncRequest | undefined,
): Pick<HistoryEntry, 'requestedBy'> {
  const held = cause === 'rollback' ? askedBy(application.metadata.annotations, names.rollbackTo) : undefined;
  const requestedBy = request?.by ?? held;
  return requestedBy === undefined ? {} : { requestedBy };
}

/** Puts an entry before all others. */
export function addHistory(state: ApplicationState, entry: HistoryEntry): void {
  state.settled = { ...state.settled, history: [entry, ...(state.settled.history ?? [])].slice(0, historyLength) };
}

/**
 * All is as Git says, and no sync has told of it: the process that made it so has ended before it could. What was captured
 * from the cluster was never synced.
 */
export function recordUntold(
  state: ApplicationState,
  { versions }: RenderedWell,
  request: SyncRequest | undefined,
  now: number,
): void {
  if (state.capture !== undefined) return;
  const isHeld = state.application.metadata.annotations?.[names.rollbackTo] !== undefined;
  const cause = request !== undefined ? 'manual' : isHeld ? 'rollback' : 'automated';
  addHistory(state, {
    ...revisionsOf(versions),
    at: new Date(now).toISOString(),
    by: cause,
    ...askerOf(state, cause, request),
    outcome: 'Succeeded',
    changed: 0,
    pruned: 0,
    failed: 0,
  });
}

/** What follows from a sync that has come to its end. */
export function finishSync(turn: Turn, report: SyncReport, active: ActiveSync): SyncState {
  const { state } = turn;
  if (active.run.input.select !== undefined) return finishPart(turn, report, active);
  const entry = recordEnd(turn, report, active);
  const ok = report.outcome === 'synced';
  if (ok) followHolders(turn, report);
  answerAfter(turn, report, active);
  // The commit that was asked for once is not the one that Git is at.
  if (active.request?.revision !== undefined) turn.context.requeue(state.id, 0);
  return ok ? succeeded(turn, report, entry) : failedSync(turn, report, entry);
}

/** What could not be pruned for an object of others is, once that goes. */
function followHolders({ state, context }: Turn, { blocked }: SyncReport): void {
  const { id, applySet, application } = state;
  const holders = blocked.flatMap(({ holders: each = [] }) => each);
  context.holders.follow({ id, applySet, client: clientFor(application, context.client) }, holders);
}

/** A sync of everything answers whatever sync is asked for; one of some objects only the request for that. */
function answerAfter({ state, rendered, context }: Turn, report: SyncReport, { run, request }: ActiveSync): void {
  const open = openSyncRequest(state);
  if (open?.action !== 'Sync' || (open.id !== request?.id && run.input.select !== undefined)) return;
  const ok = report.outcome === 'synced';
  const what = run.input.select === undefined ? 'synced' : (open.resources ?? []).map(formatSelector).join(', ');
  const message = ok ? `${what} at ${shortRevisions(rendered)}` : describeInShort(report.problems);
  answerRequest(state, open, { outcome: ok ? 'Succeeded' : 'Failed', message }, context.now());
}

/** Some objects alone: the commit that counts as synced, its history and its retries stay as they are. */
function finishPart(turn: Turn, report: SyncReport, active: ActiveSync): SyncState {
  const { state, context } = turn;
  const { report: before } = state;
  recordEnd(turn, report, active);
  // What is known of all objects stays what the last sync of all of them has found.
  state.report = before;
  answerAfter(turn, report, active);
  context.requeue(state.id, 0);
  return { state: 'syncing', message: 'the chosen objects have been dealt with; looking at the others' };
}

function succeeded({ state, rendered, view, context }: Turn, report: SyncReport, entry: HistoryEntry): SyncState {
  state.failed = undefined;
  state.tries = undefined;
  state.stopped = undefined;
  // What has changed since it was applied proves nothing to whoever starts next.
  const isAsApplied = planFor({ state, rendered, view, context }).apply.length === 0;
  const fingerprint = isAsApplied ? liveFingerprint(rendered.desired, view) : undefined;
  const { fingerprint: _old, ...settled } = state.settled;
  state.deleteHooks = deletionPhasesOf(rendered.desired);
  state.settled = {
    ...settledAt(settled, rendered.versions),
    digest: rendered.desired.digest,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    synced: { at: entry.at, by: entry.by, objects: rendered.desired.objects.length, failed: 0 },
  };
  addHistory(state, entry);
  return heldState(state, report, context) ?? syncedState(state, rendered, report);
}

/** What a status says where objects were left, as somebody keeps changing them; they are looked at in their time. */
function heldState(state: ApplicationState, { results }: SyncReport, context: Turn['context']): SyncState | undefined {
  const fought = new Set(state.fights.map(({ object }) => object));
  if (!results.some(({ id, action }) => action === 'drifted' && fought.has(id))) return undefined;
  context.requeue(state.id, 0);
  const message = describeFights(state.fights, context.now());
  return message === '' ? undefined : { state: 'out-of-sync', reason: 'DriftContested', message };
}

/** What a status says of an Application whose objects are as Git says. */
export function syncedState(state: ApplicationState, rendered: RenderedWell, report?: SyncReport): SyncState {
  const commit = shortRevisions(rendered);
  const count = rendered.desired.objects.length;
  const held = describeHold(state);
  if (held !== undefined) return { state: 'out-of-sync', reason: 'RolledBack', message: held };
  const open = report?.blocked.filter(isOpen) ?? [];
  if (open.length > 0) {
    return {
      state: 'out-of-sync',
      reason: open.some(({ reason }) => reason === 'claimed') ? 'Claimed' : 'PruneBlocked',
      message: describeBlocked(open, report?.approval).join('\n'),
    };
  }
  return { state: 'synced', reason: 'Synced', message: `${count} objects are as in ${commit}` };
}

function failedSync({ state, rendered, context }: Turn, report: SyncReport, entry: HistoryEntry): SyncState {
  const { application } = state;
  const generation = application.metadata.generation ?? 0;
  const { digest } = rendered.desired;
  const { attempts, left } = countAttempt(state.tries ?? state.failed, {
    digest,
    generation,
    left: leftUndone(report),
  });
  const delay = retryDelay(application, attempts);
  const unhealthy = report.problems.every(({ code }) => code === 'sync.unhealthy')
    ? new Set(report.problems.flatMap(({ where }) => where?.object ?? []))
    : undefined;
  state.failed = {
    digest,
    generation,
    problems: report.problems,
    attempts,
    left,
    ...(unhealthy === undefined ? {} : { unhealthy }),
    ...refusedIn(report),
    retryAt: context.now() + delay,
  };
  state.tries = triesOf(application, state.failed, describeInShort(report.problems));
  // One entry for one failure, however often it is tried.
  if (attempts === 1) addHistory(state, entry);
  return failedState(state, report.outcome === 'rejected' ? 'Rejected' : 'SyncFailed', context);
}

/** What was refused: as long as it is, nothing else has to be tried. */
function refusedIn({ outcome, problems }: SyncReport): Pick<FailedSync, 'refused'> {
  const ids = problems.flatMap(({ where }) => where?.object ?? []);
  return outcome === 'rejected' && ids.length === problems.length ? { refused: new Set(ids) } : {};
}

/** What a status says of a sync that has failed; it is tried again in its time, where it is. */
export function failedState(
  state: ApplicationState,
  reason: string,
  { requeue, now }: Pick<Turn['context'], 'requeue' | 'now'>,
): SyncState {
  const { problems = [], retryAt = 0, attempts = 0 } = state.failed ?? {};
  const retry = Number.isFinite(retryAt);
  if (retry) requeue(state.id, Math.max(0, retryAt - now()));
  const end = {
    code: 'sync.retries-exhausted' as const,
    message: `it has failed ${attempts} times, and is not tried again`,
  };
  return { state: 'failed', reason, problems: retry ? problems : [end, ...problems], retry };
}
