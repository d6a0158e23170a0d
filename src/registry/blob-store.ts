import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { algorithmOf, hexOf, isContentOf, type Digest } from './digest.ts';

/** Content on disk by its digest. What is read is what was asked for, or nothing. */
export interface BlobStore {
  get(digest: Digest): Promise<Buffer | undefined>;
  /** Keeps content; a disk that cannot be written costs a fetch the next time, and nothing else. */
  put(digest: Digest, content: Uint8Array): Promise<void>;
}

/** The stores of several scopes, which share one bound and see nothing of one another. */
export interface ScopedBlobStore {
  get(scope: string, digest: Digest): Promise<Buffer | undefined>;
  put(scope: string, digest: Digest, content: Uint8Array): Promise<void>;
}

/** What a full store is brought down to, so that not every write looks for what to take away. */
const kept = 0.9;
/** What a killed process left half written is taken away when it is so old, in milliseconds. */
const abandonedMilliseconds = 3_600_000;

/**
 * A store of about so many bytes in a directory, which several processes may use at the same time. What was used
 * longest ago goes first. The directory may be deleted whenever no process uses it.
 */
export function openBlobStore(directory: string, bytes: number): ScopedBlobStore {
  // Not known before the first look.
  let used: number | undefined;

  const pathOf = (scope: string, digest: Digest): string =>
    join(directory, scope, `${algorithmOf(digest)}-${hexOf(digest)}`);

  const makeRoom = async (added: number): Promise<void> => {
    used = (used ?? bytes + 1) + added;
    if (used > bytes) used = await prune(directory, bytes);
  };

  return {
    async get(scope, digest) {
      const path = pathOf(scope, digest);
      const content = await readFile(path).catch(() => undefined);
      if (content === undefined) return undefined;
      if (!isContentOf(digest, content)) {
        await rm(path, { force: true }).catch(() => undefined);
        return undefined;
      }
      const now = new Date();
      // The time of the last use decides what stays.
      await utimes(path, now, now).catch(() => undefined);
      return content;
    },
    async put(scope, digest, content) {
      if (content.length > bytes) return;
      const path = pathOf(scope, digest);
      const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(temporary, content, { flag: 'wx', mode: 0o600 });
        await rename(temporary, path);
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
        return;
      }
      await makeRoom(content.length).catch(() => undefined);
    },
  };
}

/** Takes away what was used longest ago. Returns how many bytes are left. */
async function prune(directory: string, bytes: number): Promise<number> {
  const files = [];
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const state = await stat(path).catch(() => undefined);
    if (state?.isFile() !== true) continue;
    if (name.endsWith('.tmp')) {
      if (Date.now() - state.mtimeMs > abandonedMilliseconds) await rm(path, { force: true });
    } else files.push({ path, bytes: state.size, usedAt: state.mtimeMs });
  }
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= bytes) return total;
  for (const file of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= bytes * kept) break;
    await rm(file.path, { force: true });
    total -= file.bytes;
  }
  return total;
}
