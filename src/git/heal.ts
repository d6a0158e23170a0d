import type { PlumbError } from '../errors.ts';
import { damaged, useGeneration, type Core, type Generation, type Healing } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { fetchTargets } from './fetch-targets.ts';
import { ownWords } from './failure.ts';
import type { CommitId } from './ids.ts';
import type { Lock } from './lock.ts';
import { runGit } from './process.ts';
import { keptPrefix, localRefs, runLocal, type LocalRef } from './refs.ts';
import { explainRemote, fetchRefs, listRemote } from './remote.ts';
import { targetKey, type Target } from './selector.ts';
import { createGeneration, dropGeneration, switchGeneration } from './store.ts';

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
    const errors = await fetchAnew(core, lock, old, [...targets, ...others(core, targets)], signal);
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

async function fetchAnew(
  core: Core,
  lock: Lock,
  old: Generation,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Target, PlumbError>> {
  const options = { signal, onStart: (pid: number) => lock.noteChild(pid) };
  const url = core.remote.url.text;
  const refs = await localRefs(old.directory, 'refs/', signal).catch((): readonly LocalRef[] => []);
  const all = [...targets, ...(await stillThere(core, refs, targets, signal))];
  let directory = await createGeneration(core.store, url, 'sha1', signal);
  try {
    let end = await fetchTargets(core.remote, directory, all, options);
    if (end.kind === 'other-format') {
      await dropGeneration(directory);
      directory = await createGeneration(core.store, url, end.format, signal);
      end = await fetchTargets(core.remote, directory, all, options);
    }
    if (end.kind !== 'done') throw explainRemote(core.remote, end.kind === 'damaged' ? end.words : '');
    await carryOver(core, old.directory, directory, [...refs.map(({ id }) => id), ...core.known.keys()], signal);
    await switchGeneration(core.store, directory);
    useGeneration(core, directory);
    return end.errors;
  } catch (error) {
    await dropGeneration(directory);
    throw error;
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
  for (const id of await missingFrom(to, [...new Set(ids)], signal)) {
    const refspec = `${id}:${keptPrefix}${id}`;
    const { exitCode } = await fetchRefs(core.remote, to, [refspec], { signal });
    if (exitCode === 0) continue;
    await runGit({
      args: [
        `--git-dir=${to}`,
        'fetch',
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
