import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { plumbError } from '../../errors.ts';

/** A folder to render, inside the folder that nothing is read outside of. */
export interface Place {
  /** Absolute path that nothing is read outside of. */
  readonly root: string;
  /** The folder (or file) to render, from the root, with forward slashes; `.` for the root itself. */
  readonly path: string;
  /** Name of the folder, for want of another. */
  readonly name: string;
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw plumbError('cli.folder-unreadable', `there is nothing at ${path}`, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The nearest folder at or above a path that a Git work tree begins at. */
async function gitRoot(path: string): Promise<string | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    // A file in a linked work tree, a folder else.
    if (await isThere(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether a path is a folder or lies in it. */
function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A path from the root, with forward slashes. */
export function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/') || '.';
}

/**
 * Finds out what is to be rendered and how far a render may look: the given root, else the Git work tree
 * around the path, else the present folder where the path lies in it, else the path itself.
 */
export async function locate(cwd: string, given: string, givenRoot: string | undefined): Promise<Place> {
  const path = await existing(resolve(cwd, given));
  const here = await existing(cwd);
  const outer = givenRoot === undefined ? await gitRoot(path) : await existing(resolve(cwd, givenRoot));
  const root = outer ?? (contains(here, path) ? here : path);
  if (!contains(root, path)) {
    throw plumbError('cli.usage', `${given} does not lie in the root ${root}`, {
      hint: 'Give a --root that the path lies in.',
    });
  }
  return { root, path: fromRoot(root, path), name: basename(path) };
}

/** The path of a further file, such as a values file, from the root; it has to lie in it. */
export async function locateFile(cwd: string, root: string, given: string): Promise<string> {
  const path = await existing(resolve(cwd, given));
  if (contains(root, path)) return fromRoot(root, path);
  throw plumbError('cli.usage', `${given} does not lie in the root ${root}, outside of which nothing is read`, {
    hint: 'Give a --root that all files lie in.',
  });
}
