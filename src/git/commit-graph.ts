import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exclusively, openGeneration, type Core } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import type { CommitId } from './ids.ts';
import { runGit } from './process.ts';

/** Where Git keeps its index of the commits, below a bare repository. */
const places = ['objects/info/commit-graph', 'objects/info/commit-graphs'] as const;

/**
 * Writes what Git needs to tell quickly which commits touched a path: the commit graph with a Bloom filter of the
 * changed paths of each commit. What was written before is added to. It may be deleted at any time.
 * @param onStart told the process that writes
 */
export async function writeCommitGraph(
  directory: string,
  signal: AbortSignal,
  onStart: (pid: number) => void = () => {},
): Promise<void> {
  const result = await runGit({
    args: [`--git-dir=${directory}`, 'commit-graph', 'write', '--reachable', '--split', '--changed-paths'],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 600_000,
    maxOutputBytes: 64 * 1024,
    onStart,
  });
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
}

/** Takes the index away; Git answers without it, more slowly. */
async function dropCommitGraph(directory: string): Promise<void> {
  for (const place of places) await rm(join(directory, place), { recursive: true, force: true });
}

/** Whether what Git wrote to its standard error blames the index. */
export function blamesCommitGraph(stderr: string): boolean {
  return /commit-graph|commit graph|changed-path/i.test(stderr);
}

/** What the index of a mirror was last written for, which mirrors are being indexed, and whose index is damaged. */
const indexed = new WeakMap<Core, { readonly directory: string; readonly tip: CommitId }>();
const busy = new WeakSet<Core>();
const damagedIndexes = new WeakSet<Core>();

/**
 * Brings the index of a mirror up to a tip, in the background. Who asks meanwhile is answered without it: the index
 * takes three times as long as the one answer (docs/adr/0150).
 */
export function indexWhenNeeded(core: Core, directory: string, tip: CommitId): void {
  const last = indexed.get(core);
  if (busy.has(core) || core.closed.signal.aborted) return;
  if (last?.directory === directory && last.tip === tip) return;
  busy.add(core);
  void exclusively(core, core.closed.signal, async (lock) => {
    const generation = await openGeneration(core);
    if (generation?.directory !== directory) return;
    if (damagedIndexes.has(core)) await dropCommitGraph(directory);
    await writeCommitGraph(directory, core.closed.signal, (pid) => lock.noteChild(pid));
    damagedIndexes.delete(core);
    indexed.set(core, { directory, tip });
  })
    // The next question tries again; until then answers are slower, and right.
    .catch(() => {})
    .finally(() => busy.delete(core));
}

/** Has the index of a mirror taken away and written anew with the next question. */
export function forgetCommitGraph(core: Core): void {
  damagedIndexes.add(core);
  indexed.delete(core);
}
