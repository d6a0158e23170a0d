import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clusterAccess } from '../../test/support/cluster.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { connect, type KubeCall } from '../../test/support/kube-call.ts';
import { commandLine, listeningAddresses } from '../../test/support/processes.ts';
import { componentNames, devclusterBinary, startCluster, type LocalCluster } from './index.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

/** The permission bits of a file. */
function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Opens connections to a cluster for the rest of the test. */
function open(cluster: LocalCluster): KubeCall {
  const kube = connect(clusterAccess(cluster.kubeconfigPath));
  onTestFinished(() => kube.close());
  return kube;
}

describe('a running cluster', () => {
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  test('is ready in time', () => {
    // Warm, on two cores, it takes less than three seconds; the limit has room for a busy machine.
    expect(cluster.startMilliseconds).toBeLessThan(20_000);
    expect(Object.keys(cluster.pids).toSorted()).toEqual([...componentNames].toSorted());
  });

  test('keeps its secrets to its owner', () => {
    expect(mode(cluster.kubeconfigPath)).toBe(0o600);
    expect(mode(cluster.directory)).toBe(0o700);
    for (const file of readdirSync(join(cluster.directory, 'pki')).filter((name) => name.endsWith('.key'))) {
      expect(mode(join(cluster.directory, 'pki', file))).toBe(0o600);
    }
    const { token } = clusterAccess(cluster.kubeconfigPath);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    for (const pid of [cluster.pid, ...Object.values(cluster.pids)]) {
      expect(commandLine(pid).join(' ')).not.toContain(token);
    }
    for (const file of readdirSync(join(cluster.directory, 'logs'))) {
      expect(readFileSync(join(cluster.directory, 'logs', file), 'utf8')).not.toContain(token);
    }
  });

  test('listens on the loopback interface only', async () => {
    const addresses = [cluster.pid, ...Object.values(cluster.pids)].flatMap(listeningAddresses);
    expect(addresses.length).toBeGreaterThanOrEqual(2);
    // 127.0.0.1 with its bytes in the machine's order.
    for (const address of addresses) expect(address).toMatch(/^0100007F:/);
    for (const { address, internal } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      if (!internal) await expect(reach(address, Number(new URL(cluster.server).port))).rejects.toThrow(/E/);
    }
  });

  test('says which Kubernetes it is', async () => {
    const version = (await open(cluster).call('GET', '/version')) as unknown as { gitVersion: string; minor: string };
    expect(version).toMatchObject({ gitVersion: expect.stringMatching(/^v1\.36\.\d+$/) as string, minor: '36' });
  });

  test.for(componentNames)('brings back %s after a crash, and works on', async (component, { signal }) => {
    const kube = open(cluster);
    const before = cluster.pids;
    await kube.call('POST', configMaps, { metadata: { name: `before-${component}` } });

    await cluster.kill(component);
    await cluster.whenReady(signal);

    expect(cluster.pids[component]).not.toBe(before[component]);
    expect({ ...cluster.pids, [component]: 0 }).toEqual({ ...before, [component]: 0 });
    await kube.call('GET', `${configMaps}/before-${component}`);
    // Controllers, scheduler and kubelet all have a part in this.
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: component };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
    await kube.call('POST', deployments, {
      metadata: { name: component },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    });
    await kube.until(
      deployments,
      ({ metadata, status }) => metadata.name === component && status?.availableReplicas === 1,
      signal,
    );
  });
});

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, timeout: 2000 });
    socket.once('connect', () => resolve(socket.destroy() && undefined));
    socket.once('timeout', () => socket.destroy(new Error('ETIMEDOUT')));
    socket.once('error', reject);
  });
}

test('two clusters run side by side and know nothing of each other', async () => {
  const clusters = await Promise.all([startCluster(), startCluster()]);
  try {
    const [one, two] = clusters;
    expect(one.server).not.toBe(two.server);
    await open(one).call('POST', configMaps, { metadata: { name: 'mine' } });
    await expect(open(two).call('GET', `${configMaps}/mine`)).rejects.toThrow(/ 404 /);
    // The one's token and authority mean nothing to the other.
    const mixed = connect({ ...clusterAccess(two.kubeconfigPath), token: clusterAccess(one.kubeconfigPath).token });
    onTestFinished(() => mixed.close());
    await expect(mixed.call('GET', configMaps)).rejects.toThrow(/ 401 /);
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
});

test('a durable cluster goes on where it was, with the same keys', async () => {
  const directory = join(temporaryFolder(), 'cluster');
  const first = await startCluster({ directory, durable: true });
  const access = clusterAccess(first.kubeconfigPath);
  await open(first).call('POST', configMaps, { metadata: { name: 'kept' }, data: { answer: '42' } });
  await expect(startCluster({ directory, durable: true })).rejects.toMatchObject({ code: 'local.directory-in-use' });
  await first.stop();

  await expect(startCluster({ directory })).rejects.toMatchObject({ code: 'local.directory-unusable' });

  const second = await startCluster({ directory, durable: true });
  try {
    expect(clusterAccess(second.kubeconfigPath)).toEqual(access);
    expect((await open(second).call('GET', `${configMaps}/kept`)).data).toEqual({ answer: '42' });
  } finally {
    await second.stop();
  }
});

test('a durable cluster survives the crash of all of it', async () => {
  const directory = join(temporaryFolder(), 'cluster');
  const first = await startCluster({ directory, durable: true });
  await open(first).call('POST', configMaps, { metadata: { name: 'kept' } });
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await startCluster({ directory, durable: true });
  try {
    await open(second).call('GET', `${configMaps}/kept`);
  } finally {
    await second.stop();
  }
});

test('a folder with files of somebody else is refused and left alone', async () => {
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'thesis.txt'), 'years of work');
  await expect(startCluster({ directory })).rejects.toMatchObject({ code: 'local.directory-unusable' });
  expect(readdirSync(directory)).toEqual(['thesis.txt']);
});

test('a folder that cannot be made is refused', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(startCluster({ directory: join(file, 'cluster') })).rejects.toMatchObject({
    code: 'local.directory-unusable',
  });
});

test('a component that cannot work is reported with the end of its log', async () => {
  const directory = join(temporaryFolder(), 'cluster');
  await (await startCluster({ directory, durable: true })).stop();
  rmSync(join(directory, 'etcd'), { recursive: true });
  mkdirSync(join(directory, 'etcd'));
  writeFileSync(join(directory, 'etcd', 'member'), 'not a folder');
  const start = startCluster({ directory, durable: true });
  await expect(start).rejects.toMatchObject({
    code: 'local.cluster-failed',
    message: expect.stringMatching(/etcd ended with exit code \d+, 3 times: .*member/s) as string,
  });
});

test('the binary is the one that the set-up makes of the present sources', async () => {
  const root = join(import.meta.dirname, '..', '..');
  const { outputOf } = (await import(join(root, 'scripts', 'lib', 'binaries.mjs'))) as {
    outputOf: (step: object) => Promise<string>;
  };
  const step = (await import(join(root, 'scripts', 'steps', 'devcluster.mjs'))) as object;
  expect(await devclusterBinary({})).toBe(join(await outputOf(step), 'devcluster'));
});

test('a missing binary is reported with what to do', async () => {
  const binary = join(temporaryFolder(), 'devcluster');
  await expect(startCluster({ binary })).rejects.toMatchObject({ code: 'local.binary-missing' });
});
