import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError, type PlumbError } from '../errors.ts';
import { listRefs } from './list-refs.ts';
import type { CallOptions, Remote } from './remote.ts';

/** Where the tip of the server's HEAD is kept, whatever branch it is. */
export const headRef = 'refs/plumbline/head';

/** The value where HEAD of the server stands for a commit and for no branch. */
export const detached = 'HEAD';

/** The default branch as it was last seen (`refs/heads/main`, or `HEAD`); undefined where it never was. */
export async function rememberedBranch(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'plumbline-default'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/**
 * Asks the server which branch is its default, and remembers it.
 * @throws PlumbError `git.ref-not-found` where the repository is empty
 */
export async function learnDefaultBranch(remote: Remote, directory: string, options: CallOptions): Promise<string> {
  const { refs, head } = await listRefs(remote, ['HEAD'], options);
  if (!refs.has('HEAD')) throw noDefaultBranch(remote);
  const branch = head ?? detached;
  await rememberBranch(directory, branch);
  return branch;
}

/** Why the default branch cannot be had. */
export function noDefaultBranch(remote: Remote): PlumbError {
  return plumbError(
    'git.ref-not-found',
    'the repository has no default branch: it is empty, or HEAD names a branch that does not exist',
    { where: { repository: remote.url.text } },
  );
}

/** Remembers what the default branch is. */
export async function rememberBranch(directory: string, branch: string): Promise<void> {
  if ((await rememberedBranch(directory)) === branch) return;
  const file = join(directory, 'plumbline-default');
  await writeFile(`${file}.new`, `${branch}\n`);
  await rename(`${file}.new`, file);
}

/** Forgets the default branch, so that the server is asked for it again. */
export async function forgetBranch(directory: string): Promise<void> {
  await rm(join(directory, 'plumbline-default'), { force: true });
}
