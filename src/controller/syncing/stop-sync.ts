import { stopRun } from '../../sync/index.ts';
import type { SyncRequest } from '../../sync-request.ts';
import type { ActiveSync, SyncCause } from '../application/application-state.ts';
import type { Turn } from '../application/context.ts';
import { planFor } from '../application/decide.ts';
import { addHistory, recordEnd } from './finish-sync.ts';
import type { SyncState } from '../status/status.ts';
import { describeStopped } from './hold-back.ts';
import { beginSync, stepContextOf } from './sync-step.ts';
import { answerRequest } from './sync-requests.ts';

/** Whether there is something to stop although no sync runs: one that is tried again, or is about to begin by itself. */
function isPending(turn: Turn): boolean {
  const { state, rendered } = turn;
  if (state.failed?.digest === rendered.desired.digest) return Number.isFinite(state.failed.retryAt);
  if (state.settled.digest === rendered.desired.digest || state.stopped !== undefined) return false;
  const plan = planFor(turn);
  return (state.application.spec.sync?.automated ?? true) && plan.apply.length + plan.prune.length > 0;
}

/** The sync that runs, or that ran before a restart. */
function runningSync(turn: Turn): ActiveSync | undefined {
  const { state, rendered } = turn;
  if (state.active !== undefined) return state.active;
  const { operation } = state;
  return operation?.digest === rendered.desired.digest ? beginSync(turn, operation.by as SyncCause) : undefined;
}

/** Ends the sync of an Application where it is, and keeps it from beginning again by itself. */
export async function stopSync(turn: Turn, request: SyncRequest): Promise<SyncState> {
  const { state, rendered, context } = turn;
  const running = runningSync(turn);
  const now = context.now();
  const generation = state.application.metadata.generation ?? 0;
  const digest = running?.run.input.desired.digest ?? rendered.desired.digest;
  state.stopped = {
    digest,
    generation,
    at: new Date(now).toISOString(),
    ...(request.by === undefined ? {} : { by: request.by }),
  };
  state.failed = undefined;
  if (running !== undefined) {
    const report = await stopRun(running.run, stepContextOf(turn, running));
    addHistory(state, recordEnd(turn, report, running, request.by));
  }
  state.active = undefined;
  state.operation = undefined;
  const message = describeStopped(state, digest) ?? 'the sync was stopped';
  answerRequest(state, request, { outcome: 'Succeeded', message }, now);
  return { state: 'out-of-sync', reason: 'Stopped', message };
}

/** Stops what runs, where somebody asks for it; undefined where that leaves everything as it is. */
export async function stopWhereAsked(turn: Turn, request: SyncRequest): Promise<SyncState | undefined> {
  if (runningSync(turn) !== undefined || isPending(turn)) return stopSync(turn, request);
  // Asked for twice, or a moment too late, it is as it was wished to be.
  const message = 'nothing was stopped: no sync is under way or about to begin';
  answerRequest(turn.state, request, { outcome: 'Succeeded', message }, turn.context.now());
  return undefined;
}
