import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { runGit } from './process.ts';

/** Three versions of one file. */
export interface ThreeTexts {
  readonly base: Uint8Array;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** Git tells by its exit code how many places conflict, and by a larger one that it failed. */
const mostConflicts = 127;

/**
 * Merges lines as Git does; undefined where both sides have changed the same ones, or a side is no text.
 * The three versions lie in a folder of their own meanwhile, which only this user may read.
 */
export async function mergeText(
  { base, ours, theirs }: ThreeTexts,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const folder = join(tmpdir(), `plumb-merge-${randomBytes(8).toString('hex')}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    const files = { ours: join(folder, 'ours'), base: join(folder, 'base'), theirs: join(folder, 'theirs') };
    await Promise.all([writeFile(files.ours, ours), writeFile(files.base, base), writeFile(files.theirs, theirs)]);
    const result = await runGit({
      args: ['merge-file', '--stdout', files.ours, files.base, files.theirs],
      environment: gitEnvironment(),
      signal,
      timeoutMilliseconds: 30_000,
      maxOutputBytes: 64 * 1024 * 1024,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.exitCode > 0 && result.exitCode <= mostConflicts) return undefined;
    if (/binary files/i.test(result.stderr)) return undefined;
    throw explainFailure(result.stderr);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
