import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';
import type { ObjectId } from './ids.ts';
import { isErrno } from './lock.ts';

const compress = promisify(deflate);

/** What is smaller is compressed at once: it takes less time than to have it done elsewhere. */
const smallBytes = 64 * 1024;

/** How the ids of a repository's objects are made. */
export type ObjectFormat = 'sha1' | 'sha256';

/** An object that is not written yet. */
export interface NewObject {
  readonly id: ObjectId;
  readonly type: 'blob' | 'tree' | 'commit';
  /** Its kind, its size and its content, as Git hashes them. */
  readonly bytes: Buffer;
}

/** The content of an object, without its kind and size. */
export function contentOf({ bytes }: NewObject): Buffer {
  return bytes.subarray(bytes.indexOf(0) + 1);
}

/** Makes an object as Git does: its id is the hash of its kind, its size and its content. */
export function newObject(format: ObjectFormat, type: NewObject['type'], content: Uint8Array): NewObject {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  return { type, bytes, id: createHash(format).update(bytes).digest('hex') as ObjectId };
}

/**
 * Writes objects into a bare repository, each to a file of its own, as Git itself writes single ones. Whoever reads
 * sees all of an object or nothing of it; several may write at once, also the same.
 */
export async function writeLoose(directory: string, objects: Iterable<NewObject>): Promise<void> {
  await Promise.all([...objects].map((object) => writeOne(directory, object)));
}

/** As often as a file that is being written may be taken for what a dead process left, and be swept away. */
const attempts = 5;

async function writeOne(directory: string, { id, bytes }: NewObject): Promise<void> {
  const folder = join(directory, 'objects', id.slice(0, 2));
  const compressed = bytes.length < smallBytes ? deflateSync(bytes, { level: 1 }) : await compress(bytes, { level: 1 });
  for (let attempt = 1; ; attempt += 1) {
    // The name by which Git knows what an interrupted writer has left.
    const prepared = join(folder, `tmp_obj_${randomBytes(6).toString('hex')}`);
    try {
      await writeFile(prepared, compressed, { mode: 0o444, flag: 'wx' });
      await rename(prepared, join(folder, id.slice(2)));
      return;
    } catch (error) {
      await rm(prepared, { force: true });
      if (!isErrno(error, 'ENOENT') || attempt === attempts) throw error;
      // Not recursive: a mirror that was removed meanwhile is not to come back as a ruin.
      await mkdir(folder).catch((reason: unknown) => {
        if (!isErrno(reason, 'EEXIST')) throw reason;
      });
    }
  }
}
