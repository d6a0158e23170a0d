import { plumbError, type PlumbError } from '../errors.ts';
import {
  adoptGeneration,
  exclusively,
  openGeneration,
  readFrom,
  tidy,
  useGeneration,
  type Core,
  type Generation,
} from './core.ts';
import { detached, forgetBranch, headRef, rememberedBranch } from './default-branch.ts';
import { fetchTargets, type FetchEnd } from './fetch-targets.ts';
import { fetchAnew, healMirror } from './heal.ts';
import { isShallow } from './history.ts';
import type { Lock } from './lock.ts';
import { quickFetch } from './quick-fetch.ts';
import { localRefs } from './refs.ts';
import { targetKey, type Target } from './selector.ts';
import { createGeneration, currentGeneration, dropGeneration, switchGeneration, type Nature } from './store.ts';
import { toldTransfer } from './transfer.ts';
import { takeTurnAt } from './turns.ts';

/** Collects what is asked for while a fetch runs, so that the next one brings all of it at once. */
export interface FetchQueue {
  /**
   * Fetches a target.
   * @throws PlumbError why it could not be; the reason of `signal` where it was aborted
   */
  fetch(target: Target, signal: AbortSignal): Promise<void>;
}

interface Batch {
  readonly targets: Map<string, Target>;
  readonly controller: AbortController;
  members: number;
  readonly done: Promise<ReadonlyMap<Target, PlumbError>>;
}

/** The queue of one mirror. */
export function createFetchQueue(core: Core): FetchQueue {
  let running: Promise<unknown> = Promise.resolve();
  let next: Batch | undefined;

  const openBatch = (): Batch => {
    const controller = new AbortController();
    const targets = new Map<string, Target>();
    const done = running.then(() => {
      // From here on, who asks has to wait for the next one: this one may have seen the server already.
      next = undefined;
      const signal = AbortSignal.any([controller.signal, core.closed.signal]);
      return toldTransfer(core.remote.onTransfer, 'fetch', signal, {
        run: () => fetchOnce(core, [...targets.values()], signal),
        // A reference that is not there is an answer of the server's.
        outcomeOf: () => 'succeeded',
      });
    });
    running = done.catch(() => {});
    return { targets, controller, members: 0, done };
  };

  return {
    async fetch(target, signal) {
      signal.throwIfAborted();
      next ??= openBatch();
      const batch = next;
      const key = targetKey(target);
      core.wanted.set(key, target);
      const mine = batch.targets.get(key) ?? target;
      batch.targets.set(key, mine);
      batch.members += 1;
      try {
        const errors = await orAborted(batch.done, signal);
        const error = errors.get(mine);
        if (error !== undefined) throw error;
      } finally {
        batch.members -= 1;
        // Nobody waits for it any more.
        if (batch.members === 0) batch.controller.abort(plumbError('cancelled', 'nobody waits for the fetch any more'));
      }
    },
  };
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** One fetch, and what it takes to make it succeed: a first mirror, a new one in the place of a damaged one. */
async function fetchOnce(
  core: Core,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  signal.throwIfAborted();
  if (await quickFetch(core, targets, signal)) return new Map();
  return exclusively(core, signal, async (lock) => {
    const giveBack = await takeTurnAt(core.remote.url, signal);
    try {
      const first = await fetchInto(core, lock, targets, signal);
      if (!(await defaultBranchMoved(core, targets))) return first;
      const generation = await openGeneration(core);
      if (generation !== undefined) await forgetBranch(generation.directory);
      return await fetchInto(core, lock, targets, signal);
    } catch (error) {
      // A Git that was killed or ran out of disk leaves files and locks behind.
      await tidy(core);
      throw error;
    } finally {
      giveBack();
    }
  });
}

/** Makes a shallow mirror a full one, for who asks about the past. */
export async function completeHistory(core: Core, signal: AbortSignal): Promise<void> {
  await exclusively(core, signal, async (lock) => {
    const known = await openGeneration(core);
    if (known !== undefined) await adoptGeneration(core, known);
    const generation = core.generation;
    if (generation === undefined || !(await isShallow(generation.directory))) return;
    await fetchAnew(core, lock, generation, [], 'full', signal);
  });
}

async function fetchInto(
  core: Core,
  lock: Lock,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  const { history } = core.remote;
  const generation = (await openGeneration(core)) ?? (await firstGeneration(core, { format: 'sha1', history }, signal));
  if ((await currentGeneration(core.store)) === undefined) {
    return healMirror(core, lock, generation, 'it was deleted', targets, signal);
  }
  await adoptGeneration(core, generation);
  const current = core.generation ?? generation;
  if (history === 'full' && (await isShallow(current.directory)))
    return fetchAnew(core, lock, current, targets, 'full', signal);
  return fetchIntoThis(core, lock, current, targets, signal);
}

async function fetchIntoThis(
  core: Core,
  lock: Lock,
  generation: Generation,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  const options = { signal, onStart: (pid: number) => lock.noteChild(pid) };
  let end: FetchEnd = await fetchTargets(core.remote, generation.directory, targets, options);
  // An empty mirror is made anew in the other format; a full one is not given up for what a server says.
  if (end.kind === 'other-format' && (await localRefs(generation.directory, 'refs/', signal)).length === 0) {
    const other = await firstGeneration(core, { format: end.format, history: core.remote.history }, signal);
    end = await fetchTargets(core.remote, other.directory, targets, options);
  }
  // What was learned of the server stays, as what is made now is no shallow mirror.
  if (end.kind === 'whole') return fetchAnew(core, lock, core.generation ?? generation, targets, 'full', signal);
  if (end.kind === 'damaged') return healMirror(core, lock, generation, end.words, targets, signal);
  if (end.kind === 'done') return end.errors;
  throw plumbError('git.failed', `the server has changed the format of its objects to ${end.format}`, {
    where: { repository: core.remote.url.text },
    hint: 'Delete the folder of this mirror, and it is fetched anew.',
  });
}

/** Makes a mirror that holds nothing, and reads that from now on. Only under the lock. */
export async function firstGeneration(core: Core, nature: Nature, signal: AbortSignal): Promise<Generation> {
  const directory = await createGeneration(core.store, core.remote.url.text, nature, signal);
  try {
    await switchGeneration(core.store, directory);
  } catch (error) {
    await dropGeneration(directory);
    throw error;
  }
  return useGeneration(core, directory);
}

/**
 * HEAD of the server is fetched beside the branch that it named the last time. Where the two differ, it names another
 * one by now; to ask for its name every time would cost every fetch a further call.
 */
async function defaultBranchMoved(core: Core, targets: readonly Target[]): Promise<boolean> {
  if (!targets.some(({ kind }) => kind === 'default')) return false;
  const generation = await openGeneration(core);
  const branch = generation === undefined ? undefined : await rememberedBranch(generation.directory);
  if (generation === undefined || branch === undefined || branch === detached) return false;
  const limit = 1024 * 1024;
  const [head, tip] = await Promise.all([
    readFrom(core, generation, headRef, limit),
    readFrom(core, generation, branch, limit),
  ]);
  return head.kind === 'object' && tip.kind === 'object' && head.id !== tip.id;
}
