import { formatProblem, hintFor } from '../../errors.ts';
import { unreachableProblems } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { SyncState } from './status.ts';

/** What is as Git says, as far as it can be seen, is not known to be so where an API of its objects does not answer. */
export function withUnreachable(sync: SyncState, { unreachable }: Pick<ApplicationState, 'unreachable'>): SyncState {
  if (sync.state !== 'synced' || unreachable.size === 0) return sync;
  return { state: 'failed', reason: 'ApiUnavailable', problems: unreachableProblems(unreachable), retry: true };
}

/** The APIs that do not answer, and what to do about them, whatever else is to be said. */
export function notesOn(state: Pick<ApplicationState, 'unreachable'>): readonly string[] {
  return [...unreachableProblems(state.unreachable).map(formatProblem), ...nextSteps(state)];
}

/** What to do about APIs that do not answer; nothing where all do. */
export function nextSteps({ unreachable }: Pick<ApplicationState, 'unreachable'>): readonly string[] {
  return unreachableProblems(unreachable).slice(0, 1).map(hintFor);
}
