import { PlumbError, type Problem } from '../../errors.ts';
import { asCommitId, type CommitId, type Mirror } from '../../git/index.ts';
import { until } from '../gitops/listeners.ts';
import type { SyncOutcome } from './types.ts';

/** Where an Application is. */
export interface SyncPlace {
  /** The commit of each source that the cluster holds; none while a sync is under way, or where none has ended well. */
  readonly synced: readonly string[];
  /** The commits that were tried last and failed. */
  readonly failed: { readonly revisions: readonly string[]; readonly problems: readonly Problem[] } | undefined;
  /** Why it is not synced by itself: nobody waits for that; undefined where it is. */
  readonly idle: string | undefined;
}

/** How long is waited where nobody says it, milliseconds. */
export const usualWaitMilliseconds = 120_000;

/** What is known of Applications, as it changes. */
export interface SyncNews {
  /** Undefined where there is no such Application. */
  placeOf(id: string): SyncPlace | undefined;
  /** Calls back whenever an Application was looked at, until the answer is called. */
  onLooked(id: string, tell: () => void): () => void;
}

/** What is waited for. */
export interface WaitOptions {
  /** `namespace/name` of the Application. */
  readonly application: string;
  readonly commit: CommitId;
  readonly mirror: Pick<Mirror, 'isAncestor'>;
  readonly news: SyncNews;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** Waits until an Application has a commit, or fails at it, or will not try, or the time is over; by events alone. */
export async function waitSynced(options: WaitOptions): Promise<SyncOutcome> {
  const { application, commit, news, milliseconds, signal } = options;
  const listen = (tell: () => void): (() => void) => news.onLooked(application, tell);
  const outcome = await until(() => lookAt(options), { listen, milliseconds, signal });
  return outcome ?? { state: 'waiting', message: `Application ${application} has not come to ${commit} in time` };
}

async function lookAt({ application, commit, mirror, news }: WaitOptions): Promise<SyncOutcome | undefined> {
  const place = news.placeOf(application);
  const revision = await containing(mirror, commit, place?.synced ?? []);
  if (revision !== undefined) return { state: 'synced', revision };
  const { failed, idle } = place ?? {};
  // What fails at an earlier commit may be what this one mends.
  if (failed !== undefined && (await containing(mirror, commit, failed.revisions)) !== undefined)
    return { state: 'failed', problems: failed.problems };
  return idle === undefined ? undefined : { state: 'waiting', message: idle };
}

/** The first of the commits that contains one; those of other repositories do not. */
async function containing(
  mirror: WaitOptions['mirror'],
  commit: CommitId,
  revisions: readonly string[],
): Promise<string | undefined> {
  for (const revision of revisions) if (await isIn(mirror, commit, revision)) return revision;
  return undefined;
}

async function isIn(mirror: WaitOptions['mirror'], commit: CommitId, text: string): Promise<boolean> {
  const revision = asCommitId(text);
  if (revision === undefined) return false;
  if (commit === revision) return true;
  try {
    return await mirror.isAncestor(commit, revision);
  } catch (error) {
    // A commit that is not here cannot contain one that is.
    if (error instanceof PlumbError && error.code === 'git.ref-not-found') return false;
    throw error;
  }
}
