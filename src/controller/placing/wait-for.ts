import { asCommitId, type Mirror } from '../../git/index.ts';
import type { ApplicationState } from '../application-state.ts';
import type { SyncOutcome } from '../changes/types.ts';
import { type SyncPlace, waitSynced } from '../changes/wait-synced.ts';

/** What the sync of a commit is waited for with. */
export interface WaitFor {
  /** The Application as it is at each moment; undefined once it is gone. */
  readonly stateOf: () => ApplicationState | undefined;
  /** Calls back whenever it was looked at, until the answer is called. */
  readonly onLooked: (tell: () => void) => () => void;
  /** The source that the commit was made in (`SourcePart.group`). */
  readonly group: string;
  readonly mirror: Pick<Mirror, 'isAncestor'>;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** Waits until the cluster has a commit; not at all where the Application is not synced by itself. */
export async function waitForSync(commit: string, how: WaitFor): Promise<SyncOutcome> {
  const state = how.stateOf();
  const id = asCommitId(commit);
  if (state === undefined || id === undefined) return { state: 'waiting', message: 'the Application is gone' };
  const { spec } = state.application;
  if (spec.suspend === true) return { state: 'waiting', message: 'the Application is suspended' };
  if (spec.sync?.automated === false)
    return { state: 'waiting', message: 'the Application is not synced by itself: ask for it with `plumb sync`' };
  return waitSynced({
    application: state.id,
    commit: id,
    mirror: how.mirror,
    news: {
      placeOf: () => syncPlaceOf(how.stateOf(), how.group),
      onLooked: (_id, tell) => how.onLooked(tell),
    },
    milliseconds: how.milliseconds,
    signal: how.signal,
  });
}

/** Where an Application is in one of its sources; undefined where there is none. */
export function syncPlaceOf(state: ApplicationState | undefined, group: string): SyncPlace | undefined {
  if (state === undefined) return undefined;
  const { rendered, active, failed, settled } = state;
  const index = rendered?.versions.findIndex((version) => version.group === group) ?? -1;
  const revision = rendered?.versions[index]?.version.revision;
  const problems = rendered?.state === 'failed' ? rendered.problems : failed?.problems;
  const isSettled = rendered?.state === 'ok' && active === undefined && failed === undefined;
  const settledAt = settled.revisions?.[index] ?? settled.revision;
  return {
    synced: isSettled && index >= 0 ? settledAt : undefined,
    failed:
      revision === undefined || problems === undefined || active !== undefined ? undefined : { revision, problems },
  };
}
