import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { clientOfFile, configMap, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { openNetworkLink } from '../../test/support/network-link.ts';
import { wholeFile } from '../../test/support/opened.ts';
import { listed, recordWatch, type WatchRecord } from '../../test/support/watch-record.ts';
import type { PlumbError } from '../errors.ts';
import { startCluster } from '../local/index.ts';
import { keyOf, type KubeObject } from '../object.ts';
import { acquireLease, type KubeClient } from './index.ts';
import { limit } from '../../test/support/limit.ts';

// A control plane of this file's own: its API server is killed.
const cluster = wholeFile(startCluster, (opened) => opened.stop());
const client = clientOfFile(() => ({ kubeconfig: cluster.kubeconfigPath, patience: 60_000 }));
let namespace: string;
beforeAll(async () => {
  namespace = await testNamespace(client, 'kube-faults');
});

const manager = { fieldManager: 'plumbline' };
const resource = { group: '', kind: 'ConfigMap' };

function own(group: string, name: string, value = 'x'): KubeObject {
  return {
    ...configMap(namespace, `${group}-${name}`, value),
    metadata: { namespace, name: `${group}-${name}`, labels: { test: group } },
  };
}

async function truth(group: string): Promise<ReadonlyMap<string, string>> {
  const objects: KubeObject[] = [];
  const options = { namespace, labelSelector: `test=${group}`, patience: 60_000 };
  for await (const object of client.list(resource, options)) objects.push(object);
  return listed(objects);
}

function watchOwn(group: string, watching: KubeClient = client): WatchRecord {
  const record = recordWatch({ client: watching, resource, namespace, labelSelector: `test=${group}` });
  onTestFinished(() => record.cache.stop());
  return record;
}

async function expectTruth(record: WatchRecord, group: string): Promise<void> {
  const wanted = await truth(group);
  const shown = (): Map<string, string> =>
    new Map([...record.cache.entries()].map(([key, value]) => [key.name, value]));
  await record.until(
    () => shown().size === wanted.size && [...wanted].every(([name, value]) => shown().get(name) === value),
    limit(),
  );
  expect(record.replay()).toEqual(wanted);
}

/** Does the work for each name, 16 at once; kills the API server when a third of it is done. */
async function killedOnTheWay(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  let next = 0;
  let done = 0;
  let killed: Promise<void> | undefined;
  const worker = async (): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      await work(name);
      done += 1;
      if (done > names.length / 3) killed ??= cluster.kill('kube-apiserver');
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await killed;
  await cluster.whenReady(limit());
}

test('the API server dies during 300 applies: all are done, each once, and the watch tells each once', async () => {
  const record = watchOwn('applied');
  await record.cache.synced;
  const names = Array.from({ length: 300 }, (_, index) => `${index}`);
  const stored = new Map<string, string>();
  await killedOnTheWay(names, async (name) => {
    const object = await client.apply(own('applied', name), manager);
    stored.set(object.metadata.name, `${object.metadata.uid}@${object.metadata.resourceVersion}`);
  });
  expect(client.counters.retried).toBeGreaterThan(0);
  await expectTruth(record, 'applied');
  // What was answered is what is there: a second apply of what had been done changed nothing.
  expect(stored).toEqual(await truth('applied'));
  expect(record.changes.map((change) => change.type)).toEqual(Array.from({ length: 300 }, () => 'added'));
});

test('the API server dies during 200 creations: none is tried twice, and what is unsure is said', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `${index}`);
  const results = new Map<string, 'created' | PlumbError>();
  await killedOnTheWay(names, async (name) => {
    const result = await client.create(own('created', name)).then(
      () => 'created' as const,
      (error: PlumbError) => error,
    );
    results.set(`created-${name}`, result);
  });
  const there = await truth('created');
  const failed = [...results].filter(([, result]) => result !== 'created');
  for (const [name, result] of results) if (result === 'created') expect(there.has(name)).toBe(true);
  for (const [, error] of failed) {
    expect(['kube.unreachable', 'kube.unavailable']).toContain((error as PlumbError).code);
    if ((error as PlumbError).code === 'kube.unreachable')
      expect((error as PlumbError).message).toContain('it is not known whether');
  }
  // At most those that were under way when it died.
  expect(failed.length).toBeLessThanOrEqual(16);
});

test('a watch whose version a new API server does not remember is read anew: the differences, no more and no fewer', async () => {
  const proxy = await openNetworkLink(new URL(cluster.server).host);
  const watching = await testClient({ kubeconfig: cluster.kubeconfigPath, server: `https://${proxy.address}` });
  onTestFinished(async () => {
    await watching.close();
    await proxy.close();
  });
  for (const name of ['kept', 'changed', 'deleted', 'replaced']) await client.apply(own('reborn', name), manager);
  const record = watchOwn('reborn', watching);
  await record.cache.synced;
  proxy.block();
  await client.apply(own('reborn', 'changed', 'y'), manager);
  await client.delete(keyOf(own('reborn', 'deleted')));
  await client.delete(keyOf(own('reborn', 'replaced')));
  await client.apply(own('reborn', 'replaced'), manager);
  await client.apply(own('reborn', 'new'), manager);
  // Its memory of events begins when it starts: to go on from before that is 410 (Expired).
  await cluster.kill('kube-apiserver');
  await cluster.whenReady(limit());
  const watches = watching.counters.requests['watch'] ?? 0;
  proxy.open();
  await expectTruth(record, 'reborn');
  expect(
    record.changes
      .slice(4)
      .map((change) => `${change.type} ${change.key.name}`)
      .toSorted(),
  ).toEqual([
    'added reborn-new',
    'added reborn-replaced',
    'deleted reborn-deleted',
    'deleted reborn-replaced',
    'modified reborn-changed',
  ]);
  // One that was refused as too old, and one that read everything: so the deletion itself was not seen.
  expect(watching.counters.requests['watch']).toBeGreaterThanOrEqual(watches + 2);
  expect(record.changes.find(({ key, type }) => type === 'deleted' && key.name === 'reborn-deleted')).toMatchObject({
    object: undefined,
  });
  await client.apply(own('reborn', 'after'), manager);
  await expectTruth(record, 'reborn');
});

test('watches outlive an API server that dies again and again while objects come and go', async () => {
  const records = [watchOwn('chaos'), watchOwn('chaos')];
  await Promise.all(records.map((record) => record.cache.synced));
  for (let round = 0; round < 2; round += 1) {
    const names = Array.from({ length: 90 }, (_, index) => `${index}`);
    await killedOnTheWay(names, async (name) => {
      const index = Number(name);
      const object = own('chaos', `${index % 30}`, `${round}-${index}`);
      if (index % 7 === 6) await client.delete(keyOf(object));
      else await client.apply(object, { ...manager, force: true });
    });
  }
  for (const record of records) await expectTruth(record, 'chaos');
});

test('a Lease is lost when the API server stays away, and can be had again after', async () => {
  const proxy = await openNetworkLink(new URL(cluster.server).host);
  const behind = await testClient({ kubeconfig: cluster.kubeconfigPath, server: `https://${proxy.address}` });
  onTestFinished(async () => {
    await behind.close();
    await proxy.close();
  });
  const lease = { client: behind, namespace, name: 'leader', durationSeconds: 3, renewSeconds: 0.5 };
  const lost = Promise.withResolvers<string>();
  const first = await acquireLease({ ...lease, identity: 'one', onLost: (error) => lost.resolve(error.code) });
  proxy.block();
  expect(await lost.promise).toBe('kube.lease-lost');
  expect(first.isHeld()).toBe(false);
  proxy.open();
  const second = await acquireLease({ ...lease, identity: 'two', signal: limit() });
  expect(second.isHeld()).toBe(true);
  await second.release();
});

test('an aggregated API that is down takes only its own kinds with it', async () => {
  const group = 'down.example.org';
  const service: KubeObject = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: 'default', name: 'nowhere' },
    },
  };
  const asking = await testClient({ kubeconfig: cluster.kubeconfigPath });
  onTestFinished(() => asking.close());
  await asking.apply(service, manager);
  while (!asking.discovery.unavailable.includes(`${group}/v1`)) await asking.discovery.refresh({ signal: limit() });
  expect(await asking.discovery.resource({ group: 'apps', kind: 'Deployment' })).toMatchObject({
    plural: 'deployments',
  });
  await expect(asking.discovery.resource({ group, kind: 'Thing' })).rejects.toThrow(
    /down\.example\.org Thing is not to be had: .*down\.example\.org\/v1.*\(kube\.api-unavailable\)/,
  );
  await expect(asking.discovery.resource({ group: 'other.example.org', kind: 'Thing' })).rejects.toThrow(
    /no-such-kind/,
  );
  await asking.apply(configMap(namespace, 'unharmed'), manager);
  await asking.delete(keyOf(service));
});
