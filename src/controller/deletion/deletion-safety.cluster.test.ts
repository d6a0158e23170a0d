import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { Application } from '../../api/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

// What must never delete anything, and who may let it. The guards themselves: src/sync/guards.cluster.test.ts.
const bench = controllerOfEachTest('safety');

const annotated = (name: string, annotations: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations } });
const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const applications = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
const isThere = async (name: string): Promise<boolean> =>
  (await bench.client.get({ group: '', kind: 'ConfigMap', namespace: bench.namespace, name })) !== undefined;
const argo = 'argocd.argoproj.io/sync-options';
const approved = 'argocd.argoproj.io/deletion-approved';

test("Argo CD's confirmation lets go what has waited for it, and an older one does not", async () => {
  const first = await bench.repository.commit({
    'a.json': annotated('a'),
    'b.json': annotated('b', { [argo]: 'Prune=confirm' }),
    'c.json': annotated('c', { [argo]: 'Delete=confirm' }),
  });
  await bench.createRepository();
  const before = '2020-01-01T00:00:00Z';
  await bench.createApplication('web', { deletionPolicy: 'Cascade' }, { [approved]: before });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await bench.repository.commit({ 'b.json': null });
  controller.trigger();
  const waiting = await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  const asked = waiting.status?.approval;
  expect(asked).toMatchObject({ objects: 1, reason: 'Confirm' });
  expect(messageOf(waiting, 'Synced')).toContain(asked?.token);
  expect(await isThere('b')).toBe(true);
  await bench.patchApplication('web', { metadata: { annotations: { [approved]: asked?.since } } });
  await bench.kube.untilGone(configMaps(), 'b', limit());
  await bench.application('web', ({ status }) => status?.approval === undefined && status?.history?.[0]?.pruned === 1);

  // Its deletion asks again: what was said to the prune is older.
  await bench.patchApplication('web', { metadata: { annotations: { [approved]: before } } });
  await bench.kube.call('DELETE', `${applications()}/web`);
  await bench.kube.untilGone(configMaps(), 'a', limit());
  const leaving = await bench.application('web', ({ status }) => status?.approval !== undefined);
  expect(messageOf(leaving, 'Synced')).toContain(`${argo}: Delete=confirm asks for approval`);
  expect(leaving.status?.approval?.since).toBe(leaving.metadata.deletionTimestamp);
  expect(await isThere('c')).toBe(true);
  await bench.patchApplication('web', {
    metadata: { annotations: { 'plumbline.dev/approvePrune': leaving.status?.approval?.token } },
  });
  await bench.kube.untilGone(applications(), 'web', limit());
  expect(await isThere('c')).toBe(false);
});

test('a path, a repository and a namespace that become others delete no more than their guards let go', async () => {
  const first = await bench.repository.commit({
    'app/a.json': annotated('a'),
    'app/b.json': annotated('b'),
    'other/c.json': annotated('c'),
    'same/a.json': annotated('a'),
    'same/b.json': annotated('b'),
  });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  bench.start();
  await bench.application('web', isReadyAt(first));

  // All of it would go, which is more than the half that may without approval.
  await bench.patchApplication('web', { spec: { source: { path: 'other' } } });
  const moved = await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  expect(moved.status?.approval).toMatchObject({ objects: 2, reason: 'Limit' });
  expect([await isThere('a'), await isThere('b'), await isThere('c')]).toEqual([true, true, true]);

  // Where the same objects are, nothing of them has to go.
  await bench.patchApplication('web', { spec: { source: { path: 'same' }, sync: { prune: false } } });
  await bench.application('web', (seen) => hasCondition('Synced', 'True')(seen) && seen.status?.approval === undefined);
  expect([await isThere('a'), await isThere('b'), await isThere('c')]).toEqual([true, true, true]);

  await bench.patchApplication('web', { spec: { sync: { prune: true }, source: { repositoryRef: { name: 'none' } } } });
  await bench.application('web', (seen) => messageOf(seen, 'Synced').includes('none'));
  expect([await isThere('a'), await isThere('b'), await isThere('c')]).toEqual([true, true, true]);

  // Nothing may go while that is on its way, so that only the address is to blame for what does.
  await bench.patchApplication('web', {
    spec: { sync: { prune: false }, source: { repositoryRef: { name: 'apps' } } },
  });
  await bench.application('web', hasCondition('Synced', 'True'));
  const { url } = bench.repository;
  const repository = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`;
  await bench.kube.call('PATCH', repository, { spec: { url: `${url}-that-is-not-there` } });
  await bench.application('web', (seen) => messageOf(seen, 'Synced').includes('-that-is-not-there'));
  await bench.patchApplication('web', { spec: { sync: { prune: true } } });
  await bench.application('web', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
  expect([await isThere('a'), await isThere('b'), await isThere('c')]).toEqual([true, true, true]);
  await bench.kube.call('PATCH', repository, { spec: { url } });

  const elsewhere = `${bench.namespace}-moved`;
  const namespaces = '/api/v1/namespaces';
  await bench.kube.call('POST', namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: elsewhere } });
  await bench.patchApplication('web', { spec: { destination: { namespace: elsewhere } } });
  const away = await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  expect(away.status?.approval).toMatchObject({ reason: 'Limit' });
  expect([await isThere('a'), await isThere('b')]).toEqual([true, true]);
  await bench.kube.call('DELETE', `${namespaces}/${elsewhere}`);
});

const says = (text: string) => (seen: Application) => messageOf(seen, 'Synced').includes(text);

test('a namespace and a definition that others keep are pruned as soon as those have gone, and no sooner', async () => {
  const inside = `${bench.namespace}-inside`;
  const group = `${bench.namespace}.example.dev`;
  const schema = { openAPIV3Schema: { type: 'object' } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  const first = await bench.repository.commit({
    'a.json': annotated('a'),
    'b.json': annotated('b'),
    'namespace.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: inside } }),
    'definition.json': JSON.stringify(definition),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const theirs = `/api/v1/namespaces/${inside}/configmaps`;
  for (const name of ['one', 'two']) {
    await bench.kube.call('POST', theirs, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  }
  const widgets = `/apis/${group}/v1/namespaces/${bench.namespace}/widgets`;
  await bench.kube.call('POST', widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' } });
  await bench.repository.commit({ 'namespace.json': null, 'definition.json': null });
  controller.trigger();
  const held = await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  const both = `${inside}: it still holds objects of others: ConfigMap ${inside}/one, ConfigMap ${inside}/two`;
  expect(messageOf(held, 'Synced')).toContain(both);
  expect(messageOf(held, 'Synced')).toContain(`objects of others: ${group}/Widget ${bench.namespace}/w`);

  // Nothing else is told to look again.
  await bench.kube.call('DELETE', `${theirs}/one`);
  await bench.application('web', says(`it still holds objects of others: ConfigMap ${inside}/two`));
  await bench.kube.call('DELETE', `${widgets}/w`);
  await bench.application('web', (seen) => says(`ConfigMap ${inside}/two`)(seen) && !says('Widget')(seen));
  await bench.kube.call('DELETE', `${theirs}/two`);
  await bench.application('web', hasCondition('Synced', 'True'));
  const last = await bench.client.get({ group: '', kind: 'Namespace', namespace: '', name: inside });
  expect(last === undefined || last.metadata.deletionTimestamp !== undefined).toBe(true);
});
