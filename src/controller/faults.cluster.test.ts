import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControllerBench, isReadyAt, openControllerBench } from '../../test/support/controller.ts';
import { type LocalCluster, startCluster } from '../local/index.ts';

// A cluster of its own: its API server is killed.
let cluster: LocalCluster;
let bench: ControllerBench;

beforeAll(async () => {
  cluster = await startCluster();
  bench = await openControllerBench('faults', { kubeconfig: cluster.kubeconfigPath });
  return async () => {
    await bench.close();
  };
});

afterAll(async () => {
  await cluster.stop();
});

const applications = Array.from({ length: 30 }, (_, index) => `app-${index}`);

const files = (value: string) =>
  Object.fromEntries(
    applications.flatMap((name) =>
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
  await bench.kube.until(path(), (seen) => seen.metadata.name.startsWith('app-'), AbortSignal.timeout(60_000));
  await cluster.kill('kube-apiserver');
  await cluster.whenReady(AbortSignal.timeout(60_000));
  for (const { status } of (await bench.applications(applications, isReadyAt(first))).values()) {
    // One entry: what was applied before the fall was found as it was.
    expect(status?.history?.filter(({ outcome }) => outcome === 'Succeeded')).toHaveLength(1);
  }

  await cluster.kill('kube-apiserver');
  await cluster.whenReady(AbortSignal.timeout(60_000));
  await bench.kube.call('PATCH', `${path()}/app-3-two`, { data: { value: 'hand' } });
  await bench.kube.until(
    path(),
    (seen) => seen.metadata.name === 'app-3-two' && seen.data?.value === 'one',
    AbortSignal.timeout(60_000),
  );

  const second = await bench.repository.commit(files('two'));
  await cluster.kill('kube-apiserver');
  controller.trigger();
  await cluster.whenReady(AbortSignal.timeout(60_000));
  await bench.applications(applications, isReadyAt(second));
}, 240_000);
