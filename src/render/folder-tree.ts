import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { plumbError } from '../errors.ts';
import type { DirectoryEntry, FileTree } from './types.ts';

interface Known {
  readonly stamp: string;
  readonly id: string;
}

/**
 * A folder on disk as a tree, for a render without a repository. Symbolic links are followed inside the folder only.
 * `.git` is not part of it.
 */
export function folderTree(root: string): FileTree {
  const ids = new Map<string, Known>();
  const realRoot = realpath(root);

  /** The real path, or undefined where there is nothing. */
  async function locate(path: string): Promise<string | undefined> {
    const base = await realRoot;
    const real = await realpath(join(base, path)).catch(ifMissing);
    if (real === undefined || real === base || real.startsWith(base + sep)) return real;
    throw plumbError('render.outside-repository', `${path} leads out of the folder`, { where: { file: path } });
  }

  async function idOf(real: string): Promise<string> {
    const { mtimeMs, size, ino } = await stat(real);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    const known = ids.get(real);
    if (known?.stamp === stamp) return known.id;
    const id = createHash('sha256')
      .update(await readFile(real))
      .digest('hex');
    ids.set(real, { stamp, id });
    return id;
  }

  return {
    async stat(path) {
      const real = await locate(path);
      if (real === undefined) return undefined;
      const state = await stat(real).catch(ifMissing);
      if (state?.isDirectory() === true) return { kind: 'directory', id: '' };
      return state?.isFile() === true ? { kind: 'file', id: await idOf(real) } : undefined;
    },
    async read(path) {
      const real = await locate(path);
      if (real === undefined || !(await stat(real)).isFile()) return undefined;
      return readFile(real);
    },
    async list(path) {
      const real = await locate(path);
      if (real === undefined || !(await stat(real)).isDirectory()) return undefined;
      const entries: DirectoryEntry[] = [];
      for (const name of (await readdir(real)).toSorted(byBytes)) {
        const target = name === '.git' ? undefined : await stat(join(real, name)).catch(ifMissing);
        if (target?.isDirectory() === true) entries.push({ name, kind: 'directory' });
        else if (target?.isFile() === true) entries.push({ name, kind: 'file' });
      }
      return entries;
    },
  };
}

/** As Git sorts and Go compares: by bytes, not by a language's rules. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined;
  throw error;
}
