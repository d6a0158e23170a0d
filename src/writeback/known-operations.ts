import { LRUCache } from 'lru-cache';
import { problemsOf } from '../errors.ts';
import type { CommitId, Mirror } from '../git/index.ts';
import { operationKey } from './operation-trailer.ts';

/** A mirror as operations are looked for in it. */
type Searched = Pick<Mirror, 'trailers' | 'isAncestor'>;

/** Which operations the commits of a branch belong to, as far as somebody has asked. */
export interface KnownOperations {
  /** Looks at what has come to the branch since the last time. */
  follow(mirror: Searched, tip: CommitId | undefined, signal: AbortSignal): Promise<void>;
  /** Notes operations that were pushed from here, with the tip that they led to. */
  note(pushed: Iterable<readonly [string, CommitId]>, tip: CommitId): void;
  /** The commit of an operation that a tip contains: what a rewritten branch has lost was not done. */
  find(mirror: Searched, operation: string, tip: CommitId | undefined): Promise<CommitId | undefined>;
}

const remembered = 20_000;
/** How far back is looked the first time, in commits. */
const searched = 10_000;

/** The operations of one branch of a mirror. What is found is kept: a commit never changes. */
export function createKnownOperations(): KnownOperations {
  const known = new LRUCache<string, CommitId>({ max: remembered });
  let scanned: CommitId | undefined;
  const scan = async (
    mirror: Searched,
    tip: CommitId,
    since: CommitId | undefined,
    signal: AbortSignal,
  ): Promise<void> => {
    const from = since === undefined ? {} : { since };
    const found = await mirror.trailers({ key: operationKey, tip, limit: searched, ...from }, { signal });
    for (const [operation, commit] of found) known.set(operation, commit);
  };
  return {
    async follow(mirror, tip, signal) {
      if (tip === undefined || tip === scanned) return;
      await scan(mirror, tip, scanned, signal).catch(async (error: unknown) => {
        // The mirror was made anew, and what the branch had before is not in it.
        if (scanned === undefined || problemsOf(error)[0].code !== 'git.failed') throw error;
        await scan(mirror, tip, undefined, signal);
      });
      scanned = tip;
    },
    note(pushed, tip) {
      for (const [operation, commit] of pushed) known.set(operation, commit);
      scanned = tip;
    },
    async find(mirror, operation, tip) {
      const commit = known.get(operation);
      if (commit === undefined || tip === undefined) return undefined;
      if (commit === tip) return commit;
      try {
        return (await mirror.isAncestor(commit, tip)) ? commit : undefined;
      } catch (error) {
        if (problemsOf(error)[0].code === 'git.ref-not-found') return undefined;
        throw error;
      }
    },
  };
}
