import { LRUCache } from 'lru-cache';
import type { CommitId, ObjectId } from './ids.ts';
import { contentOf, type NewObject } from './loose-objects.ts';

/** A commit that was made here, with all that its parent does not have: what a push has to bring. */
export interface FreshCommit {
  readonly parent: CommitId | undefined;
  readonly objects: readonly NewObject[];
}

/**
 * The commits that were made here last. They are on the disk as well: this saves asking Git for what was in memory a
 * moment ago, by whoever makes the next commit upon them and whoever pushes them.
 */
export interface FreshCommits {
  add(id: CommitId, commit: FreshCommit): void;
  commit(id: CommitId): FreshCommit | undefined;
  /** The content of an object of theirs. */
  read(id: ObjectId, type: NewObject['type']): Buffer | undefined;
}

/** What is kept of them, in bytes: more than waits for a push at once, and never much. */
const freshBytes = 32 * 1024 * 1024;
const bytesPerObject = 300;

/** Keeps the newest. */
export function createFreshCommits(): FreshCommits {
  const objects = new Map<ObjectId, { readonly object: NewObject; users: number }>();
  const drop = ({ objects: dropped }: FreshCommit): void => {
    for (const { id } of dropped) {
      const kept = objects.get(id);
      if (kept === undefined) continue;
      kept.users -= 1;
      if (kept.users === 0) objects.delete(id);
    }
  };
  const commits = new LRUCache<CommitId, FreshCommit>({
    maxSize: freshBytes,
    sizeCalculation: (commit) => commit.objects.reduce((sum, { bytes }) => sum + bytes.length + bytesPerObject, 1),
    dispose: drop,
  });
  return {
    add(id, commit) {
      // One that is too large is not kept at all.
      if (commits.has(id) || !commits.set(id, commit).has(id)) return;
      for (const object of commit.objects) {
        const kept = objects.get(object.id);
        if (kept === undefined) objects.set(object.id, { object, users: 1 });
        else kept.users += 1;
      }
    },
    commit: (id) => commits.get(id),
    read(id, type) {
      const object = objects.get(id)?.object;
      return object?.type === type ? contentOf(object) : undefined;
    },
  };
}
