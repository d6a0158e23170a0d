// One set-up at a time in one folder: a lock file that holds the process id of its owner.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function tryTake(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Takes away the lock of a process that is gone. Renaming first lets only one of several do it. */
function breakStale(path, owner) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) === owner) rmSync(aside, { force: true });
    // Somebody else broke it first and holds it now: give it back.
    else renameSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/**
 * Runs `body` while holding the lock; waits for whoever holds it.
 * @param {string} path @param {() => Promise<T>} body @param {(owner: number) => void} onWait called once
 * @template T
 */
export async function withLock(path, body, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryTake(path)) {
    const owner = ownerOf(path);
    // An empty file belongs to somebody who is just writing it.
    if (owner !== undefined && owner !== 0 && !alive(owner)) {
      breakStale(path, owner);
      continue;
    }
    if (!told) onWait?.(owner ?? 0);
    told = true;
    await pause(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await body();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
