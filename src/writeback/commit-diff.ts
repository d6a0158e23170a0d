import type { BlobId, CommitId, FileEdit, FileHistory, StoredFile } from '../git/index.ts';
import { type AuditEntry, editsWithin, entryOf } from './audit.ts';
import { diffFile, type FileDiff } from './file-diff.ts';

/** What one commit did to some paths. */
export interface CommitDiff {
  readonly entry: AuditEntry;
  readonly diffs: readonly FileDiff[];
  /** How many more files it touched than are told. */
  readonly more: number;
}

/** Files whose diff is told of one commit. */
const mostDiffs = 200;

/**
 * The diff of one commit, with the values of Secrets masked.
 * @param paths files and folders; the empty path is all of the repository
 * @throws PlumbError `git.ref-not-found`
 */
export async function readCommitDiff(
  past: FileHistory,
  id: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<CommitDiff> {
  const commit = await past.commit(id);
  const edits = editsWithin((await past.edits([commit], { signal })).get(id) ?? [], paths);
  const diffs: FileDiff[] = [];
  for (const edit of edits.slice(0, mostDiffs)) diffs.push(await diffOf(past, edit));
  return { entry: entryOf(commit, edits), diffs, more: Math.max(0, edits.length - mostDiffs) };
}

/** What differs between two trees. */
export interface TreeDiff {
  readonly diffs: readonly FileDiff[];
  /** How many more files differ than are told. */
  readonly more: number;
}

/**
 * What differs at some paths between two commits, with the values of Secrets masked. A rename is a removal and an
 * addition.
 * @throws PlumbError `git.ref-not-found`
 */
export async function diffBetween(
  past: FileHistory,
  from: CommitId,
  to: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<TreeDiff> {
  const [old, young] = await Promise.all([past.files(from, paths, { signal }), past.files(to, paths, { signal })]);
  const differing = [...new Set([...old.keys(), ...young.keys()])]
    .filter((path) => old.get(path)?.id !== young.get(path)?.id)
    .toSorted();
  const diffs: FileDiff[] = [];
  for (const path of differing.slice(0, mostDiffs)) {
    const [before, after] = [old.get(path), young.get(path)];
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'modified';
    diffs.push(await diffOf(past, { path, change, before: blobOf(before), after: blobOf(after) }));
  }
  return { diffs, more: Math.max(0, differing.length - mostDiffs) };
}

function blobOf(stored: StoredFile | undefined): BlobId | undefined {
  return stored?.kind === 'file' ? stored.id : undefined;
}

async function diffOf(past: FileHistory, { path, from, before, after, change }: FileEdit): Promise<FileDiff> {
  const isLink = (before === undefined && change !== 'added') || (after === undefined && change !== 'removed');
  if (isLink) {
    return {
      path,
      ...(from === undefined ? {} : { from }),
      change,
      diff: '',
      note: 'a link or a submodule is involved',
    };
  }
  const [old, young] = await Promise.all([
    before === undefined ? undefined : past.content(before, from ?? path),
    after === undefined ? undefined : past.content(after, path),
  ]);
  return diffFile({ path, ...(from === undefined ? {} : { from }), before: old, after: young });
}
