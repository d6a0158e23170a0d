import { expect, test } from 'vitest';
import { openAggregatedApi } from '../../../test/support/aggregated-api.ts';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, wholeFile } from '../../../test/support/scene.ts';
import type { Application } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { startCluster } from '../../local/index.ts';
import type { KubeObject } from '../../object.ts';
import { schedule } from '../schedule.ts';

// A cluster of its own: a controller that looks after all namespaces would take up the Applications of other tests, and
// an API that another server brings is met by all of them.
const cluster = wholeFile(startCluster, (opened) => opened.stop());
const bench = controllerOfEachTest('all', { kubeconfig: () => cluster.kubeconfigPath });

const configMap = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} });

/** No timer of this length or more ever fires: whoever gets on was woken by an event. */
const timersBelow =
  (longest: number) =>
  (milliseconds: number, callback: () => void): (() => void) =>
    milliseconds < longest ? schedule(milliseconds, callback) : () => undefined;

const generationOf = (metadata: object): unknown => (metadata as { readonly generation?: unknown }).generation;

/** Another namespace, with what a bench has for its own. */
function elsewhere(namespace: string) {
  const path = `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}`;
  return {
    create: (kind: 'Application' | 'Repository', name: string, spec: object) =>
      bench.kube.call('POST', `${path}/${kind === 'Application' ? 'applications' : 'repositories'}`, {
        apiVersion: 'plumbline.dev/v1alpha1',
        kind,
        metadata: { name, namespace },
        spec,
      }),
    patch: (name: string, patch: object) => bench.kube.call('PATCH', `${path}/applications/${name}`, patch),
    application: async (name: string, isWanted: (application: Application) => boolean) =>
      (await bench.kube.until(
        `${path}/applications`,
        (seen) => seen.metadata.name === name && isWanted(seen as unknown as Application),
        limit(),
      )) as unknown as Application,
  };
}

const source = (path: string) => ({ repositoryRef: { name: 'apps' }, path });
const needs = (namespace: string, name: string) => [{ name, namespace }];
const stranger = (id: string, namespace: string): string =>
  `there is no Application ${id} that lets those of ${namespace} depend on it (its spec.dependents.namespaces)`;

test('a chain over namespaces waits for the consent of each that it depends on, and goes on by the event of it', async () => {
  const here = bench.namespace;
  const there = `${here}-infra`;
  await bench.kube.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: there },
  });
  const infra = elsewhere(there);
  const first = await bench.repository.commit({
    'web/settings.yaml': configMap('web'),
    'certificates/settings.yaml': configMap('certificates'),
    'roots/settings.yaml': configMap('roots'),
  });
  await bench.createRepository();
  await infra.create('Repository', 'apps', { url: bench.repository.url, interval: '1h' });
  // web (here) -> certificates (there) -> roots (here)
  await bench.createApplication('web', { source: source('web'), dependsOn: needs(there, 'certificates') });
  await bench.createApplication('roots', { source: source('roots') });
  await infra.create('Application', 'certificates', {
    source: source('certificates'),
    dependsOn: needs(here, 'roots'),
    dependents: { namespaces: ['others'] },
  });
  // Somebody writes each of them right before it gets its finalizer: no retry comes by a timer here.
  const raced = new Set<string>();
  const client: KubeClient = {
    ...bench.client,
    patch: async (ref, patch, options) => {
      const { finalizers } = (patch as Partial<KubeObject>).metadata ?? {};
      if (finalizers !== undefined && !raced.has(ref.name)) {
        raced.add(ref.name);
        await bench.client.patch(ref, { metadata: { annotations: { raced: 'yes' } } }, { type: 'merge' });
      }
      return bench.client.patch(ref, patch, options);
    },
  };
  // What was broken off is tried again after 5 s, whoever waits looks again after 30; a status waits a moment to be written.
  const controller = bench.start({ everywhere: true, scheduleLooks: timersBelow(2_000), client });

  // Both are there, and neither is told of to those that it has not let in.
  await bench.application('roots', isReadyAt(first));
  const web = await bench.application('web', hasCondition('Synced', 'False', 'DependencyMissing'));
  expect(messageOf(web, 'Synced')).toContain(stranger(`${there}/certificates`, here));
  const held = await infra.application('certificates', hasCondition('Synced', 'False', 'DependencyMissing'));
  expect(messageOf(held, 'Synced')).toContain(stranger(`${here}/roots`, there));

  // One consents: the other waits for it as for any, and then for its own.
  await infra.patch('certificates', { spec: { dependents: { namespaces: [here] } } });
  const waits = await bench.application('web', (seen) => messageOf(seen, 'Synced').includes('is not ready'));
  expect(messageOf(waits, 'Synced')).toContain(`${there}/certificates is not ready: DependencyMissing`);
  await bench.patchApplication('roots', { spec: { dependents: { namespaces: ['*'] } } });
  await infra.application('certificates', isReadyAt(first));
  await bench.application('web', isReadyAt(first));
  expect(raced.size).toBe(3);

  // Taken back, it holds up what comes after it.
  const { metadata } = await infra.patch('certificates', { spec: { dependents: { namespaces: [] } } });
  // The controller has heard of it.
  await infra.application('certificates', ({ status }) => status?.observedGeneration === generationOf(metadata));
  const second = await bench.repository.commit({ 'web/more.yaml': configMap('more') });
  controller.trigger();
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'DependencyMissing'));
  expect(messageOf(refused, 'Synced')).toContain(stranger(`${there}/certificates`, here));
  await infra.patch('certificates', { spec: { dependents: { namespaces: [here] } } });
  await bench.application('web', isReadyAt(second));
});

test('a kind that an aggregated API brings is waited for by event: announced, and then up', async () => {
  const group = 'measures.example.org';
  const storedAs = 'kept.example.net';
  const schema = { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } };
  await bench.client.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${storedAs}` },
    spec: {
      group: storedAs,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  const access = clusterAccess(cluster.kubeconfigPath);
  const api = await openAggregatedApi({ access, client: bench.client, group, storedAs });
  const skip = { 'argocd.argoproj.io/sync-options': 'SkipDryRunOnMissingResource=true' };
  const thing = (size: number, annotations: Record<string, string>): string =>
    JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'one', annotations }, size });
  const first = await bench.repository.commit({
    'patient/thing.yaml': thing(1, skip),
    'patient/settings.yaml': configMap('settings'),
    'strict/thing.yaml': thing(1, {}).replace('"one"', '"two"'),
  });
  await bench.createRepository();
  // Whoever waits looks again after 30 s.
  const controller = bench.start({ scheduleLooks: timersBelow(20_000) });
  for (const path of ['patient', 'strict'])
    await bench.createApplication(path, { source: { repositoryRef: { name: 'apps' }, path } });
  const waits = await bench.application('patient', (seen) => messageOf(seen, 'Synced').includes('waits for'));
  expect(messageOf(waits, 'Synced')).toContain(`the cluster has no kind Thing in ${group}/v1 yet`);
  await bench.application('strict', hasCondition('Synced', 'False', 'KindMissing'));

  // It is announced before it answers, as its server starts.
  const service = await bench.client.create(api.service as never);
  const services = '/apis/apiregistration.k8s.io/v1/apiservices';
  const isAvailable = (status: string) => (seen: Application | object) =>
    (seen as Application).metadata.name === service.metadata.name &&
    hasCondition('Available', status)(seen as Application);
  await bench.kube.until(services, isAvailable('False'), limit());
  api.isUp = true;
  await bench.applications(['patient', 'strict'], isReadyAt(first));
  // All the while it was one sync that waited.
  expect(bench.logged.filter(({ message }) => message.includes('broken off') || message === 'sync failed')).toEqual([]);
  const things = `/apis/${group}/v1/namespaces/${bench.namespace}/things`;
  expect(await bench.kube.call('GET', `${things}/one`)).toMatchObject({ apiVersion: `${group}/v1`, size: 1 });

  // And then it is a kind like any other: its drift is seen, and what goes from Git is pruned.
  await bench.kube.call('PATCH', `${things}/two`, { size: 7 });
  await bench.kube.until(
    things,
    (seen) => seen.metadata.name === 'two' && JSON.stringify(seen).includes('"size":1'),
    limit(),
  );
  const second = await bench.repository.commit({ 'patient/thing.yaml': null });
  controller.trigger();
  await bench.application('patient', isReadyAt(second));
  const { items = [] } = await bench.kube.call('GET', things);
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['two']);
});
