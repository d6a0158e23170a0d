import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { isRunning } from '../../test/support/processes.ts';
import { startParent } from '../../test/support/start-parent.ts';
import { clusterStatus, startBackgroundCluster, stopBackgroundCluster } from './index.ts';

function clusterFolder(): string {
  const directory = join(temporaryFolder(), 'cluster');
  onTestFinished(async () => void (await stopBackgroundCluster({ directory })));
  return directory;
}

test('a background cluster outlives who started it, until it is stopped', async () => {
  const directory = clusterFolder();
  expect(await clusterStatus({ directory })).toEqual({ running: false, directory });

  const parent = await startParent('background', directory);
  await parent.ended;
  const status = await clusterStatus({ directory });
  expect(status).toMatchObject({ running: true, ready: true, pid: parent.supervisor, pids: parent.pids, directory });
  const pids = [parent.supervisor, ...Object.values(parent.pids)];
  expect(pids.filter((pid) => !isRunning(pid))).toEqual([]);

  // A second start finds it.
  const again = await startBackgroundCluster({ directory });
  expect(again).toMatchObject({ alreadyRunning: true, pid: parent.supervisor, server: parent.place.server });
  // But nobody is told that data are kept which are not.
  await expect(startBackgroundCluster({ directory, durable: true })).rejects.toMatchObject({
    code: 'local.directory-in-use',
    message: expect.stringContaining('is not durable'),
  });

  expect(await stopBackgroundCluster({ directory })).toBe(true);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
  expect(await stopBackgroundCluster({ directory })).toBe(false);
  expect(await clusterStatus({ directory })).toEqual({ running: false, directory });
});

test('of two starts at the same moment one finds the cluster of the other', async () => {
  const directory = clusterFolder();
  const both = await Promise.all([startBackgroundCluster({ directory }), startBackgroundCluster({ directory })]);
  expect(both.filter(({ alreadyRunning }) => alreadyRunning)).toHaveLength(1);
  expect(both[0].pid).toBe(both[1].pid);
});

test('after a crash of the supervisor the status tells the truth, and a start works', async () => {
  const directory = clusterFolder();
  const first = await startBackgroundCluster({ directory });
  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => clusterStatus({ directory })).toEqual({ running: false, directory });
  const second = await startBackgroundCluster({ directory });
  expect(second).toMatchObject({ alreadyRunning: false, ready: true });
  expect(second.pid).not.toBe(first.pid);
});

test('a background start that is cut short leaves nothing', async () => {
  const directory = clusterFolder();
  const abort = new AbortController();
  const start = startBackgroundCluster({
    directory,
    signal: abort.signal,
    onProgress: (event) => event.type === 'component-started' && abort.abort(),
  });
  await expect(start).rejects.toMatchObject({ name: 'AbortError' });
  expect(await clusterStatus({ directory })).toEqual({ running: false, directory });
  expect(existsSync(directory)).toBe(false);
});
