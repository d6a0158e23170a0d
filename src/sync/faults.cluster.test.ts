import { expect, test } from 'vitest';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { wholeFile } from '../../test/support/opened.ts';
import { storedWrites } from '../../test/support/stored-writes.ts';
import { configMapOf, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeClient } from '../kube/index.ts';
import { startCluster } from '../local/index.ts';
import type { KubeObject } from '../object.ts';
import type { PushInput, SyncReport } from './index.ts';
import { limit } from '../../test/support/limit.ts';

// A control plane of this file's own: its API server is killed.
const cluster = wholeFile(startCluster, (opened) => opened.stop());
const client = clientOfFile(() => ({ kubeconfig: cluster.kubeconfigPath, patience: 90_000 }));

/** 240 objects of three stages. */
function manyObjects(value: string): readonly object[] {
  return Array.from({ length: 80 }, (_, index) => [
    configMapOf(`settings-${index}`, value),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: `account-${index}`, annotations: { value } } },
    deployment(`web-${index}`, { revisionHistoryLimit: Number(value) }),
  ]).flat();
}

/** A client whose API server is killed when so many calls of a kind have been answered, for each number once. */
function killedAt(wanted: (call: 'rehearse' | 'apply' | 'delete', answered: number) => boolean): {
  readonly dying: KubeClient;
  readonly kills: () => number;
} {
  const answered = { rehearse: 0, apply: 0, delete: 0 };
  let kills = 0;
  const count = async (call: keyof typeof answered): Promise<void> => {
    answered[call] += 1;
    if (!wanted(call, answered[call])) return;
    kills += 1;
    await cluster.kill('kube-apiserver');
  };
  const dying: KubeClient = {
    ...client,
    apply: async (object, options) => {
      const result = await client.apply(object, options);
      await count(options.dryRun ? 'rehearse' : 'apply');
      return result;
    },
    delete: async (ref, options) => {
      const result = await client.delete(ref, options);
      await count('delete');
      return result;
    },
  };
  return { dying, kills: () => kills };
}

function pushMany(through: KubeClient, namespace: string, value: string): Promise<SyncReport> {
  const more: Partial<PushInput> = { signal: limit(), options: { prune: true } };
  return push(through, namespace, manyObjects(value), more);
}

/** How often everything of a kind was written, in the order of names. */
async function writesOf(kind: string, namespace: string, name: string): Promise<readonly number[]> {
  const stored = await storedWrites(cluster, `${kind}/${namespace}/${name}`);
  return [...stored.values()];
}

const each = (value: number): readonly number[] => Array.from({ length: 80 }, () => value);

/** What the spec of every Deployment has gone through: the server counts changes of it, whoever makes them. */
async function deployments(namespace: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const object of client.list({ group: 'apps', kind: 'Deployment' }, { namespace })) found.push(object);
  return found;
}

test('the API server dies three times during a sync of 240 objects: it ends as if nothing had been, each written once', async () => {
  const namespace = await testNamespace(client, 'killed');
  const { dying, kills } = killedAt(
    (call, answered) => (call === 'rehearse' && answered === 100) || (call === 'apply' && [60, 200].includes(answered)),
  );
  const report = await pushMany(dying, namespace, '1');
  expect(kills()).toBe(3);
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  expect(report.results).toHaveLength(240);
  expect(client.counters.retried).toBeGreaterThan(0);
  // etcd counts the writes of each object: those whose answer was lost were sent again, and not written again.
  expect(await writesOf('configmaps', namespace, 'settings-')).toEqual(each(1));
  expect(await writesOf('serviceaccounts', namespace, 'account-')).toEqual(each(1));
  expect((await deployments(namespace)).map(({ metadata }) => metadata.generation)).toEqual(each(1));

  // A change of all of them, in the same weather: one write more.
  const again = killedAt((call, answered) => call === 'apply' && [40, 180].includes(answered));
  const changed = await pushMany(again.dying, namespace, '2');
  expect([again.kills(), changed.outcome, changed.problems]).toEqual([2, 'synced', []]);
  expect(new Set(changed.results.map(({ action }) => action))).toEqual(new Set(['configured']));
  expect(await writesOf('configmaps', namespace, 'settings-')).toEqual(each(2));
  expect(await writesOf('serviceaccounts', namespace, 'account-')).toEqual(each(2));
  expect((await deployments(namespace)).map(({ metadata }) => metadata.generation)).toEqual(each(2));

  // And nothing at all where nothing changes.
  const before = await storedWrites(cluster, `configmaps/${namespace}/`);
  const idle = await pushMany(client, namespace, '2');
  expect(new Set(idle.results.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  expect(await storedWrites(cluster, `configmaps/${namespace}/`)).toEqual(before);
});

test('the API server dies twice during a prune of 160 objects: they go, and what others made meanwhile stays', async () => {
  const namespace = await testNamespace(client, 'pruned');
  await pushMany(client, namespace, '1');
  const { dying, kills } = killedAt((call, answered) => call === 'delete' && [50, 120].includes(answered));
  const kept = manyObjects('1').filter((_, index) => index % 3 === 2);
  // The first deletion that is answered is followed by an object of the same name, of somebody else's.
  let remade: Promise<KubeObject> | undefined;
  const racing: KubeClient = {
    ...dying,
    delete: async (ref, options) => {
      const result = await dying.delete(ref, options);
      if (ref.kind === 'ConfigMap') {
        const object = { ...(configMapOf(ref.name, 'theirs') as KubeObject), metadata: { name: ref.name, namespace } };
        // Applied and not created, as the server may die again in that very moment.
        remade ??= client.apply(object, { fieldManager: 'somebody' });
      }
      return result;
    },
  };
  const report = await push(racing, namespace, kept, { signal: limit() });
  expect([kills(), report.outcome, report.problems]).toEqual([2, 'synced', []]);
  expect(report.results.filter(({ action }) => action === 'pruned')).toHaveLength(160);
  const theirs = await remade;
  const left = await storedWrites(cluster, `configmaps/${namespace}/settings-`);
  expect([...left]).toEqual([[`configmaps/${namespace}/${theirs?.metadata.name}`, 1]]);
  expect(await deployments(namespace)).toHaveLength(80);
});

test('a sync that cannot see its members, as the server is away, prunes nothing and says so', async () => {
  const namespace = await testNamespace(client, 'blind');
  await push(client, namespace, [configMapOf('a', 'x'), configMapOf('b', 'x')]);
  const impatient = await testClient({ kubeconfig: cluster.kubeconfigPath, patience: 1 });
  try {
    await impatient.discovery.resources();
    await cluster.kill('kube-apiserver');
    const refused = push(impatient, namespace, [configMapOf('a', 'x')]);
    await expect(refused).rejects.toMatchObject({ code: 'kube.unreachable' });
    await cluster.whenReady(limit());
    expect((await storedWrites(cluster, `configmaps/${namespace}/b`)).size).toBe(1);
  } finally {
    await impatient.close();
  }
});

test('an aggregated API that is down stops only what is of it, and keeps the namespaces that may hold some of it', async () => {
  const namespace = await testNamespace(client, 'aggregated');
  const group = 'down.example.org';
  const own = await testClient({ kubeconfig: cluster.kubeconfigPath });
  try {
    const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'aggregated-home' } };
    await push(own, namespace, [home, configMapOf('a', 'x'), configMapOf('b', 'x')]);
    const backend = { namespace: 'default', name: 'nowhere' };
    const priorities = { groupPriorityMinimum: 100, versionPriority: 100 };
    const service = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.${group}` },
      spec: { group, version: 'v1', ...priorities, insecureSkipTLSVerify: true, service: backend },
    };
    await own.create(service);
    while (!own.discovery.unavailable.includes(`${group}/v1`)) await own.discovery.refresh({ signal: limit() });

    const thing = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'thing' } };
    const refused = push(own, namespace, [configMapOf('a', 'y'), thing]);
    await expect(refused).rejects.toMatchObject({ code: 'kube.api-unavailable' });
    const report = await push(own, namespace, [configMapOf('a', 'z')]);
    expect([report.outcome, report.problems]).toEqual(['synced', []]);
    expect(report.results.map(({ key, action }) => `${key.name} ${action}`).toSorted()).toEqual([
      'a configured',
      'b pruned',
    ]);
    expect(report.blocked.map(({ key, message }) => [key.name, message])).toEqual([
      ['aggregated-home', `it still holds objects of others: whatever is of ${group}/v1, which does not answer`],
    ]);
    await own.delete({ group: 'apiregistration.k8s.io', kind: 'APIService', namespace: '', name: `v1.${group}` });
  } finally {
    await own.close();
  }
});
