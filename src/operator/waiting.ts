import { formatKey, type KubeObject } from '../object.ts';
import { contains, isGone } from './contained.ts';
import type { GitWriter } from './git-writer.ts';
import type { GitSyncStatus, WrittenObject } from './types.ts';
import type { Watches } from './watches.ts';

/** Tells whether the cluster has what was written to Git. */
export interface Waiting {
  /** Asks what Git says only where it is not known, or the cluster has something else in the meantime. */
  isSynced(id: string, gitSync: GitSyncStatus, signal: AbortSignal): Promise<boolean>;
  /**
   * Whether something has happened since it was last asked: to the objects that were written, or to what `about` says of
   * the resource.
   */
  hasNews(id: string, gitSync: GitSyncStatus, about: string): Promise<boolean>;
  /** Resources that wait for an object. */
  waitingFor(object: string): Iterable<string>;
  forget(id: string): void;
}

interface Known {
  readonly operation: string;
  /** What the branch says of each object; undefined where it was not asked. */
  readonly files: readonly (KubeObject | undefined)[] | undefined;
  /** What the cluster had when Git was asked: as long as nothing is another one, Git is not asked again. */
  readonly seen: string;
}

interface Look {
  readonly live: readonly (KubeObject | undefined)[];
  readonly seen: string;
}

/**
 * The cluster has an object when it is as the newest commit of the branch says. Somebody who changed it there after the
 * operator is followed, too: the resource would wait for ever otherwise.
 */
export function createWaiting(watches: Watches, git: GitWriter): Waiting {
  const known = new Map<string, Known>();
  const waiting = new Map<string, Set<string>>();

  const forget = (id: string): void => {
    known.delete(id);
    for (const [object, ids] of waiting) {
      ids.delete(id);
      if (ids.size === 0) waiting.delete(object);
    }
  };

  /** The objects as the cluster has them; from now on their changes wake the resource. */
  const look = async (id: string, objects: readonly WrittenObject[]): Promise<Look> => {
    for (const object of objects) {
      const name = formatKey(object);
      waiting.set(name, (waiting.get(name) ?? new Set()).add(id));
    }
    const live = await Promise.all(objects.map(async (object) => (await watches.open(object)).get(object)));
    const seen = live.map((object) => {
      const { uid, generation, labels, annotations } = object?.metadata ?? {};
      return JSON.stringify([uid, generation, labels, annotations]);
    });
    return { live, seen: seen.join('\n') };
  };

  return {
    async isSynced(id, { operation, objects = [] }, signal) {
      const { live, seen } = await look(id, objects);
      const before = known.get(id);
      if (before?.operation === operation && before.files !== undefined) {
        if (isAllThere(objects, live, before.files)) return true;
        if (before.seen === seen) return false;
      }
      const files = await git.read(objects, signal);
      known.set(id, { operation, files, seen });
      return isAllThere(objects, live, files);
    },
    async hasNews(id, { operation, objects = [] }, about) {
      const { seen } = await look(id, objects);
      const before = known.get(id);
      const now = `${about}\n${seen}`;
      if (before?.operation === operation && before.seen === now) return false;
      known.set(id, { operation, files: undefined, seen: now });
      return true;
    },
    waitingFor: (object) => waiting.get(object) ?? [],
    forget,
  };
}

function isAllThere(
  objects: readonly WrittenObject[],
  live: readonly (KubeObject | undefined)[],
  files: readonly (KubeObject | undefined)[],
): boolean {
  return objects.every(({ gone }, index) => {
    const [object, file] = [live[index], files[index]];
    if (object === undefined || file === undefined) return object === file;
    return contains(object, file) && (gone ?? []).every((path) => isGone(object, path));
  });
}
