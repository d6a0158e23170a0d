import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exclusively, openGeneration, type Core } from './core.ts';
import { runGit } from './process.ts';
import { gitEnvironment } from './environment.ts';

/** As many packs as reads can stand: each is looked into for every object. A fetch adds one. */
const packLimit = 24;

/** Mirrors that are being put in order, so that each is once. */
const busy = new WeakSet<Core>();

/**
 * Puts many small packs together into few, in the background, where there are many by now. Nothing is ever removed
 * from a mirror: a commit that a rewritten branch has left may still be what a cluster runs.
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
  if (generation === undefined || !(await isNeeded(generation.directory))) return;
  const { signal } = core.closed;
  await exclusively(core, signal, async (lock) => {
    await runGit({
      args: [`--git-dir=${generation.directory}`, 'repack', '--quiet', '-d', '--geometric=2'],
      environment: gitEnvironment(),
      signal,
      timeoutMilliseconds: core.remote.limits.fetchMilliseconds,
      maxOutputBytes: 64 * 1024,
      onStart: (pid) => lock.noteChild(pid),
    });
  });
}

async function isNeeded(directory: string): Promise<boolean> {
  const names = await readdir(join(directory, 'objects', 'pack')).catch(() => []);
  return names.filter((name) => name.endsWith('.pack')).length > packLimit;
}
