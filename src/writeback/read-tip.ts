import { plumbError, problemsOf } from '../errors.ts';
import type { CommitId, Mirror } from '../git/index.ts';
import type { Tip, TipFiles } from './edit.ts';

/** Nothing at all, as in a repository before its first commit. */
const noFiles: TipFiles = {
  stat: async (path) => (isRoot(path) ? { kind: 'directory', id: '' } : undefined),
  read: async () => undefined,
  list: async (path) => (isRoot(path) ? [] : undefined),
  linksFollowed: async () => [],
};

function isRoot(path: string): boolean {
  return path.split('/').every((name) => name === '' || name === '.');
}

/** A commit as the tip that edits are made upon. */
export async function tipAt(mirror: Mirror, commit: CommitId | undefined): Promise<Tip> {
  // What lies in a submodule is another repository's: an edit has no business there.
  return { commit, files: commit === undefined ? noFiles : await mirror.tree(commit, { submodules: false }) };
}

/**
 * Fetches where a branch is now; undefined in a repository that has no branch at all.
 * @throws PlumbError `git.ref-not-found` where others are there and this one is not; as `Mirror.fetch`
 */
export async function fetchTip(mirror: Mirror, branch: string, signal: AbortSignal): Promise<CommitId | undefined> {
  try {
    return (await mirror.fetch({ branch }, { signal })).resolved.commit;
  } catch (error) {
    if (problemsOf(error)[0].code !== 'git.ref-not-found') throw error;
    if ((await mirror.branches({ signal })).size > 0) throw error;
    return undefined;
  }
}

/**
 * Where a branch is as far as the mirror knows, with what was pushed from here; asked of the server only where it was
 * never fetched. @throws PlumbError as `fetchTip`
 */
export async function knownTip(mirror: Mirror, branch: string, signal: AbortSignal): Promise<CommitId | undefined> {
  return (await mirror.tip(branch)) ?? fetchTip(mirror, branch, signal);
}

/** The error of a branch that others push to quicker than this writer ever could. */
export function contended(branch: string, attempts: number): Error {
  return plumbError('writeback.contended', `branch ${branch} has moved ${attempts} times just before it was pushed to`);
}
