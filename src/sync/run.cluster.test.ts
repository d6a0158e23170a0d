import { expect, test } from 'vitest';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { configMapOf, deployment } from '../../test/support/sync-cluster.ts';
import { startCluster } from '../local/index.ts';
import type { KubeClient } from '../kube/index.ts';
import { formatKey, keyOf, type KubeObject } from '../object.ts';
import {
  combinedFingerprint,
  createMemberIndex,
  createSyncRun,
  emptyParentRecord,
  lookupResources,
  prepare,
  stepSync,
  stepTeardown,
  type LastApplied,
  type MemberIndex,
  type StepContext,
  type SyncCluster,
  type SyncInput,
  type SyncOptions,
  type SyncReport,
} from './index.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

const kinds = ['v1/ConfigMap', 'v1/Service', 'apps/v1/Deployment'];

/** What a controller would know: all that carries the label in the namespace. */
async function seen(namespace: string, through: KubeClient = client): Promise<MemberIndex> {
  const index = createMemberIndex('plumbline');
  for (const kind of kinds) {
    const [group = '', name = ''] = kind.startsWith('v1/') ? ['', kind.slice(3)] : ['apps', 'Deployment'];
    const options = { namespace, labelSelector: 'applyset.kubernetes.io/part-of' };
    for await (const object of through.list({ group, kind: name }, options)) index.observe(object);
  }
  return index;
}

async function inputOf(
  namespace: string,
  objects: readonly object[],
  options: SyncOptions = {},
  lastApplied: LastApplied = new Map(),
): Promise<SyncInput> {
  const rendered = objects.map((object) => ({ object: object as KubeObject }));
  const signal = limit();
  const lookup = await lookupResources(
    rendered.map(({ object }) => object),
    client.discovery,
    signal,
  );
  const applySet = `applyset-${namespace}-v1`;
  const desired = prepare(rendered, { namespace, applySet, lookup });
  const parent = emptyParentRecord;
  return { desired, applySet, parentNamespace: namespace, parent, lastApplied, options: { prune: true, ...options } };
}

function contextOf(index: MemberIndex, applySet: string, cluster: SyncCluster, signal?: AbortSignal): StepContext {
  return {
    view: index.view(applySet),
    cluster,
    recordParent: () => Promise.resolve(),
    observe: (object) => void index.observe(object),
    signal: signal ?? limit(),
  };
}

async function finish(input: SyncInput, context: StepContext): Promise<SyncReport> {
  const outcome = await stepSync(createSyncRun(input), context);
  if (outcome.kind !== 'done') throw new Error(`it waits for ${JSON.stringify(outcome.for)}`);
  return outcome.report;
}

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } };
const app = [configMapOf('web', 'a'), service, deployment('web'), deployment('worker')];

/** A client that is stopped, with all that it has under way, when so many writes have been made. */
function killedAfter(writes: number, killer: AbortController): SyncCluster & { readonly written: string[] } {
  const written: string[] = [];
  const before = (): void => {
    if (written.length >= writes) killer.abort(new Error('killed'));
    killer.signal.throwIfAborted();
  };
  return {
    ...client,
    discovery: client.discovery,
    written,
    apply: async (object, options) => {
      if (!options.dryRun) before();
      const result = await client.apply(object, options);
      if (!options.dryRun) written.push(formatKey(keyOf(object)));
      return result;
    },
    delete: async (ref, options) => {
      before();
      const result = await client.delete(ref, options);
      written.push(formatKey(ref));
      return result;
    },
  };
}

test('killed before any write and begun anew, a sync ends the same, with no effect twice', async () => {
  for (const writes of [0, 1, 2, 3, 4]) {
    const namespace = await testNamespace(client, 'run');
    const first = await inputOf(namespace, [configMapOf('old', 'x')]);
    await finish(first, contextOf(await seen(namespace), first.applySet, client));

    const input = await inputOf(namespace, app);
    const killer = new AbortController();
    const cluster = killedAfter(writes, killer);
    const context = contextOf(await seen(namespace), input.applySet, cluster, killer.signal);
    await expect(stepSync(createSyncRun(input), context)).rejects.toThrow('killed');
    const between = await versionsIn(namespace);

    const report = await finish(input, contextOf(await seen(namespace), input.applySet, client));
    expect(report.outcome).toBe('synced');
    const after = await versionsIn(namespace);
    expect([...after.keys()].toSorted()).toEqual(input.desired.objects.map(({ id }) => id).toSorted());
    const created = report.results.filter(({ action }) => action === 'created').map(({ id }) => id);
    for (const id of cluster.written) {
      expect(created).not.toContain(id);
      // The spec was not written again.
      expect(after.get(id)).toBe(between.get(id));
    }
  }
});

/** The generation or, where there is none, the content of every member. */
async function versionsIn(namespace: string): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (const [group, kind] of [
    ['', 'ConfigMap'],
    ['', 'Service'],
    ['apps', 'Deployment'],
  ] as const) {
    const options = { namespace, labelSelector: 'applyset.kubernetes.io/part-of' };
    for await (const { apiVersion, kind: own, metadata, ...body } of client.list({ group, kind }, options)) {
      const key = keyOf({ apiVersion, kind: own, metadata });
      const state = JSON.stringify([metadata.uid, metadata.generation ?? body.data]);
      versions.set(formatKey(key), state);
    }
  }
  return versions;
}

test('a restart proves by one digest that nothing has drifted', async () => {
  const namespace = await testNamespace(client, 'run');
  const input = await inputOf(namespace, app);
  const index = await seen(namespace);
  await finish(input, contextOf(index, input.applySet, client));
  const kept = combinedFingerprint(index.view(input.applySet).members());
  const restarted = await seen(namespace);
  expect(combinedFingerprint(restarted.view(input.applySet).members())).toBe(kept);
  await client.patch(
    { group: 'apps', kind: 'Deployment', namespace, name: 'web' },
    { spec: { replicas: 2 } },
    { type: 'merge' },
  );
  const drifted = await seen(namespace);
  expect(combinedFingerprint(drifted.view(input.applySet).members())).not.toBe(kept);
});

test('drift is put back with one call, or left and told', async () => {
  const namespace = await testNamespace(client, 'run');
  const input = await inputOf(namespace, app);
  const index = await seen(namespace);
  const { applied } = await finish(input, contextOf(index, input.applySet, client));
  const key = { group: 'apps', kind: 'Deployment', namespace, name: 'web' };
  const edit = async (): Promise<void> => {
    index.observe(await client.patch(key, { spec: { replicas: 2 } }, { type: 'merge', fieldManager: 'kubectl-edit' }));
  };
  await edit();
  const calls = (): number => client.counters.requests['apply'] ?? 0;
  const before = calls();
  const parent = { groupKinds: ['ConfigMap', 'Deployment.apps', 'Service'], namespaces: [] };
  const known = { ...(await inputOf(namespace, app, {}, applied)), parent };
  const reverted = await finish(known, contextOf(index, input.applySet, client));
  expect(reverted.results.filter(({ action }) => action !== 'unchanged').map(({ id, reason }) => [id, reason])).toEqual(
    [[formatKey(key), 'drifted']],
  );
  expect(calls() - before).toBe(1);
  expect((await client.get(key))?.spec).toMatchObject({ replicas: 0 });

  await edit();
  const report = { ...known, lastApplied: reverted.applied, options: { ...known.options, drift: 'Report' as const } };
  const told = await finish(report, contextOf(index, input.applySet, client));
  expect(told.results.filter(({ action }) => action === 'drifted').map(({ id }) => id)).toEqual([formatKey(key)]);
  expect((await client.get(key))?.spec).toMatchObject({ replicas: 2 });
});

test('a label that was taken off is put back, and the object is not made twice', async () => {
  const namespace = await testNamespace(client, 'run');
  const input = await inputOf(namespace, [configMapOf('web', 'a')]);
  await finish(input, contextOf(await seen(namespace), input.applySet, client));
  const key = { group: '', kind: 'ConfigMap', namespace, name: 'web' };
  const uid = (await client.get(key))?.metadata.uid;
  await client.patch(key, { metadata: { labels: { 'applyset.kubernetes.io/part-of': null } } }, { type: 'merge' });
  const report = await finish(input, contextOf(await seen(namespace), input.applySet, client));
  expect(report.results.map(({ reason, problems }) => [reason, problems])).toEqual([['missing', []]]);
  expect((await client.get(key))?.metadata.uid).toBe(uid);
});

test('the API server dies in the middle of a stage: the sync says so, and the next one ends it', async () => {
  const cluster = await startCluster();
  const own = await testClient({ kubeconfig: cluster.kubeconfigPath });
  try {
    const namespace = await testNamespace(own, 'run');
    const objects = Array.from({ length: 60 }, (_, index) => configMapOf(`many-${index}`, 'x'));
    const rendered = objects.map((object) => ({ object: object as KubeObject }));
    const lookup = await lookupResources(
      rendered.map(({ object }) => object),
      own.discovery,
      limit(),
    );
    const applySet = 'applyset-run-v1';
    const input: SyncInput = {
      desired: prepare(rendered, { namespace, applySet, lookup }),
      applySet,
      parentNamespace: namespace,
      parent: emptyParentRecord,
      lastApplied: new Map(),
      options: { prune: true, validation: 'None' },
    };
    let stored = 0;
    let died: Promise<void> | undefined;
    const dying: SyncCluster = {
      ...own,
      discovery: own.discovery,
      apply: async (object, options) => {
        const result = await own.apply(object, { ...options, patience: 200 });
        stored += 1;
        if (stored === 20) died = cluster.kill('kube-apiserver');
        return result;
      },
    };
    const first = await finish(input, contextOf(createMemberIndex('plumbline'), applySet, dying));
    await died;
    expect(first.outcome).toBe('failed');
    expect(first.problems.length).toBeGreaterThan(0);
    // All of it may pass by itself.
    expect(first.problems.every(({ code }) => code.startsWith('kube.un'))).toBe(true);
    await cluster.whenReady();
    const index = await seen(namespace, own);
    const second = await finish({ ...input, lastApplied: first.applied }, contextOf(index, applySet, own));
    expect(second.outcome).toBe('synced');
    expect(second.results.filter(({ action }) => action === 'created').length).toBeLessThanOrEqual(60 - 20);
    expect([...(await seen(namespace, own)).view(applySet).members()]).toHaveLength(60);
  } finally {
    await own.close();
    await cluster.stop();
  }
});

test('a cascade takes everything down but what is kept, and says what holds it up', async () => {
  const namespace = await testNamespace(client, 'run');
  const keep = { 'plumbline.dev/prune': 'disabled' };
  const stuck = { ...configMapOf('stuck', 'x'), metadata: { name: 'stuck', finalizers: ['example.dev/hold'] } };
  const kept = { ...configMapOf('kept', 'x'), metadata: { name: 'kept', annotations: keep } };
  const input = await inputOf(namespace, [...app, stuck, kept]);
  await finish(input, contextOf(await seen(namespace), input.applySet, client));
  const teardown = { applySet: input.applySet, policy: 'Cascade' } as const;
  const first = await stepTeardown(teardown, contextOf(await seen(namespace), input.applySet, client));
  expect(first.done).toBe(false);
  expect(first.waits.map(({ key, condition }) => [key.name, condition])).toEqual([['stuck', 'Deleted']]);
  expect(first.waits[0]?.message).toMatch(/^it is being deleted since \S+, held by example.dev\/hold$/);
  const key = { group: '', kind: 'ConfigMap', namespace, name: 'stuck' };
  await client.patch(key, { metadata: { finalizers: null } }, { type: 'merge' });
  const second = await stepTeardown(teardown, contextOf(await seen(namespace), input.applySet, client));
  expect(second.done).toBe(true);
  expect([...(await versionsIn(namespace)).keys()]).toEqual([]);
  const left = await client.get({ ...key, name: 'kept' });
  expect(left?.data).toEqual({ value: 'x' });
  expect(left?.metadata.labels ?? {}).not.toHaveProperty('applyset.kubernetes.io/part-of');
});

test('an orphaned set keeps its objects as they are, free for another', async () => {
  const namespace = await testNamespace(client, 'run');
  const input = await inputOf(namespace, app);
  await finish(input, contextOf(await seen(namespace), input.applySet, client));
  const teardown = { applySet: input.applySet, policy: 'Orphan' } as const;
  const outcome = await stepTeardown(teardown, contextOf(await seen(namespace), input.applySet, client));
  expect([outcome.done, outcome.problems]).toEqual([true, []]);
  const live = await client.get({ group: 'apps', kind: 'Deployment', namespace, name: 'web' });
  expect(live?.metadata.labels ?? {}).not.toHaveProperty('applyset.kubernetes.io/part-of');
  expect(live?.spec).toMatchObject({ replicas: 0, selector: { matchLabels: { app: 'web' } } });
});
