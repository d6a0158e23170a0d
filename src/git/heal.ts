import { damaged, useGeneration, type Core, type Generation } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { fetchTargets, type FetchEnd } from './fetch-targets.ts';
import { ownWords } from './failure.ts';
import type { CommitId } from './ids.ts';
import type { Lock } from './lock.ts';
import { runGit } from './process.ts';
import { keptPrefix, localRefs, runLocal, type LocalRef } from './refs.ts';
import { listRemote } from './remote.ts';
import type { Target } from './selector.ts';
import { createGeneration, dropGeneration, switchGeneration } from './store.ts';

/** How long a mirror that could not be fetched anew is left alone: a clone costs the server something. */
const restMilliseconds = 30_000;

/**
 * Fetches a damaged mirror anew, aside, and puts the new one in its place once it is whole. Until then the old one
 * is read as far as it can be. Commits that the server no longer leads to are carried over from the old one where
 * they are still whole. Only under the lock.
 * @returns the end of fetching the targets, in the new mirror
 * @throws PlumbError `git.damaged`; whatever the server refuses
 */
export async function healMirror(
  core: Core,
  lock: Lock,
  old: Generation,
  words: string,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<FetchEnd> {
  const reason = ownWords(words, []);
  if (core.failedHealing !== undefined && performance.now() - core.failedHealing.at < restMilliseconds) {
    throw core.failedHealing.error;
  }
  const fresh = await createGeneration(core.store, core.remote.url.text, 'sha1', signal);
  let directory = fresh;
  try {
    const options = { signal, onStart: (pid: number) => lock.noteChild(pid) };
    const refs = await localRefs(old.directory, 'refs/', signal).catch((): readonly LocalRef[] => []);
    const all = [...targets, ...(await stillThere(core, refs, targets, signal))];
    let end = await fetchTargets(core.remote, directory, all, options);
    if (end.kind === 'other-format') {
      await dropGeneration(directory);
      directory = await createGeneration(core.store, core.remote.url.text, end.format, signal);
      end = await fetchTargets(core.remote, directory, all, options);
    }
    if (end.kind !== 'done') throw damaged(core, reason);
    await carryOver(old.directory, directory, [...refs.map(({ id }) => id), ...core.known.keys()], signal);
    await switchGeneration(core.store, directory);
    useGeneration(core, directory);
    core.failedHealing = undefined;
    return end;
  } catch (error) {
    await dropGeneration(directory);
    if (signal.aborted) throw error;
    core.failedHealing = { at: performance.now(), error: damaged(core, reason, error) };
    throw core.failedHealing.error;
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

/** Commits that the server may have forgotten are taken from the old mirror, each alone: some will be broken. */
async function carryOver(from: string, to: string, ids: readonly CommitId[], signal: AbortSignal): Promise<void> {
  for (const id of await missingFrom(to, [...new Set(ids)], signal)) {
    // What cannot be had any more is lost with the damage; the rest is not to be lost with it.
    await runGit({
      args: [
        `--git-dir=${to}`,
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--end-of-options',
        from,
        `${id}:${keptPrefix}${id}`,
      ],
      environment: gitEnvironment({ transport: 'file' }),
      signal,
      timeoutMilliseconds: 120_000,
      maxOutputBytes: 64 * 1024,
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
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
