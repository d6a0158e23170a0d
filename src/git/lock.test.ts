import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { acquireLock, type Lock } from './lock.ts';
import { startOf, thisSpace } from './process-identity.ts';

const holder = join(import.meta.dirname, '../../test/support/hold-lock.ts');
const signal = new AbortController().signal;

async function lockPath(): Promise<string> {
  return join(temporaryFolder(), 'lock');
}

function take(path: string, waitMilliseconds = 60_000, silenceMilliseconds?: number): Promise<Lock> {
  return acquireLock(path, {
    signal,
    waitMilliseconds,
    ...(silenceMilliseconds === undefined ? {} : { silenceMilliseconds }),
  });
}

async function holdInAnotherProcess(...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

test('one holds it at a time, and it is free again after its release', async () => {
  const path = await lockPath();
  const order: string[] = [];
  const work = async (name: string): Promise<void> => {
    const lock = await take(path);
    order.push(`${name} in`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} out`);
    await lock.release();
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(work));
  expect(order).toHaveLength(8);
  for (let at = 0; at < 8; at += 2) expect(order[at]?.replace(' in', ' out')).toBe(order[at + 1]);
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('a lock of another process is waited for, and no longer than is wanted', async () => {
  const path = await lockPath();
  const child = await holdInAnotherProcess(path);
  await expect(take(path, 50)).rejects.toThrow(new RegExp(`process ${child.pid} has kept the mirror locked`));
  const waiting = take(path);
  child.stdin?.end();
  const lock = await waiting;
  expect(lock.recovered).toBe(false);
  await lock.release();
});

test('the lock of a process that was killed is recovered at once, and its orphan is ended', async () => {
  const path = await lockPath();
  const orphan = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void orphan.kill('SIGKILL'));
  const orphanEnd = once(orphan, 'exit');
  const child = await holdInAnotherProcess(path, String(orphan.pid));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await take(path, 5000);
  expect(lock.recovered).toBe(true);
  expect((await orphanEnd)[1]).toBe('SIGKILL');
  await lock.release();
});

test('of many who find a dead lock, each gets it in turn and one recovers it', async () => {
  const path = await lockPath();
  const child = await holdInAnotherProcess(path);
  child.kill('SIGKILL');
  await once(child, 'exit');
  let inside = 0;
  let recovered = 0;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      const lock = await take(path);
      inside += 1;
      expect(inside).toBe(1);
      if (lock.recovered) recovered += 1;
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      await lock.release();
    }),
  );
  expect(recovered).toBe(1);
});

async function writeOwner(path: string, owner: { space: string; pid: number; started: string }): Promise<void> {
  await mkdir(path);
  await writeFile(join(path, 'owner'), JSON.stringify({ token: '0123456789abcdef', ...owner }));
}

test('a process id that was given to another program is not taken for the holder', async () => {
  const path = await lockPath();
  // The parent of this test lives, and did not start at that time.
  await writeOwner(path, { space: await thisSpace(), pid: process.ppid, started: '1' });
  const lock = await take(path, 5000);
  expect(lock.recovered).toBe(true);
  await lock.release();
});

test('a holder on another machine is believed for as long as it gives signs of life', async () => {
  const path = await lockPath();
  await writeOwner(path, { space: 'elsewhere', pid: 1, started: (await startOf(process.pid)) ?? '' });
  await expect(take(path, 100, 60_000)).rejects.toThrow(/git\.locked/);
  const lock = await take(path, 10_000, 100);
  expect(lock.recovered).toBe(true);
  await lock.release();
});

test('waiting ends when it is aborted', async () => {
  const path = await lockPath();
  const held = await take(path);
  const controller = new AbortController();
  const waiting = acquireLock(path, { signal: controller.signal, waitMilliseconds: 60_000 });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow(/enough|abort/i);
  await held.release();
  expect(await readdir(join(path, '..'))).toEqual([]);
});
