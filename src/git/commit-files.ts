import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { type BlobId, type CommitId, isObjectId } from './ids.ts';
import { runGit } from './process.ts';

/** What a commit did to one file. */
export interface FileEdit {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'modified' | 'renamed';
  /** The path that it had before, where it was renamed. */
  readonly from?: string;
  /** The content before and after; undefined where there was no file, or what was there is a link or a submodule. */
  readonly before: BlobId | undefined;
  readonly after: BlobId | undefined;
}

/** A commit, and the commit that it is compared with: its first parent; undefined where it has none. */
export interface ComparedCommit {
  readonly commit: CommitId;
  readonly parent: CommitId | undefined;
}

/** So many files that appear and vanish in one commit are compared with each other, to find renames. */
const renameLimit = 400;

/** What commits did to files, each compared with its first parent, by one process for all of them. */
export async function filesOfCommits(
  directory: string,
  commits: readonly ComparedCommit[],
  signal: AbortSignal,
): Promise<ReadonlyMap<CommitId, readonly FileEdit[]>> {
  const found = new Map<CommitId, FileEdit[]>(commits.map(({ commit }) => [commit, []]));
  if (commits.length === 0) return found;
  const lines = commits.map(({ commit, parent }) => (parent === undefined ? `${commit}\n` : `${commit} ${parent}\n`));
  const result = await runGit({
    args: [
      `--git-dir=${directory}`,
      'diff-tree',
      '--stdin',
      '--root',
      '--raw',
      '--no-abbrev',
      '-r',
      '-z',
      '--find-renames',
      `-l${renameLimit}`,
      '--no-ext-diff',
    ],
    environment: gitEnvironment(),
    input: Buffer.from(lines.join('')),
    signal,
    timeoutMilliseconds: 120_000,
    maxOutputBytes: 256 * 1024 * 1024,
  });
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
  const tokens = result.stdout.toString('utf8').split('\0');
  let edits: FileEdit[] | undefined;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = (tokens[at] ?? '').trimStart();
    if (isObjectId(token)) edits = found.get(token as CommitId);
    if (!token.startsWith(':')) continue;
    const [, , , , status = ''] = token.split(' ');
    const path = tokens[(at += 1)] ?? '';
    const to = /^[RC]/.test(status) ? tokens[(at += 1)] : undefined;
    edits?.push(editOf(token, path, to));
  }
  return found;
}

/** One record of `--raw`: `:100644 100644 <before> <after> M`. */
function editOf(record: string, path: string, to: string | undefined): FileEdit {
  const [oldMode = '', newMode = '', before = '', after = '', status = ''] = record.slice(1).split(' ');
  const sides = { before: blobOf(oldMode, before), after: blobOf(newMode, after) };
  if (to !== undefined) return { path: to, from: path, change: 'renamed', ...sides };
  const change = status.startsWith('A') ? 'added' : status.startsWith('D') ? 'removed' : 'modified';
  return { path, change, ...sides };
}

function blobOf(mode: string, id: string): BlobId | undefined {
  return mode.startsWith('100') ? (id as BlobId) : undefined;
}
