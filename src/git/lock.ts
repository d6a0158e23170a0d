import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plumbError } from '../errors.ts';
import { isAlive, startOf, startOfSync, thisSpace } from './process-identity.ts';
import { killGroup } from './process.ts';

/** A lock that this process holds. */
export interface Lock {
  /** True where the process that held it before died with the lock in its hands: see what it left behind. */
  readonly recovered: boolean;
  /** Notes a process that works under the lock, so that whoever recovers the lock ends it first. */
  noteChild(pid: number): void;
  release(): Promise<void>;
}

/** How a lock is waited for. */
export interface LockOptions {
  readonly signal: AbortSignal;
  /** How long to wait for another process, in milliseconds. */
  readonly waitMilliseconds: number;
  /** How long a holder on another machine may give no sign of life, in milliseconds; 15 s where it is not given. */
  readonly silenceMilliseconds?: number;
}

/** Who holds a lock, as it stands in the lock. */
interface Owner {
  readonly token: string;
  readonly space: string;
  readonly pid: number;
  readonly started: string;
}

const heartbeatMilliseconds = 3000;
const tombstoneMilliseconds = 10 * 60_000;

/**
 * Takes a lock that holds between processes. It is a folder that is moved into its place with its owner inside, so
 * there is no moment at which it is held by nobody known. A dead owner is recognised at once on the same machine
 * (by process id and start time, so that a reused id is not mistaken for it), and by its silence from elsewhere.
 * @throws PlumbError `git.locked`; the reason of `signal` where it was aborted
 */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock> {
  const token = randomBytes(8).toString('hex');
  const owner: Owner = {
    token,
    space: await thisSpace(),
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
  };
  const prepared = `${path}.new-${token}`;
  await mkdir(dirname(path), { recursive: true });
  await mkdir(prepared);
  await writeFile(join(prepared, 'owner'), JSON.stringify(owner));
  try {
    const recovered = await waitForPlace(path, prepared, options);
    return holdLock(path, token, recovered);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    throw error;
  }
}

async function waitForPlace(path: string, prepared: string, options: LockOptions): Promise<boolean> {
  const deadline = performance.now() + options.waitMilliseconds;
  const watch = watchSilence(path, options.silenceMilliseconds ?? 15_000);
  let recovered = false;
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    options.signal.throwIfAborted();
    if (await moveInto(prepared, path)) return recovered;
    const owner = await readOwner(path);
    if (owner !== undefined && ((await isDead(owner)) || (await watch(owner)))) {
      recovered = (await bury(path, owner)) || recovered;
      continue;
    }
    if (performance.now() > deadline) {
      throw plumbError(
        'git.locked',
        `process ${owner?.pid ?? '(unknown)'} has kept the mirror locked for ${options.waitMilliseconds} ms`,
      );
    }
    await delay(pause, undefined, { signal: options.signal });
  }
}

function holdLock(path: string, token: string, recovered: boolean): Lock {
  const ownerFile = join(path, 'owner');
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A lock that was taken away meanwhile is found out at its release.
    utimes(ownerFile, now, now).catch(() => {});
  }, heartbeatMilliseconds);
  heartbeat.unref();
  return {
    recovered,
    noteChild(pid) {
      // At once, and not in a moment: a SIGKILL may come between.
      writeFileSync(join(path, 'child'), `${pid} ${startOfSync(pid) ?? ''}`);
    },
    async release() {
      clearInterval(heartbeat);
      if ((await readOwner(path))?.token !== token) return;
      const done = `${path}.done-${token}`;
      await rename(path, done);
      await rm(done, { recursive: true, force: true });
    },
  };
}

/** Moves the prepared lock to its place: false where another stands there, for a folder never replaces a full one. */
async function moveInto(prepared: string, path: string): Promise<boolean> {
  try {
    await rename(prepared, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(path, 'owner'), 'utf8'));
    return isOwner(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false;
  const { token, space, pid, started } = value as Record<string, unknown>;
  return (
    typeof token === 'string' &&
    /^[0-9a-f]{16}$/.test(token) &&
    typeof space === 'string' &&
    typeof pid === 'number' &&
    typeof started === 'string'
  );
}

async function isDead(owner: Owner): Promise<boolean> {
  return owner.space === (await thisSpace()) && !(await isAlive(owner.pid, owner.started));
}

/** Tells whether an owner has given no sign of life for long, by this process' own clock: clocks of machines differ. */
function watchSilence(path: string, silenceMilliseconds: number): (owner: Owner) => Promise<boolean> {
  let seen = '';
  let since = performance.now();
  return async (owner) => {
    if (owner.space === (await thisSpace())) return false;
    const sign = `${owner.token} ${await lastSign(path)}`;
    if (sign !== seen) {
      seen = sign;
      since = performance.now();
    }
    return performance.now() - since > silenceMilliseconds;
  };
}

async function lastSign(path: string): Promise<number> {
  try {
    return (await stat(join(path, 'owner'))).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Takes a dead owner's lock away. Of several that try it at once, one succeeds; and none can take away the lock
 * that the quickest has put in its place, as the dead one's grave is already full.
 */
async function bury(path: string, owner: Owner): Promise<boolean> {
  const grave = `${path}.dead-${owner.token}`;
  try {
    await rename(path, grave);
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST') || isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  await endOrphan(grave, owner);
  await removeOldGraves(path);
  return true;
}

/** Ends the Git process that the dead owner left running, so that two never write at once. */
async function endOrphan(grave: string, owner: Owner): Promise<void> {
  if (owner.space !== (await thisSpace())) return;
  const note = await readFile(join(grave, 'child'), 'utf8').catch(() => '');
  const [, pid, started] = /^([1-9]\d*) (\d*)$/.exec(note) ?? [];
  if (pid === undefined || pid === '1') return;
  // The id names a process group too, for as long as the group has members. Another process that has the id by now
  // started later than the one that was noted.
  const now = await startOf(Number(pid));
  if (now === undefined || now === started) killGroup(Number(pid), 'SIGKILL');
}

async function removeOldGraves(path: string): Promise<void> {
  const folder = dirname(path);
  const now = Date.now();
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > tombstoneMilliseconds) await rm(file, { recursive: true, force: true });
  }
}

/** Whether an error is the system's error of this name. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
