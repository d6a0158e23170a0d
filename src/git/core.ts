import type { LRUCache } from 'lru-cache';
import { plumbError, problemsOf, type PlumbError } from '../errors.ts';
import type { BatchAnswer } from './batch-parser.ts';
import type { FreshCommits } from './fresh-commits.ts';
import type { CommitId } from './ids.ts';
import { acquireLock, type Lock } from './lock.ts';
import { openObjectReader, type ObjectReader } from './object-reader.ts';
import type { PushedTips } from './pushed-tips.ts';
import type { QuickWay } from './quick-fetch.ts';

import type { Remote } from './remote.ts';
import type { Target } from './selector.ts';
import { currentGeneration, explainStorage, removeLeftovers, type Store } from './store.ts';
import type { Tips } from './tips.ts';
import type { TreeCache } from './tree-cache.ts';

/** A bare repository that is read, and the process that reads it. */
export interface Generation {
  readonly directory: string;
  readonly reader: ObjectReader;
}

/** An attempt to fetch a mirror anew. */
export interface Healing {
  /** How many there were in a row. */
  readonly count: number;
  /** When the next one may be, by `performance.now()`: a clone costs the server something. */
  readonly notBefore: number;
  /** Why it failed; undefined where it did not. */
  readonly error: PlumbError | undefined;
}

/** One mirror of this process, shared by all who opened it. */
export interface Core {
  readonly store: Store;
  /** Its connection may be replaced: tokens are renewed. */
  remote: Remote;
  readonly trees: TreeCache;
  /** Aborted when the last of those who opened it closes it. */
  readonly closed: AbortController;
  generation: Generation | undefined;
  /** Ends when whoever writes now has ended. */
  writing: Promise<unknown>;
  /** The commits that were found here lately: where one of them cannot be read any more, the mirror is damaged. */
  readonly known: LRUCache<CommitId, true>;
  /** What was fetched lately, by what names it: a mirror that has lost everything fetches this anew. */
  readonly wanted: LRUCache<string, Target>;
  /** Commits that were made here lately, and are pushed next. */
  readonly fresh: FreshCommits;
  /** Where branches were pushed to since they were fetched. */
  readonly pushed: PushedTips;
  /** The last time that the mirror was fetched anew; undefined where it never was. */
  healing: Healing | undefined;
  /** Where its refs are; undefined where that was not looked up since the last change. */
  tips: Tips | undefined;
  /** The connections to the server; undefined before the first fetch, and where it is reached through Git alone. */
  quick: QuickWay | undefined;
}

/** A process that has read nothing for a minute from a local disk never will. */
const stallMilliseconds = 60_000;

/** The generation that is read now, as this process or another one left it; undefined before the first fetch. */
export async function openGeneration(core: Core): Promise<Generation | undefined> {
  if (core.generation !== undefined) return core.generation;
  const directory = await currentGeneration(core.store);
  if (directory === undefined) return undefined;
  // Another call may have been quicker.
  core.generation ??= newGeneration(core, directory);
  return core.generation;
}

/** Reads from this repository from now on; the reader of the one before is ended. */
export function useGeneration(core: Core, directory: string): Generation {
  void core.generation?.reader.close();
  core.generation = newGeneration(core, directory);
  return core.generation;
}

function newGeneration(core: Core, directory: string): Generation {
  core.closed.signal.throwIfAborted();
  const { idleMilliseconds } = core.remote.limits;
  return { directory, reader: openObjectReader(directory, { idleMilliseconds, stallMilliseconds }) };
}

/** Takes over the generation that another process made; returns whether there was one. */
export async function adoptGeneration(core: Core, known: Generation): Promise<boolean> {
  if (core.generation !== known) return true;
  const directory = await currentGeneration(core.store);
  if (directory === undefined || directory === known.directory) return false;
  useGeneration(core, directory);
  return true;
}

/**
 * Does something that writes to the mirror: one at a time in this process, and one process at a time.
 * @throws PlumbError `git.locked`, `git.disk-full`; whatever `write` throws
 */
export async function exclusively<T>(core: Core, signal: AbortSignal, write: (lock: Lock) => Promise<T>): Promise<T> {
  const before = core.writing;
  const { promise, resolve } = Promise.withResolvers<void>();
  core.writing = promise;
  try {
    await before;
    signal.throwIfAborted();
    const lock = await acquireLock(core.store.lock, { signal, waitMilliseconds: core.remote.limits.lockMilliseconds });
    try {
      if (lock.recovered) await tidy(core);
      return await write(lock);
    } finally {
      core.tips = undefined;
      await lock.release();
    }
  } catch (error) {
    throw explainStorage(error, core.remote.url.text);
  } finally {
    resolve();
  }
}

/** Removes what a Git process left that did not end well. Only under the lock. */
export async function tidy(core: Core): Promise<void> {
  const directory = await currentGeneration(core.store);
  if (directory !== undefined) await removeLeftovers(directory);
}

/** What became of reading an object. */
export type ReadEnd = BatchAnswer | { readonly kind: 'unreadable'; readonly words: string };

/**
 * Reads an object from a generation. That Git cannot, or that the generation was replaced meanwhile, is told.
 * @throws PlumbError `git.missing`; `cancelled` where the mirror is closed
 */
export async function readFrom(core: Core, generation: Generation, name: string, limit: number): Promise<ReadEnd> {
  try {
    return await generation.reader.read(name, limit);
  } catch (error) {
    const [problem] = problemsOf(error);
    const replaced = problem.code === 'cancelled' && !core.closed.signal.aborted;
    if (problem.code === 'git.failed' || replaced) return { kind: 'unreadable', words: problem.message };
    throw error;
  }
}

/** The error of a mirror that is damaged and stays so. */
export function damaged(core: Core, words: string, cause?: unknown): PlumbError {
  const because = cause === undefined ? '' : `, and could not be fetched anew: ${problemsOf(cause)[0].message}`;
  return plumbError('git.damaged', `the mirror is damaged (${words})${because}`, {
    where: { repository: core.remote.url.text },
    ...(cause === undefined ? {} : { cause }),
  });
}
