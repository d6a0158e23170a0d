import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

// What the options of objects and of the whole sync come to in an Application and its status.
const bench = controllerOfEachTest('options');

const source = (path: string) => ({ source: { repositoryRef: { name: 'apps' }, path } });
const isLeft = ({ metadata }: SeenObject) =>
  metadata.name === 'left' && Object.keys(metadata.labels ?? {}).length === 0;
const configMap = (name: string, value: string, annotation = 'example.dev/none: x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations:\n    ${annotation}\ndata:\n  value: ${value}\n`;
const immutable = (value: string) =>
  `${configMap('fixed', value, 'kustomize.toolkit.fluxcd.io/force: enabled')}immutable: true\n`;

test('where another Application has an object, the rest is synced if that is wished, and each names the other', async () => {
  const commit = await bench.repository.commit({
    'one/shared.yaml': configMap('shared', 'one'),
    'two/shared.yaml': configMap('shared', 'two'),
    'two/own.yaml': configMap('own', 'two'),
  });
  await bench.createRepository();
  await bench.createApplication('one', source('one'));
  const controller = bench.start();
  await bench.application('one', isReadyAt(commit));
  await bench.createApplication('two', { ...source('two'), sync: { sharedObjects: 'Skip' } });
  const two = await bench.application('two', hasCondition('Synced', 'False', 'Claimed'));
  const shared = `ConfigMap ${bench.namespace}/shared`;
  expect(messageOf(two, 'Synced')).toBe(`${shared}: it belongs to Application ${bench.namespace}/one`);
  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  expect((await bench.kube.call('GET', `${path}/own`)).data).toEqual({ value: 'two' });
  const wanted = `${shared}: Application ${bench.namespace}/two wants it as well`;
  await bench.application('one', (seen) => messageOf(seen, 'Ready').includes(wanted));

  await bench.repository.commit({ 'two/shared.yaml': null });
  controller.trigger();
  await bench.application('two', hasCondition('Synced', 'True'));
  await bench.application('one', (seen) => !messageOf(seen, 'Ready').includes(wanted));
  expect((await bench.kube.call('GET', `${path}/shared`)).data).toEqual({ value: 'one' });
});

test('labels of the namespace are kept, and it stays when the Application goes with all that it has', async () => {
  const commit = await bench.repository.commit({
    'settings.yaml': configMap('settings', 'one'),
    'left.yaml': configMap('left', 'one', 'argocd.argoproj.io/sync-options: Delete=false'),
    'gone.yaml': configMap('gone', 'one', 'argocd.argoproj.io/sync-options: Prune=false'),
  });
  await bench.createRepository();
  const name = `${bench.namespace}-kept`;
  await bench.createApplication('web', {
    destination: { namespace: name },
    deletionPolicy: 'Cascade',
    sync: { createNamespace: true, namespaceMetadata: { labels: { team: 'shop' }, annotations: { 'a.dev/b': 'c' } } },
  });
  const application = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  bench.start();
  await bench.application('web', isReadyAt(commit));
  const path = `/api/v1/namespaces/${name}`;
  const made = await bench.kube.call('GET', path);
  expect(made.metadata).toMatchObject({ labels: { team: 'shop' }, annotations: { 'a.dev/b': 'c' } });
  await bench.kube.call('PATCH', path, { metadata: { labels: { team: 'theirs', other: 'stays' } } });
  const isBack = ({ metadata }: SeenObject) => metadata.name === name && metadata.labels?.['team'] === 'shop';
  const back = await bench.kube.until('/api/v1/namespaces', isBack, limit());
  expect(back.metadata.labels).toMatchObject({ other: 'stays' });
  // What is said anew is so without a commit.
  await bench.patchApplication('web', { spec: { sync: { namespaceMetadata: { labels: { team: 'web' } } } } });
  const isNew = ({ metadata }: SeenObject) => metadata.name === name && metadata.labels?.['team'] === 'web';
  await bench.kube.until('/api/v1/namespaces', isNew, limit());
  await expect(bench.patchApplication('web', { spec: { sync: { createNamespace: false } } })).rejects.toThrow(
    'namespaceMetadata goes with createNamespace',
  );

  await bench.kube.call('DELETE', `${application}/web`);
  const isFree = ({ metadata }: SeenObject) =>
    metadata.name === name && metadata.labels?.['applyset.kubernetes.io/part-of'] === undefined;
  const left = await bench.kube.until('/api/v1/namespaces', isFree, limit());
  expect(left.metadata.deletionTimestamp).toBeUndefined();
  await bench.kube.until(`${path}/configmaps`, isLeft, limit());
  await expect(bench.kube.call('GET', `${path}/configmaps/gone`)).rejects.toThrow('not found');
});

test('the history counts what was made anew; what is not to be synced is not missing; what is no option is told', async () => {
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs' },
    data: { value: 'theirs' },
  });
  await bench.repository.commit({
    'fixed.yaml': immutable('one'),
    'ignored.yaml': configMap('ignored', 'git', 'plumbline.dev/ignore: "true"'),
    'theirs.yaml': configMap('theirs', 'git', 'plumbline.dev/write: IfNotPresent'),
    // It never gets an address here.
    'balancer.yaml': `apiVersion: v1\nkind: Service\nmetadata:\n  name: balancer\n  annotations: { argocd.argoproj.io/ignore-healthcheck: "true" }\nspec: { type: LoadBalancer, ports: [{ port: 80 }] }\n`,
    'strange.yaml': configMap('strange', 'git', 'argocd.argoproj.io/sync-options: Strange=true'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const controller = bench.start();
  const first = await bench.application('web', hasCondition('Ready', 'True'));
  expect(messageOf(first, 'Ready')).toContain('argocd.argoproj.io/sync-options: Strange=true is no known option');
  expect(messageOf(first, 'Ready')).toContain('strange.yaml');
  const commit = await bench.repository.commit({ 'fixed.yaml': immutable('two') });
  controller.trigger();
  const second = await bench.application('web', isReadyAt(commit));
  expect(second.status?.history?.[0]).toMatchObject({ outcome: 'Succeeded', changed: 1, recreated: 1 });
  const id = `ConfigMap ${bench.namespace}/fixed`;
  await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => String((seen as unknown as { note?: string }).note).includes(`deleted and made anew ${id}`),
    limit(),
  );
  const there = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps/theirs`);
  expect(there.data).toEqual({ value: 'theirs' });
});
