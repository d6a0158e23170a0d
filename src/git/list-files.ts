import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import type { BlobId, CommitId } from './ids.ts';
import { runGit } from './process.ts';

/** A file, link or submodule of a commit. */
export interface StoredFile {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'submodule';
  /** What Git writes for it: `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  /** The blob; of a submodule, its commit. */
  readonly id: BlobId;
}

/** All that lies at some paths of a commit or below them, by path. Links are told, and not followed. */
export async function filesAt(
  directory: string,
  commit: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredFile>> {
  const found = new Map<string, StoredFile>();
  if (paths.length === 0) return found;
  const limited = paths.includes('') ? [] : paths;
  const result = await runGit({
    args: [
      `--git-dir=${directory}`,
      '--literal-pathspecs',
      'ls-tree',
      '-r',
      '-z',
      '--full-tree',
      '--end-of-options',
      commit,
      ...limited,
    ],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 256 * 1024 * 1024,
  });
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
  for (const record of result.stdout.toString('utf8').split('\0')) {
    const [, mode, type, id, path] = /^(\d+) (\S+) ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    if (mode === undefined || id === undefined || path === undefined) continue;
    const kind = type === 'commit' ? 'submodule' : mode === '120000' ? 'link' : 'file';
    found.set(path, { path, kind, mode: mode === '100755' || kind !== 'file' ? mode : '100644', id: id as BlobId });
  }
  return found;
}
