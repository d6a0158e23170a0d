import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, decodeEntry, encodeEntry } from './entry.ts';
import { createWriteBehind } from './write-behind.ts';

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;
const suffix = '.render';
/** Files are looked through for their total size after so many writes. */
const writesBetweenPrunes = 256;
/** As much of the results waits in memory to be written. */
const waitingBytes = 4 * 1_048_576;

/** Results on disk, by the digest of their options: the newest of each. */
export interface DiskCache {
  get(key: string, secret: Uint8Array): Promise<CacheEntry | undefined>;
  /** Keeps an entry, and writes it when there is time. */
  put(key: string, secret: Uint8Array, entry: CacheEntry): void;
  /** Writes all that waits. */
  flush(): Promise<void>;
}

interface Unwritten {
  readonly secret: Uint8Array;
  readonly entry: CacheEntry;
}

/**
 * A cache of about so many bytes in a directory, which other processes may use at the same time. Every file is
 * encrypted, since rendered Secrets are among the results; what was cut off, changed or written with another key is
 * taken away. A disk that cannot be written costs time and nothing else.
 */
export function createDiskCache(directory: string, bytes: number): DiskCache {
  const unwritten = createWriteBehind(write, waitingBytes);
  let writes = 0;

  async function write(key: string, { secret, entry }: Unwritten): Promise<void> {
    const path = pathOf(directory, key);
    const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeNew(temporary, encrypt(key, secret, encodeEntry(entry)));
      await rename(temporary, path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return;
    }
    writes += 1;
    if (writes % writesBetweenPrunes === 1) await prune(directory, bytes).catch(() => undefined);
  }

  async function get(key: string, secret: Uint8Array): Promise<CacheEntry | undefined> {
    const waiting = unwritten.get(key);
    if (waiting !== undefined && Buffer.compare(waiting.secret, secret) === 0) return waiting.entry;
    const path = pathOf(directory, key);
    let bytesOnDisk: Buffer;
    try {
      bytesOnDisk = await readFile(path);
    } catch {
      return undefined;
    }
    const entry = decrypted(key, secret, bytesOnDisk);
    const now = new Date();
    // The time of the last use decides what stays.
    await (entry === undefined ? rm(path, { force: true }) : utimes(path, now, now)).catch(() => undefined);
    return entry;
  }

  return {
    get,
    put: (key, secret, entry) => unwritten.put(key, { secret, entry }, entry.frame.length),
    flush: () => unwritten.flush(),
  };
}

/** Writes a file that is not there yet; its folder is made where it is missing, which it seldom is. */
async function writeNew(path: string, content: Buffer): Promise<void> {
  const options = { flag: 'wx', mode: 0o600 };
  try {
    await writeFile(path, content, options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, content, options);
  }
}

function pathOf(directory: string, key: string): string {
  return join(directory, key.slice(0, 2), `${key}${suffix}`);
}

/** The key names the entry inside the seal too, so that a file put in another's place does not open. */
function encrypt(key: string, secret: Uint8Array, plain: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, secret, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(key));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function decrypted(key: string, secret: Uint8Array, bytes: Buffer): CacheEntry | undefined {
  try {
    const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, nonceLength), {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(key));
    decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
    const sealed = bytes.subarray(nonceLength + tagLength);
    return decodeEntry(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    return undefined;
  }
}

/** Takes away what was used longest ago, and what a killed process left half written. */
async function prune(directory: string, bytes: number): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const files = [];
  for (const name of names) {
    const path = join(directory, name);
    const state = await stat(path).catch(() => undefined);
    if (state?.isFile() !== true) continue;
    const abandoned = name.endsWith('.tmp') && Date.now() - state.mtimeMs > 3_600_000;
    if (abandoned) await rm(path, { force: true });
    else if (name.endsWith(suffix)) files.push({ path, size: state.size, usedAt: state.mtimeMs });
  }
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= bytes) return;
    await rm(path, { force: true });
    total -= size;
  }
}
