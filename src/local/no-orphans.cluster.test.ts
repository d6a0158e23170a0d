import { existsSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRunning } from '../../test/support/processes.ts';
import { startParent, type ClusterParent } from '../../test/support/start-parent.ts';
import { startCluster } from './index.ts';

// Whatever ends a cluster, none of its processes is left, and none of its files unless it is durable.

function processesOf({ supervisor, pids }: Pick<ClusterParent, 'supervisor' | 'pids'>): number[] {
  const all = [supervisor, ...Object.values(pids)];
  expect(all).toHaveLength(6);
  expect(all.filter((pid) => !isRunning(pid))).toEqual([]);
  return all;
}

/** Nobody's children any more: their end can only be looked for. */
async function expectNoneLeft(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isRunning), { interval: 20 }).toEqual([]);
}

test('stop', async () => {
  const cluster = await startCluster();
  const pids = processesOf({ supervisor: cluster.pid, pids: cluster.pids });
  expect(existsSync(cluster.directory)).toBe(true);
  await cluster.stop();
  // No waiting: when stop has settled, all is over.
  expect(pids.filter(isRunning)).toEqual([]);
  expect(existsSync(cluster.directory)).toBe(false);
});

test('Ctrl-C in the terminal of the parent', async () => {
  const parent = await startParent('wait');
  const pids = processesOf(parent);
  // A terminal signals the whole group of the command in its foreground.
  process.kill(-(parent.process.pid ?? 0), 'SIGINT');
  await parent.ended;
  await expectNoneLeft(pids);
  expect(existsSync(parent.place.directory)).toBe(false);
});

test('a crash of the parent', async () => {
  const parent = await startParent('crash');
  const pids = [parent.supervisor, ...Object.values(parent.pids)];
  expect(pids).toHaveLength(6);
  await parent.ended;
  await expectNoneLeft(pids);
  expect(existsSync(parent.place.directory)).toBe(false);
});

test('SIGKILL of the parent', async () => {
  const parent = await startParent('wait');
  const pids = processesOf(parent);
  parent.process.kill('SIGKILL');
  await parent.ended;
  await expectNoneLeft(pids);
  expect(existsSync(parent.place.directory)).toBe(false);
});

test('SIGKILL of the supervisor', async () => {
  const cluster = await startCluster();
  const pids = processesOf({ supervisor: cluster.pid, pids: cluster.pids });
  process.kill(cluster.pid, 'SIGKILL');
  await expect(cluster.ended).resolves.toBe('its supervisor was ended by SIGKILL');
  await expectNoneLeft(pids);
  await expect(cluster.whenReady()).rejects.toMatchObject({ code: 'local.cluster-ended' });
  await cluster.stop();
  expect(existsSync(cluster.directory)).toBe(false);
});

test('SIGKILL of the parent and the supervisor at once', async () => {
  const parent = await startParent('wait');
  const pids = processesOf(parent);
  process.kill(parent.supervisor, 'SIGKILL');
  parent.process.kill('SIGKILL');
  await parent.ended;
  await expectNoneLeft(pids);
  // Nobody was left to do this; a later start does it for folders older than a minute.
  rmSync(parent.place.directory, { recursive: true });
});

test('an end of the start by its signal', async () => {
  const abort = new AbortController();
  const pids: number[] = [];
  let directory = '';
  const start = startCluster({
    signal: abort.signal,
    onProgress(event) {
      if (event.type === 'starting') {
        directory = event.place.directory;
        pids.push(event.pid);
      }
      if (event.type === 'component-started') pids.push(event.pid);
      if (event.type === 'component-started' && event.component === 'kube-apiserver') abort.abort();
    },
  });
  await expect(start).rejects.toMatchObject({ name: 'AbortError' });
  expect(pids.length).toBeGreaterThanOrEqual(3);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});
