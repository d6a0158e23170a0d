/**
 * What the Kubernetes client adds to the bare calls: `node --expose-gc bench/kube-client.ts KUBECONFIG [OBJECTS]`.
 * The bare loop and the client take turns against the same server, so that their ratio means something.
 */
import { Pool } from 'undici';
import { createKubeClient, loadClusterConfig, watchCache, type KubeClient } from '../src/kube/index.ts';
import type { KubeObject } from '../src/object.ts';

const [, , kubeconfig = '', count = '4000'] = process.argv;
const objects = Number(count);
const namespace = 'kube-client-bench';
const config = await loadClusterConfig({ kubeconfig });
const tell = (line: string): boolean => process.stdout.write(`${line}\n`);

type Apply = (object: KubeObject) => Promise<unknown>;

function configMap(name: string): KubeObject {
  const labels = { 'app.kubernetes.io/name': name, bench: 'kube-client' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { a: '1', b: 'two' } };
}

async function inParallel(names: readonly string[], parallel: number, apply: Apply): Promise<string> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) await apply(configMap(name));
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return `${(names.length / seconds).toFixed(0)}/s, ${((user + system) / names.length).toFixed(0)} µs of CPU each`;
}

async function bareLoop(): Promise<{ apply: Apply; close: () => Promise<void> }> {
  const { authorization } = await config.credentials.current();
  const pool = new Pool(config.server, { connections: 48, allowH2: false, connect: { ca: config.trust.ca ?? '' } });
  const headers = { authorization: authorization?.reveal() ?? '', 'content-type': 'application/apply-patch+yaml' };
  return {
    async apply(object) {
      const path = `/api/v1/namespaces/${namespace}/configmaps/${object.metadata.name}?fieldManager=bench&force=true`;
      const answer = await pool.request({ method: 'PATCH', path, headers, body: JSON.stringify(object) });
      if (answer.statusCode > 299) throw new Error(await answer.body.text());
      return answer.body.json();
    },
    close: () => pool.close(),
  };
}

async function compareApplies(client: KubeClient): Promise<void> {
  const bare = await bareLoop();
  const ours: Apply = (object) => client.apply(object, { fieldManager: 'bench', force: true });
  const some = objects / 2;
  for (const parallel of [16, 24, 32]) {
    for (const [round, order] of [
      ['bare', 'client'],
      ['client', 'bare'],
    ].entries()) {
      for (const who of order) {
        const names = Array.from({ length: some }, (_, index) => `${who}-${parallel}-${round}-${index}`);
        const apply = who === 'bare' ? bare.apply : ours;
        tell(`${who} at ${parallel}, created:   ${await inParallel(names, parallel, apply)}`);
        tell(`${who} at ${parallel}, unchanged: ${await inParallel(names, parallel, apply)}`);
      }
    }
    tell(`  flow control allows ${client.flow.limit}`);
  }
  await bare.close();
}

const settledHeap = (): number => {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

async function measureCache(client: KubeClient): Promise<void> {
  const before = settledHeap();
  const begun = performance.now();
  const seen = new Map<string, number>();
  const cache = watchCache({
    client,
    resource: { group: '', kind: 'ConfigMap' },
    namespace,
    project: (object) => ({ uid: object.metadata.uid, hash: `${object.metadata.uid}`.slice(0, 16) }),
    onChange: (change) => {
      if (change.type === 'modified') seen.set(change.object.metadata.resourceVersion ?? '', performance.now());
    },
  });
  await cache.synced;
  const milliseconds = performance.now() - begun;
  const bytes = (settledHeap() - before) / cache.size;
  tell(`cache of ${cache.size}: ${milliseconds.toFixed(0)} ms to fill, ${bytes.toFixed(0)} bytes of heap each`);
  tell(`RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
  await measureLatency(client, seen);
  await cache.stop();
}

function at(values: readonly number[], part: number): string {
  return (values.toSorted((one, other) => one - other)[Math.floor(values.length * part)] ?? 0).toFixed(1);
}

async function measureLatency(client: KubeClient, seen: Map<string, number>): Promise<void> {
  const fromRequest: number[] = [];
  const fromAnswer: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const begun = performance.now();
    const object = { ...configMap('bare-16-0-0'), data: { a: String(begun) } };
    const stored = await client.apply(object, { fieldManager: 'bench', force: true });
    const answered = performance.now();
    const version = stored.metadata.resourceVersion ?? '';
    while (!seen.has(version)) await new Promise(setImmediate);
    const event = seen.get(version) ?? 0;
    fromRequest.push(event - begun);
    fromAnswer.push(event - answered);
  }
  tell(`event after the request was sent: median ${at(fromRequest, 0.5)} ms, p99 ${at(fromRequest, 0.99)} ms`);
  tell(`event after its answer: median ${at(fromAnswer, 0.5)} ms, p99 ${at(fromAnswer, 0.99)} ms`);
}

const client = createKubeClient(config);
await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'bench' });
await compareApplies(client);
await client.close();
const fresh = createKubeClient(config);
await fresh.discovery.resources();
await measureCache(fresh);
await fresh.delete({ group: '', kind: 'Namespace', namespace: '', name: namespace });
await fresh.close();
