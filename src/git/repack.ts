import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exclusively, openGeneration, type Core } from './core.ts';
import { runGit } from './process.ts';
import { gitEnvironment } from './environment.ts';

/** As many packs as reads can stand: each is looked into for every object. A fetch adds one. */
const packLimit = 24;

/** As many tags in files of their own as reads can stand: each is opened whenever a version is looked for. */
const looseTagLimit = 200;

/** As many objects in files of their own as one of 256 folders shows: some five thousand in all. A write adds five. */
const looseLimit = 20;
const sampleFolder = 'objects/17';

/** Mirrors that are being put in order, so that each is once. */
const busy = new WeakSet<Core>();

/**
 * Puts many small packs and single objects together into few packs, and many tags into one file, in the background,
 * where there are many by now. Nothing is ever removed from a mirror: a commit that a rewritten branch has left may
 * still be what a cluster runs.
 */
export function repackWhenNeeded(core: Core): void {
  if (busy.has(core) || core.closed.signal.aborted) return;
  busy.add(core);
  void repack(core)
    // The next fetch tries again; until then reads are slower, and right.
    .catch(() => {})
    .finally(() => busy.delete(core));
}

async function repack(core: Core): Promise<void> {
  const generation = await openGeneration(core);
  if (generation === undefined) return;
  const { directory } = generation;
  const calls = [
    ...((await countIn(directory, 'objects/pack', '.pack')) > packLimit ||
    (await countIn(directory, sampleFolder, '')) > looseLimit
      ? [packsIntoFew]
      : []),
    ...((await countIn(directory, 'refs/tags', '')) > looseTagLimit ? [refsIntoOne] : []),
  ];
  if (calls.length === 0) return;
  const { signal } = core.closed;
  await exclusively(core, signal, async (lock) => {
    for (const args of calls) {
      await runGit({
        args: [`--git-dir=${directory}`, ...args],
        environment: gitEnvironment(),
        signal,
        timeoutMilliseconds: core.remote.limits.fetchMilliseconds,
        maxOutputBytes: 64 * 1024,
        onStart: (pid) => lock.noteChild(pid),
      });
    }
  });
}

const packsIntoFew = ['repack', '--quiet', '-d', '--geometric=2'] as const;
const refsIntoOne = ['pack-refs', '--all'] as const;

async function countIn(directory: string, folder: string, ending: string): Promise<number> {
  const names = await readdir(join(directory, folder)).catch(() => []);
  return names.filter((name) => name.endsWith(ending)).length;
}
