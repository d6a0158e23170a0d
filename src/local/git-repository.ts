import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from './git-command.ts';

/** What the first commit of a new repository is made of. */
export interface FirstCommit {
  /** The folder whose content it is. */
  readonly from: string;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly at: Date;
}

/** The branch of new repositories. */
export const firstBranch = 'main';

/**
 * Makes a bare repository, empty or with a first commit on `main`.
 * @param directory where it is to lie; must not exist
 * @throws PlumbError `local.git-failed`
 */
export async function createBareRepository(
  directory: string,
  first: FirstCommit | undefined,
  signal: AbortSignal,
): Promise<void> {
  await git(['init', '--quiet', '--bare', '--template=', `--initial-branch=${firstBranch}`, directory], signal);
  if (first === undefined) return;
  const index = join(directory, `index-${randomBytes(6).toString('hex')}`);
  const date = `@${Math.floor(first.at.getTime() / 1000)} +0000`;
  const variables = {
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: first.author.name,
    GIT_AUTHOR_EMAIL: first.author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: first.author.name,
    GIT_COMMITTER_EMAIL: first.author.email,
    GIT_COMMITTER_DATE: date,
  };
  const at = [`--git-dir=${directory}`, `--work-tree=${first.from}`];
  try {
    await git([...at, 'add', '--all', '--force', '--', ':/'], signal, variables);
    const tree = (await git([...at, 'write-tree'], signal, variables)).trim();
    const commit = (await git([...at, 'commit-tree', '-m', first.message, tree], signal, variables)).trim();
    await git([...at, 'update-ref', `refs/heads/${firstBranch}`, commit], signal, variables);
  } finally {
    await rm(index, { force: true });
  }
}

/** Every branch and tag of a repository with the object that it names. */
export async function refsOf(directory: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const text = await git([`--git-dir=${directory}`, 'for-each-ref', '--format=%(objectname) %(refname)'], signal);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
}

/** One ref that a push has moved. */
export interface RefUpdate {
  /** Full name, such as `refs/heads/main`. */
  readonly ref: string;
  /** Id of the object that it named before; undefined where it is new. */
  readonly before: string | undefined;
  /** Id of the object that it names now; undefined where it was deleted. */
  readonly after: string | undefined;
}

/** What has moved between two looks at the refs. */
export function updatesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly RefUpdate[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((ref) => before.get(ref) !== after.get(ref))
    .map((ref) => ({ ref, before: before.get(ref), after: after.get(ref) }));
}
