import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { testClient } from '../../../test/support/kube-client.ts';
import { limit } from '../../../test/support/limit.ts';
import { apiProxyOfEachTest, controllerOfEachTest } from '../../../test/support/scene.ts';

const proxy = apiProxyOfEachTest();
const bench = controllerOfEachTest('waves');

const configMap = (name: string, wave: number): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations: {argocd.argoproj.io/sync-wave: "${wave}"}\ndata: {}\n`;

/** A Deployment whose pods no node takes until one has the label of this test. */
const homeless = (more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
${more}  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {example.dev/${bench.namespace}: here}
      containers: [{name: web, image: 'nginx:stable'}]
`;

/** Lets the pods of this test run. */
async function openNode(): Promise<void> {
  const nodes = await bench.kube.call('GET', '/api/v1/nodes');
  const [node] = (nodes as unknown as { readonly items: readonly { readonly metadata: { readonly name: string } }[] })
    .items;
  await bench.kube.call('PATCH', `/api/v1/nodes/${node?.metadata.name}`, {
    metadata: { labels: { [`example.dev/${bench.namespace}`]: 'here' } },
  });
}

const configMapNames = async (): Promise<readonly string[]> => {
  const list = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps`);
  const { items } = list as unknown as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
  return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
};

test('a wave waits for the health of those below it, says for what, and goes on by the event', async () => {
  const commit = await bench.repository.commit({
    'before.yaml': configMap('before', -1),
    'web.yaml': homeless(),
    'after.yaml': configMap('after', 1),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  const waiting = await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('wave 1 waits for:'));
  expect(messageOf(waiting, 'Synced')).toContain(`apps/Deployment ${bench.namespace}/web: it is Progressing`);
  expect(waiting.status?.conditions?.find(({ type }) => type === 'Reconciling')?.status).toBe('True');
  expect(await configMapNames()).toEqual(['before']);
  await openNode();
  const ready = await bench.application('web', isReadyAt(commit));
  expect(ready.status?.history).toMatchObject([{ outcome: 'Succeeded', changed: 3 }]);
  expect((await configMapNames()).toSorted()).toEqual(['after', 'before']);
});

test('what is Degraded fails the sync, whose retries make no call for what waits; once it is healthy the sync goes on', async () => {
  const commit = await bench.repository.commit({
    'web.yaml': homeless('  progressDeadlineSeconds: 1\n'),
    'after.yaml': [1, 2].map((at) => configMap(`after-${at}`, 1)).join('---\n'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {
    sync: { retry: { limit: 1000, backoff: { duration: '1s', maxDuration: '1s' } } },
  });
  const client = await testClient({ server: proxy.server, token: clusterAccess().token });
  try {
    const controller = bench.start({ client });
    const failed = await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
    expect(messageOf(failed, 'Synced')).toContain('sync.unhealthy');
    expect(messageOf(failed, 'Synced')).toContain('it is Degraded');
    const callsForAfter = () => proxy.calls.filter(({ url }) => url.includes('/configmaps/after-')).length;
    const rehearsed = callsForAfter();
    expect(rehearsed).toBe(2);
    const attempts = failed.status?.retry?.attempts ?? 0;
    await bench.application('web', ({ status }) => (status?.retry?.attempts ?? 0) >= attempts + 2);
    expect(callsForAfter()).toBe(rehearsed);
    expect(await configMapNames()).toEqual([]);
    await openNode();
    await bench.application('web', isReadyAt(commit));
    expect((await configMapNames()).toSorted()).toEqual(['after-1', 'after-2']);
    await controller.stop();
  } finally {
    await client.close();
  }
});

test('a controller that ends while a wave waits is followed by one that goes on there', async () => {
  const commit = await bench.repository.commit({
    'before.yaml': configMap('before', -1),
    'web.yaml': homeless(),
    'after.yaml': configMap('after', 1),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const first = bench.start();
  await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('wave 1 waits for:'));
  await first.stop();
  const kept = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps/before`);
  bench.start();
  await openNode();
  await bench.application('web', isReadyAt(commit));
  const after = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps/before`);
  expect(after.metadata.resourceVersion).toBe(kept.metadata.resourceVersion);
  expect((await configMapNames()).toSorted()).toEqual(['after', 'before']);
});

test('however many waves a sync has, its progress is told by the clock', async () => {
  const first = await bench.repository.commit({ 'before.yaml': configMap('before', -1) });
  await bench.createRepository();
  const isOpen = "metadata.name.startsWith('wave-') && !(has(metadata.labels) && 'done' in metadata.labels)";
  await bench.createApplication('web', { health: { rules: [{ kind: 'ConfigMap', progressing: isOpen }] } });
  const client = await testClient({ server: proxy.server, token: clusterAccess().token });
  try {
    // It stands still but for what the test says, and so no second status of the same sync is due.
    let clock = Date.now();
    const controller = bench.start({ client, now: () => clock, scheduleLooks: () => () => {} });
    await bench.application('web', isReadyAt(first));
    clock += 3_600_000;
    const before = proxy.calls.length;
    const waves = Array.from({ length: 6 }, (_, wave) => `wave-${wave}`);
    const files = waves.map((name, wave) => [`${name}.yaml`, configMap(name, wave)]);
    const second = await bench.repository.commit(Object.fromEntries(files));
    controller.trigger();
    const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
    for (const name of waves) {
      await bench.kube.until(path, ({ metadata }) => metadata.name === name, limit());
      await bench.kube.call('PATCH', `${path}/${name}`, { metadata: { labels: { done: 'yes' } } });
    }
    await bench.application('web', isReadyAt(second));
    const statuses = proxy.calls
      .slice(before)
      .filter(({ method, url }) => method === 'PATCH' && url.includes('/applications/web/status'));
    // That it waits, and that all is well; one more for each wave would be seven.
    expect(statuses.length).toBeGreaterThanOrEqual(1);
    expect(statuses.length).toBeLessThanOrEqual(4);
    await controller.stop();
  } finally {
    await client.close();
  }
});
