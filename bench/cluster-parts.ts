import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKubeClient, loadClusterConfig, watchCache, type KubeClient } from '../src/kube/index.ts';
import { startCluster } from '../src/local/index.ts';
import type { KubeObject } from '../src/object.ts';
import {
  createMemberIndex,
  fingerprint,
  lookupResources,
  memberOf,
  planSync,
  prepare,
  type PlanInput,
  type PreparedSet,
} from '../src/sync/index.ts';
import { type ApiServer, connectApiServer, objectPath, readAccess } from './api-server.ts';
import type { Part } from './parts.ts';
import { distribution, median } from './statistics.ts';
import { overlayObjects, targetNamespace } from './workload.ts';

const fieldManager = 'bench-limit';
const applySet = 'applyset-bench-v1';
const rounds = 2000;
const planned = 5000;
const plans = 20;
const applied = 1000;
const turns = 4;
const parallelism = 16;

/** Measures what needs a cluster: the client beside a bare loop, the watch cache, fingerprints, a plan. */
export async function measureClusterParts(signal: AbortSignal): Promise<Part[]> {
  await using cluster = await startCluster();
  const client = createKubeClient(await loadClusterConfig({ kubeconfig: cluster.kubeconfigPath }));
  const api = connectApiServer(readAccess(cluster.kubeconfigPath), parallelism);
  try {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: targetNamespace } };
    await client.apply(namespace, { fieldManager });
    const rendered = overlayObjects(1, targetNamespace).map((object) => ({ object }));
    const lookup = await lookupResources(
      rendered.map(({ object }) => object),
      client.discovery,
      signal,
    );
    const desired = prepare(rendered, { namespace: targetNamespace, applySet, lookup });
    const live = await Promise.all(
      desired.objects.map(({ object }) => client.apply(object, { fieldManager, force: true })),
    );
    return [
      repeated('fingerprint of an object', () => live.map((object) => fingerprint(object, fieldManager))),
      repeated('memberOf, for each watch event', () => live.map((object) => memberOf(object, fieldManager))),
      ...measurePlans(desired, live),
      ...(await measureApplies(client, api)),
      await measureCache(client),
    ];
  } finally {
    await Promise.all([api.close(), client.close()]);
  }
}

/** Times batches; answers the milliseconds for one of the batch. */
function repeated(title: string, work: () => readonly unknown[]): Part {
  const durations: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const { length } = work();
    durations.push((performance.now() - started) / length);
  }
  return { title, took: distribution(durations), note: `${(median(durations) * 1000).toFixed(1)} µs` };
}

/** The same few objects, over and over, each time with another name. */
function measurePlans(few: PreparedSet, live: readonly KubeObject[]): Part[] {
  const index = createMemberIndex(fieldManager);
  const objects = Array.from({ length: planned }, (_, number) => {
    const one = few.objects[number % few.objects.length];
    const stored = live[number % live.length];
    if (one === undefined || stored === undefined) throw new Error('there is nothing to plan');
    const name = `${one.key.name}-${number}`;
    index.observe({ ...stored, metadata: { ...stored.metadata, name, uid: `uid-${number}` } });
    const id = `${one.id}-${number}`;
    return { ...one, id, key: { ...one.key, name } };
  });
  const input: PlanInput = {
    desired: { ...few, objects },
    applySet,
    view: index.view(applySet),
    lastApplied: new Map(),
    prune: { enabled: true },
  };
  const changed = objects.map((one, number) => (number % 10 === 0 ? { ...one, digest: 'another' } : one));
  return [
    plansOf(`plan of ${planned} objects, nothing to do`, input, 0),
    plansOf(`plan of ${planned} objects, a tenth to apply`, { ...input, desired: { ...few, objects: changed } }, 500),
  ];
}

function plansOf(title: string, input: PlanInput, expected: number): Part {
  const durations: number[] = [];
  for (let round = 0; round < plans; round++) {
    const started = performance.now();
    const { apply } = planSync(input);
    durations.push(performance.now() - started);
    if (apply.length !== expected) throw new Error(`${apply.length} to apply, and not ${expected}`);
  }
  return { title, took: distribution(durations), note: '' };
}

function configMap(name: string): KubeObject {
  const labels = { 'app.kubernetes.io/name': name, bench: 'apply' };
  const metadata = { name, namespace: targetNamespace, labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1', b: 'two' } };
}

interface Applies {
  readonly title: string;
  readonly apply: (object: KubeObject) => Promise<unknown>;
  readonly durations: number[];
  readonly rates: number[];
  cpu: number;
}

const appliesOf = (title: string, apply: Applies['apply']): Applies => ({
  title,
  apply,
  durations: [],
  rates: [],
  cpu: 0,
});

/** The client and a bare loop take turns against the same server, so that their ratio means something. */
async function measureApplies(client: KubeClient, api: ApiServer): Promise<Part[]> {
  const bare = appliesOf('apply, bare loop', (object) => api.apply(objectPath(object), object));
  const ours = appliesOf('apply, client', (object) => client.apply(object, { fieldManager, force: true }));
  for (let turn = 0; turn < turns; turn++) {
    for (const one of turn % 2 === 0 ? [bare, ours] : [ours, bare]) await applyMany(one, turn);
  }
  return [bare, ours].map(({ title, durations, rates, cpu }) => ({
    title: `${title}, ${parallelism} at once`,
    took: distribution(durations),
    note: `${median(rates).toFixed(0)}/s, CPU ${((cpu / durations.length) * 1e6).toFixed(0)} µs each`,
  }));
}

async function applyMany(applies: Applies, turn: number): Promise<void> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < applied; number = next++) {
      const sent = performance.now();
      await applies.apply(configMap(`${applies.title.replaceAll(/[ ,]+/g, '-')}-${turn}-${number}`));
      applies.durations.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: parallelism }, worker));
  applies.rates.push(applied / ((performance.now() - started) / 1000));
  const { user, system } = process.cpuUsage(cpu);
  applies.cpu += (user + system) / 1e6;
}

/** Bytes in use when what is no longer needed has gone. */
function settledHeap(): number {
  // The collector can be called only where V8 was asked to show it.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('V8 does not show its collector');
  for (let round = 0; round < 4; round++) collect();
  return process.memoryUsage().heapUsed;
}

/** What the controller keeps of each object: a member. */
async function measureCache(client: KubeClient): Promise<Part> {
  const before = settledHeap();
  const started = performance.now();
  const cache = watchCache({
    client,
    resource: { group: '', kind: 'ConfigMap' },
    namespace: targetNamespace,
    project: (object) => memberOf(object, fieldManager),
  });
  await cache.synced;
  const took = distribution([performance.now() - started]);
  const bytes = (settledHeap() - before) / cache.size;
  const heap = `${bytes.toFixed(0)} bytes of heap each`;
  const { size } = cache;
  await cache.stop();
  return { title: `watch cache of ${size} ConfigMaps, filled`, took, note: heap };
}
