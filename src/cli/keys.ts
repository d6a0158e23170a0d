import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { plumbError } from '../errors.ts';
import type { VerificationKeys } from '../git/index.ts';

/** Keys are some hundred bytes each. */
const keyFileBytes = 1024 * 1024;

/** The files of keys by name; of a folder, those that lie in it. */
export async function readKeys(cwd: string, paths: readonly string[]): Promise<VerificationKeys> {
  const { parseVerificationKeys } = await import('../git/index.ts');
  const entries = new Map<string, string>();
  const read = async (file: string): Promise<void> => {
    const { size } = await stat(file);
    if (size > keyFileBytes) throw plumbError('git.keys-invalid', `${file} has ${size} bytes: that is no file of keys`);
    const name = entries.has(basename(file)) ? file : basename(file);
    entries.set(name, await readFile(file, 'utf8'));
  };
  try {
    for (const given of paths) {
      const path = resolve(cwd, given);
      if (!(await stat(path)).isDirectory()) await read(path);
      else {
        const files = await readdir(path, { withFileTypes: true });
        for (const file of files) {
          if (file.isFile() && !file.name.startsWith('.')) await read(join(path, file.name));
        }
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined || !(error as NodeJS.ErrnoException).path) throw error;
    throw plumbError('cli.folder-unreadable', `the keys cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseVerificationKeys(entries, paths.join(', '));
}
