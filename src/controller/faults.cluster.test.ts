import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy } from '../../test/support/api-proxy.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { isReadyAt } from '../../test/support/controller.ts';
import type { SeenObject } from '../../test/support/kube-call.ts';
import { testClient } from '../../test/support/kube-client.ts';
import { openNetworkLink } from '../../test/support/network-link.ts';
import { controllerOfEachTest, wholeFile } from '../../test/support/scene.ts';
import { compact, storedWrites } from '../../test/support/stored-writes.ts';
import { recordWatch } from '../../test/support/watch-record.ts';
import type { KubeClient } from '../kube/index.ts';
import { startCluster } from '../local/index.ts';
import { limit } from '../../test/support/limit.ts';

// A cluster of its own: its API server is killed.
const cluster = wholeFile(startCluster, (opened) => opened.stop());
const bench = controllerOfEachTest('faults', { kubeconfig: () => cluster.kubeconfigPath });

const applications = Array.from({ length: 30 }, (_, index) => `app-${index}`);

const files = (value: string, names: readonly string[] = applications) =>
  Object.fromEntries(
    names.flatMap((name) =>
      ['one', 'two', 'three'].map((part) => [
        `${name}/${part}.yaml`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}-${part}}\ndata: {value: ${value}}\n`,
      ]),
    ),
  );

const path = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;

test('an API server that is killed during a sync and while nothing happens loses nothing', async () => {
  const first = await bench.repository.commit(files('one'));
  await bench.createRepository();
  for (const name of applications) {
    await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name } });
  }
  const controller = bench.start();
  // The first object is there: the sync of the others is under way.
  await bench.kube.until(path(), (seen) => seen.metadata.name.startsWith('app-'), limit());
  await cluster.kill('kube-apiserver');
  await cluster.whenReady(limit());
  for (const { status } of (await bench.applications(applications, isReadyAt(first))).values()) {
    // One entry: what was applied before the fall was found as it was.
    expect(status?.history?.filter(({ outcome }) => outcome === 'Succeeded')).toHaveLength(1);
  }

  await cluster.kill('kube-apiserver');
  await cluster.whenReady(limit());
  await bench.kube.call('PATCH', `${path()}/app-3-two`, { data: { value: 'hand' } });
  await bench.kube.until(path(), (seen) => seen.metadata.name === 'app-3-two' && seen.data?.value === 'one', limit());

  const second = await bench.repository.commit(files('two'));
  await cluster.kill('kube-apiserver');
  controller.trigger();
  await cluster.whenReady(limit());
  await bench.applications(applications, isReadyAt(second));
});

const hasValue = (name: string, value: string) => (seen: SeenObject) =>
  seen.metadata.name === name && seen.data?.value === value;

test('what etcd has compacted while the controller could not hear is found all the same', async () => {
  const names = applications.slice(0, 3);
  const first = await bench.repository.commit(files('one', names));
  await bench.createRepository();
  for (const name of names) {
    await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name } });
  }
  const link = await openNetworkLink(new URL(clusterAccess(cluster.kubeconfigPath).server).host);
  const client = await testClient({ kubeconfig: cluster.kubeconfigPath, server: `https://${link.address}` });
  onTestFinished(async () => {
    await client.close();
    await link.close();
  });
  bench.start({ client });
  await bench.applications(names, isReadyAt(first));

  link.block();
  for (const name of names) {
    await bench.kube.call('PATCH', `${path()}/${name}-one`, { data: { value: 'hand' } });
    await bench.kube.call('DELETE', `${path()}/${name}-two`);
  }
  await compact(cluster);
  // Nor does the API server remember: it was not there.
  await cluster.kill('kube-apiserver');
  await cluster.whenReady(limit());
  link.open();
  for (const name of names) {
    await bench.kube.until(path(), hasValue(`${name}-one`, 'one'), limit());
    await bench.kube.until(path(), hasValue(`${name}-two`, 'one'), limit());
  }
  const second = await bench.repository.commit(files('two', names));
  await bench.patchApplication(names[0] ?? '', { metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } } });
  await bench.kube.call('PATCH', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } },
  });
  await bench.applications(names, isReadyAt(second));
});

test('a storm of 429 delays a sync and spoils nothing: every object is written once, and no sync has failed', async () => {
  const names = applications.slice(0, 2);
  const first = await bench.repository.commit(files('one', names));
  const proxy = await startApiProxy(clusterAccess(cluster.kubeconfigPath));
  // By its token, as nobody has a certificate here.
  const { token } = clusterAccess(cluster.kubeconfigPath);
  const client = await testClient({ kubeconfig: cluster.kubeconfigPath, server: proxy.server, token });
  onTestFinished(async () => {
    await client.close();
    await proxy.close();
  });
  // Every write is refused first, as API priority and fairness does it.
  const asked = new Set<string>();
  let refused = 0;
  proxy.answer(({ method, url }) => {
    const { pathname, searchParams } = new URL(url, proxy.server);
    const id = `${method} ${pathname} ${searchParams.get('dryRun')}`;
    if (method === 'GET' || asked.has(id)) return undefined;
    asked.add(id);
    refused += 1;
    return {
      status: 429,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' },
      body: 'Too many requests, please try again later.\n',
    };
  });
  await bench.createRepository();
  for (const name of names) {
    await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name } });
  }
  bench.start({ client });
  for (const { status } of (await bench.applications(names, isReadyAt(first))).values()) {
    expect(status?.history?.map(({ outcome }) => outcome)).toEqual(['Succeeded']);
  }
  expect(refused).toBeGreaterThan(12);
  const written = await storedWrites(cluster, `configmaps/${bench.namespace}/app-`);
  expect([...written.values()]).toEqual([1, 1, 1, 1, 1, 1]);
});

const settings = (name: string, value: number, annotations: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations },
    data: { value: `${value}` },
  });

const content = (round: number) => ({
  'before.json': settings('before', 0, { 'plumbline.dev/hook': 'PreSync' }),
  'after.json': settings('after', 0, { 'plumbline.dev/hook': 'PostSync' }),
  'first.json': settings('first', round),
  'second.json': settings('second', round, { 'plumbline.dev/sync-wave': '1' }),
  // One for each round: that of the one before is pruned.
  [`old-${round}.json`]: settings(`old-${round}`, round),
  [`old-${round - 1}.json`]: null,
});

test('an API server that is killed in each phase of a sync: each ends as asked for, and no hook runs twice', async () => {
  // All of plain ConfigMaps, so that nothing here waits for the controllers of Kubernetes, which recover in their own time.
  const seen = recordWatch({
    client: bench.client,
    resource: { group: '', kind: 'ConfigMap' },
    namespace: bench.namespace,
  });
  onTestFinished(() => seen.cache.stop());
  /** How many hooks of a name were ever made, up to this call. */
  const runsOf = async (name: string): Promise<number> => {
    const { metadata } = await bench.kube.call('POST', path(), { metadata: { generateName: 'marker-' } });
    // Events come in the order of the writes: with this one, all before it have come.
    await seen.until(() => seen.changes.some(({ key }) => key.name === metadata.name), limit());
    const own = seen.changes.filter(({ key }) => key.name === name);
    return new Set(own.map(({ value }) => value.split('@')[0])).size;
  };

  let point = '';
  let fallen = Promise.withResolvers<void>();
  const at = async <T>(here: string, call: () => Promise<T>): Promise<T> => {
    const strike = async (when: string): Promise<void> => {
      if (point !== `${when} ${here}`) return;
      point = '';
      await cluster.kill('kube-apiserver');
      fallen.resolve();
    };
    await strike('before');
    const result = await call();
    await strike('after');
    return result;
  };
  const patient = await testClient({ kubeconfig: cluster.kubeconfigPath, patience: 90_000 });
  onTestFinished(() => patient.close());
  const client: KubeClient = {
    ...patient,
    apply: (object, options) =>
      at(`${options.dryRun === true ? 'trying' : 'applying'} ${object.metadata.name}`, () =>
        patient.apply(object, options),
      ),
    delete: (ref, options) => at(`deleting ${ref.name}`, () => patient.delete(ref, options)),
  };

  const first = await bench.repository.commit(content(1));
  await bench.createRepository();
  await bench.createApplication('web', { sync: { pruneLimit: {} } });
  const controller = bench.start({ client });
  await bench.application('web', isReadyAt(first));
  const points = [
    'after trying first',
    'before applying before',
    'after applying before',
    'after applying first',
    'before applying second',
    'after applying after',
    'after deleting old-7',
  ];
  for (const [index, wanted] of points.entries()) {
    const round = index + 2;
    const commit = await bench.repository.commit(content(round));
    point = wanted;
    fallen = Promise.withResolvers();
    controller.trigger();
    await fallen.promise;
    await cluster.whenReady(limit());
    const { status } = await bench.application('web', isReadyAt(commit));
    expect(status?.operation).toBeUndefined();
    await bench.kube.untilGone(path(), `old-${round - 1}`, limit());
    await bench.kube.until(path(), hasValue('second', String(round)), limit());
    expect([await runsOf('before'), await runsOf('after')]).toEqual([round, round]);
  }
}, 900_000);
