import type { ApplicationState, RenderedWell, SyncCause } from '../application/application-state.ts';
import { isSame } from './retry.ts';
import type { SyncState } from '../status/status.ts';
import { answerRequest, openSyncRequest } from './sync-requests.ts';
import { windowProblems, windowsAt } from './windows.ts';

/** A boundary further away is looked for again later: timers do not reach as far as windows. */
const longestTimer = 24 * 3_600_000;

/** When the moment is, as people read it. */
const at = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

/** Looks at the sync windows, and has the Application looked at again exactly when one opens or closes. */
export function watchWindows(
  state: ApplicationState,
  now: number,
  requeue: (id: string, milliseconds: number) => void,
): void {
  const { windows = [] } = state.application.spec.sync ?? {};
  state.window = undefined;
  if (windows.length === 0) return;
  if (windowProblems(windows).length > 0) {
    state.window = { open: false, manual: true };
    return;
  }
  const { open, manual, changesAt, boundary } = windowsAt(windows, now);
  state.window = { open, manual, ...(changesAt === undefined ? {} : { changesAt: at(changesAt) }) };
  if (boundary !== undefined) requeue(state.id, Math.min(boundary - now, longestTimer));
}

/** Whether a person wants it. */
function isAsked(cause: SyncCause): boolean {
  return cause === 'manual' || cause === 'rollback';
}

/** What keeps a sync from beginning now; undefined where it may. A request that is refused for it is answered. */
export function holdBack(
  state: ApplicationState,
  { desired }: RenderedWell,
  cause: SyncCause,
  now: number,
): SyncState | undefined {
  // One that was interrupted had begun.
  if (state.operation?.digest === desired.digest) return undefined;
  const stopped = isAsked(cause) ? undefined : describeStopped(state, desired.digest);
  if (stopped !== undefined) return { state: 'out-of-sync', reason: 'Stopped', message: stopped };
  const { window } = state;
  if (window === undefined || (isAsked(cause) ? window.manual : window.open)) return undefined;
  const problems = windowProblems(state.application.spec.sync?.windows ?? []);
  if (problems.length > 0) return { state: 'failed', reason: 'WindowInvalid', problems, retry: false };
  const message = describeWindow(state);
  const request = openSyncRequest(state);
  if (cause === 'manual' && request !== undefined) {
    answerRequest(state, request, { outcome: 'Refused', message }, now);
  }
  return { state: 'out-of-sync', reason: 'OutsideSyncWindow', message };
}

function describeWindow({ window }: ApplicationState): string {
  const until = window?.changesAt;
  return until === undefined
    ? 'its sync windows let nothing begin, and no change of that is in sight'
    : `its sync windows let nothing begin until ${until}`;
}

/** Why content that was stopped is not begun again; undefined where it was not, or somebody has moved since. */
export function describeStopped(state: ApplicationState, digest: string): string | undefined {
  const { stopped } = state;
  const generation = state.application.metadata.generation ?? 0;
  if (stopped === undefined || !isSame(stopped, { digest, generation })) return undefined;
  return `the sync was stopped${stopped.by === undefined ? '' : ` by ${stopped.by}`} at ${stopped.at}; what was applied stays. It goes on when Git or the Application changes, or with \`plumb sync\``;
}
