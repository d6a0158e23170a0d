import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { problemsOf } from '../errors.ts';
import { acquireLock, isErrno, type Lock } from './lock.ts';

/** How mirrors that nobody needs any more are found. */
export interface SweepOptions {
  /** Folder that holds all mirrors. */
  readonly directory: string;
  /** How long a mirror lies there after it was last used, in milliseconds. */
  readonly unusedMilliseconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The file of a mirror whose time tells when it was last used. */
const trace = 'url';
const gone = '.gone-';

/** Leaves a trace of use in a mirror. Does nothing where it holds nothing yet. */
export async function touchMirror(home: string, at: Date): Promise<void> {
  await utimes(join(home, trace), at, at).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) throw error;
  });
}

/**
 * Removes the mirrors that nobody has used for a while: of Repositories and submodules that are gone, and of
 * credentials that were replaced. Where one is wanted again, it is fetched anew. Those of this process that are open
 * are kept, and so are those that another process writes to.
 * @param open homes of the mirrors that are open here
 * @returns how many were removed
 */
export async function sweepHomes(open: ReadonlySet<string>, options: SweepOptions): Promise<number> {
  const { directory, signal } = options;
  let removed = 0;
  for (const name of await namesIn(directory)) {
    signal.throwIfAborted();
    const home = join(directory, name);
    // What an earlier sweep moved away, and was ended before it could remove it.
    if (name.includes(gone)) await rm(home, { recursive: true, force: true });
    else if (!/^[0-9a-f]{32}$/.test(name)) continue;
    else if (open.has(home)) await touchMirror(home, new Date(options.now()));
    else if (await removeUnused(home, options)) removed += 1;
  }
  return removed;
}

async function removeUnused(home: string, options: SweepOptions): Promise<boolean> {
  if (!(await isUnused(home, options))) return false;
  const lock = await lockOf(home, options.signal);
  if (lock === undefined) return false;
  try {
    if (!(await isUnused(home, options))) return false;
    // Whoever opens it from now on finds nothing, and not half of it.
    const away = `${home}${gone}${randomBytes(4).toString('hex')}`;
    await rename(home, away);
    await rm(away, { recursive: true, force: true });
    return true;
  } finally {
    await lock.release();
  }
}

/** The lock of a mirror; undefined where somebody writes to it, and so needs it. */
async function lockOf(home: string, signal: AbortSignal): Promise<Lock | undefined> {
  try {
    return await acquireLock(join(home, 'lock'), { signal, waitMilliseconds: 0 });
  } catch (error) {
    if (problemsOf(error)[0].code === 'git.locked') return undefined;
    throw error;
  }
}

async function isUnused(home: string, { unusedMilliseconds, now }: SweepOptions): Promise<boolean> {
  const { mtimeMs } = await stat(join(home, trace)).catch(() => stat(home));
  return now() - mtimeMs > unusedMilliseconds;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
