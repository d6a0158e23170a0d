import { readdir } from 'node:fs/promises';

/** All that is below a folder in which somebody works: what went while it was read has it read again. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  for (;;) {
    try {
      return await readdir(folder, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // The folder itself is there, or this fails.
      await readdir(folder);
    }
  }
}
