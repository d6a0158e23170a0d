import { asCommitId, type Mirror } from '../../git/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { SyncOutcome } from '../changes/types.ts';
import { type SyncNews, waitSynced } from '../changes/wait-synced.ts';

/** What the sync of a commit is waited for with. */
export interface WaitFor {
  /** The Application as it is at each moment; undefined once it is gone. */
  readonly stateOf: () => ApplicationState | undefined;
  readonly news: SyncNews;
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
    news: how.news,
    milliseconds: how.milliseconds,
    signal: how.signal,
  });
}
