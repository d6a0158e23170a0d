import type { PlumbError } from '../errors.ts';
import { damaged, useGeneration, type Core, type Generation, type Healing } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { fetchTargets } from './fetch-targets.ts';
import { isShallow, type History } from './history.ts';
import { ownWords } from './failure.ts';
import type { CommitId } from './ids.ts';
import type { Lock } from './lock.ts';
import { runGit } from './process.ts';
import { keptPrefix, localRefs, runLocal, type LocalRef } from './refs.ts';
import { explainRemote, fetchRefs, listRemote, type CallOptions } from './remote.ts';
import { targetKey, type Target } from './selector.ts';
import { createGeneration, dropGeneration, switchGeneration, type Nature } from './store.ts';

/** How long a mirror that was fetched anew is left alone: each time twice as long, up to an hour. */
const shortestRest = 30_000;
const longestRest = 3_600_000;

/**
 * Fetches a damaged mirror anew, aside, and puts the new one in its place once it is whole. Until then the old one
 * is read as far as it can be. Commits that the server no longer leads to are carried over from the old one where
 * they are still whole. Only under the lock.
 * @returns why some of the targets could not be fetched
 * @throws PlumbError `git.damaged`
 */
export async function healMirror(
  core: Core,
  lock: Lock,
  old: Generation,
  words: string,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  const reason = ownWords(words, []);
  if (core.healing !== undefined && performance.now() < core.healing.notBefore) {
    throw core.healing.error ?? damaged(core, reason);
  }
  try {
    const errors = await fetchAnew(core, lock, old, targets, core.remote.history, signal);
    core.healing = nextHealing(core, undefined);
    return errors;
  } catch (error) {
    if (signal.aborted) throw error;
    core.healing = nextHealing(core, damaged(core, reason, error));
    throw core.healing.error ?? error;
  }
}

function nextHealing({ healing }: Core, error: PlumbError | undefined): Healing {
  const now = performance.now();
  const inARow = healing !== undefined && now < healing.notBefore + longestRest;
  const count = inARow ? healing.count + 1 : 1;
  return { count, notBefore: now + Math.min(shortestRest * 2 ** (count - 1), longestRest), error };
}

/** What was fetched before, besides what is to be fetched now. */
function others(core: Core, targets: readonly Target[]): readonly Target[] {
  const keys = new Set(targets.map(targetKey));
  return [...core.wanted.values()].filter((target) => !keys.has(targetKey(target)));
}

/**
 * Fetches everything anew, aside, and puts it in the place of the old mirror once it is whole. Only under the lock.
 * @returns why some of the targets could not be fetched
 */
export async function fetchAnew(
  core: Core,
  lock: Lock,
  old: Generation,
  targets: readonly Target[],
  history: History,
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  const options = { signal, onStart: (pid: number) => lock.noteChild(pid) };
  const refs = await localRefs(old.directory, 'refs/', signal).catch((): readonly LocalRef[] => []);
  const wanted = [...targets, ...others(core, targets)];
  const all = [...wanted, ...(await stillThere(core, refs, wanted, signal))];
  const { directory, errors } = await fetchAside(core, all, { format: 'sha1', history }, options);
  try {
    await carryOver(core, old.directory, directory, [...refs.map(({ id }) => id), ...core.known.keys()], signal);
    await switchGeneration(core.store, directory);
    useGeneration(core, directory);
    return errors;
  } catch (error) {
    await dropGeneration(directory);
    throw error;
  }
}

/** Fetches into a mirror of its own, of the nature that the server turns out to allow. */
async function fetchAside(
  core: Core,
  targets: readonly Target[],
  wished: Nature,
  options: CallOptions,
): Promise<{ readonly directory: string; readonly errors: ReadonlyMap<Target, PlumbError> }> {
  let nature = wished;
  for (;;) {
    const directory = await createGeneration(core.store, core.remote.url.text, nature, options.signal);
    try {
      const end = await fetchTargets(core.remote, directory, targets, options);
      if (end.kind === 'done') return { directory, errors: end.errors };
      const next: Nature = {
        format: end.kind === 'other-format' ? end.format : nature.format,
        history: end.kind === 'whole' ? 'full' : nature.history,
      };
      // Each is learned once; a server that wants it otherwise again is not to be understood.
      if (next.format === nature.format && next.history === nature.history)
        throw explainRemote(core.remote, end.kind === 'damaged' ? end.words : '');
      if (nature.format !== wished.format && next.format === wished.format) throw explainRemote(core.remote, '');
      nature = next;
    } catch (error) {
      await dropGeneration(directory);
      throw error;
    }
    await dropGeneration(directory);
  }
}

/** The branches and tags of the old mirror that the server still has. */
async function stillThere(
  core: Core,
  refs: readonly LocalRef[],
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const asked = new Set(targets.flatMap((target) => (target.kind === 'ref' ? [target.ref] : [])));
  const mine = refs.filter(({ ref }) => /^refs\/(?:heads|tags)\//.test(ref) && !asked.has(ref));
  if (mine.length === 0) return [];
  const listing = await listRemote(core.remote, ['refs/heads/*', 'refs/tags/*'], { signal });
  const there = new Set(listing.refs.map(({ ref }) => ref));
  return mine.filter(({ ref }) => there.has(ref)).map(({ ref }) => ({ kind: 'ref', ref, name: ref }));
}

/**
 * Commits that no branch leads to any more: from the server where it still has them, else from the old mirror. Each
 * alone, as some will be gone for good; the rest is not to be lost with them.
 */
async function carryOver(
  core: Core,
  from: string,
  to: string,
  ids: readonly CommitId[],
  signal: AbortSignal,
): Promise<void> {
  // Out of a shallow mirror nothing else can be taken, into whatever mirror.
  const [fromShallow, toShallow] = [await isShallow(from), await isShallow(to)];
  const depth = toShallow ? { depth: 1 } : {};
  for (const id of await missingFrom(to, [...new Set(ids)], signal)) {
    const refspec = `${id}:${keptPrefix}${id}`;
    const { exitCode } = await fetchRefs(core.remote, to, [refspec], { signal, ...depth });
    if (exitCode === 0) continue;
    await runGit({
      args: [
        `--git-dir=${to}`,
        'fetch',
        ...(toShallow ? ['--depth=1'] : fromShallow ? ['--update-shallow'] : []),
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--end-of-options',
        from,
        refspec,
      ],
      environment: gitEnvironment({ transport: 'file' }),
      signal,
      timeoutMilliseconds: 120_000,
      maxOutputBytes: 64 * 1024,
    });
  }
}

async function missingFrom(
  directory: string,
  ids: readonly CommitId[],
  signal: AbortSignal,
): Promise<readonly CommitId[]> {
  const text = await runLocal(directory, ['cat-file', '--batch-check'], signal, ids.map((id) => `${id}\n`).join(''));
  const lines = text.split('\n');
  return ids.filter((_, index) => lines[index]?.endsWith(' missing') === true);
}
