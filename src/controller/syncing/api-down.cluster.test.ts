import { randomUUID } from 'node:crypto';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openAggregatedApi, type AggregatedApi } from '../../../test/support/aggregated-api.ts';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { connect } from '../../../test/support/kube-call.ts';
import { testClient } from '../../../test/support/kube-client.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, wholeFile } from '../../../test/support/scene.ts';
import type { Application } from '../../api/index.ts';
import { startCluster } from '../../local/index.ts';
import { schedule } from '../schedule.ts';

// An API that another server brings is met by all who ask for what there is: a cluster of its own.
const cluster = wholeFile(startCluster, (opened) => opened.stop());
const admin = wholeFile(
  () => testClient({ kubeconfig: cluster.kubeconfigPath }),
  (opened) => opened.close(),
);
const kube = wholeFile(
  async () => connect(clusterAccess(cluster.kubeconfigPath)),
  (opened) => opened.close(),
);
const bench = controllerOfEachTest('down', { kubeconfig: () => cluster.kubeconfigPath });

const services = '/apis/apiregistration.k8s.io/v1/apiservices';
let group: string;
let storedAs: string;
let api: AggregatedApi;

beforeEach(async () => {
  group = `${bench.namespace}.example.org`;
  storedAs = `${bench.namespace}.example.net`;
  const schema = { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } };
  await admin.create({
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
  api = await openAggregatedApi({ access: clusterAccess(cluster.kubeconfigPath), client: admin, group, storedAs });
  await admin.create(api.service as never);
  const name = `v1.${group}`;
  // The next test is not to meet it.
  onTestFinished(async () => {
    await kube.call('DELETE', `${services}/${name}`).catch(() => undefined);
  });
});

/** The API comes or goes, and the API server has noticed: it looks at once where its APIService changes. */
async function turn(isUp: boolean): Promise<void> {
  api.isUp = isUp;
  const name = `v1.${group}`;
  await kube.call('PATCH', `${services}/${name}`, { metadata: { annotations: { touched: randomUUID() } } });
  const isSo = hasCondition('Available', isUp ? 'True' : 'False');
  await kube.until(services, (seen) => seen.metadata.name === name && isSo(seen as unknown as Application), limit());
}

/** Whoever waits looks again after 30 s by itself. Without that, whoever gets on was woken by an event. */
const scheduleLooks = (milliseconds: number, callback: () => void): (() => void) =>
  milliseconds < 20_000 ? schedule(milliseconds, callback) : () => undefined;

const thing = (size: number, name = 'one', annotations: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name, annotations }, size });
const configMap = (name: string, value = 'x', annotations: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { value } });
const later = { 'plumbline.dev/sync-wave': '1' };
const configMaps = (): string => `/api/v1/namespaces/${bench.namespace}/configmaps`;
/** Where the objects of the API really are: they can be seen there also while it is down. */
const stored = (): string => `/apis/${storedAs}/v1/namespaces/${bench.namespace}/things`;
const source = { repositoryRef: { name: 'apps' }, path: 'app' };

async function names(path: string): Promise<readonly string[]> {
  const { items = [] } = await kube.call('GET', path);
  return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
}
const untilValue = (name: string, value: string) =>
  kube.until(configMaps(), (seen) => seen.metadata.name === name && seen.data?.['value'] === value, limit());

/** An Application that is synced, with two objects of the API and two others. */
async function deploy(spec: object = {}) {
  await turn(true);
  const commit = await bench.repository.commit({
    'app/one.yaml': thing(1),
    'app/two.yaml': thing(2, 'two'),
    'app/settings.yaml': configMap('settings'),
    'app/old.yaml': configMap('old'),
  });
  await bench.createRepository();
  const controller = bench.start({ scheduleLooks });
  await bench.createApplication('app', { source, ...spec });
  await bench.application('app', isReadyAt(commit));
  return { controller, commit };
}
const isDown = hasCondition('Synced', 'False', 'ApiUnavailable');
const says = (text: string) => (seen: Application) => messageOf(seen, 'Synced').includes(text);

test('the first sync: all else is applied, what comes in later waves waits, and the rest follows by event', async () => {
  await turn(false);
  const commit = await bench.repository.commit({
    'app/one.yaml': thing(1),
    'app/settings.yaml': configMap('settings'),
    'app/later.yaml': configMap('later', 'x', later),
  });
  await bench.createRepository();
  bench.start({ scheduleLooks });
  await bench.createApplication('app', { source });
  const waits = await bench.application('app', says('waits for'));
  expect(messageOf(waits, 'Synced')).toContain(
    `${group}/Thing ${bench.namespace}/one: the API ${group}/v1 does not answer`,
  );
  expect(messageOf(waits, 'Ready')).toContain('kube.api-unavailable');
  expect(messageOf(waits, 'Ready')).toContain('kubectl get apiservices');
  expect(await names(configMaps())).toEqual(['settings']);

  await turn(true);
  await bench.application('app', isReadyAt(commit));
  expect(await names(configMaps())).toEqual(['later', 'settings']);
  expect(await names(stored())).toEqual(['one']);
});

test('an API that goes down under a synced Application stops only its own objects, and what was changed follows when it is back', async () => {
  const { controller } = await deploy();
  await turn(false);
  const down = await bench.application('app', isDown);
  expect(messageOf(down, 'Synced')).toContain(
    `the API ${group}/v1 does not answer: its objects (Thing.${group}) are left as they are until it does`,
  );
  expect(messageOf(down, 'Synced')).toContain('kube.api-unavailable');
  expect(down.status?.health).toBe('Unknown');
  expect(messageOf(down, 'Healthy')).toContain(`the API ${group}/v1 does not answer`);
  expect(hasCondition('Drifted', 'False')(down)).toBe(true);

  // What is not of it is synced, pruned and put back as ever, and that commit is synced.
  const second = await bench.repository.commit({
    'app/settings.yaml': configMap('settings', 'second'),
    'app/old.yaml': null,
  });
  controller.trigger();
  await untilValue('settings', 'second');
  await kube.untilGone(configMaps(), 'old', limit());
  await bench.application('app', (seen) => isDown(seen) && seen.status?.revision === second);
  await kube.call('PATCH', `${configMaps()}/settings`, { data: { value: 'theirs' } });
  await untilValue('settings', 'second');

  // An object of it that Git has changed is waited for, and keeps back what comes after all: the prune.
  const third = await bench.repository.commit({
    'app/one.yaml': thing(7),
    'app/settings.yaml': configMap('settings', 'third'),
    'app/two.yaml': null,
  });
  controller.trigger();
  await untilValue('settings', 'third');
  await bench.application('app', says(`${group}/Thing ${bench.namespace}/one: the API ${group}/v1 does not answer`));
  expect(await kube.call('GET', `${stored()}/one`)).toMatchObject({ size: 1 });
  await turn(true);
  await bench.application('app', isReadyAt(third));
  expect(await kube.call('GET', `${stored()}/one`)).toMatchObject({ size: 7 });
  expect(await names(stored())).toEqual(['one']);
  expect(await names(configMaps())).toEqual(['settings']);
});

test('a controller that starts while it is down forgets nothing: what Git no longer has is pruned when it is back', async () => {
  const { controller, commit } = await deploy({ sync: { pruneLimit: { percent: 100 } } });
  await turn(false);
  await bench.application('app', isDown);
  await controller.stop();
  // Nor does the API server remember the kinds that it had.
  await cluster.kill('kube-apiserver');
  await cluster.whenReady(limit());
  const fresh = await testClient({ kubeconfig: cluster.kubeconfigPath });
  onTestFinished(() => fresh.close());
  const next = bench.start({ scheduleLooks, client: fresh });
  // The drift of others is put back.
  await kube.call('PATCH', `${configMaps()}/settings`, { data: { value: 'theirs' } });
  await untilValue('settings', 'x');
  const reverted = await bench.application('app', ({ status }) => (status?.drift?.reverted ?? 0) > 0);
  const { health, drift } = reverted.status ?? {};
  expect([isDown(reverted), health, drift?.objects]).toEqual([true, 'Unknown', 0]);
  const { objects = [] } = next.views()?.objects(bench.namespace, 'app') ?? {};
  expect(objects.map((one) => [one.key.name, one.sync, one.reason, one.health.status])).toEqual([
    ['old', 'Synced', undefined, 'Healthy'],
    ['settings', 'Synced', undefined, 'Healthy'],
    ['one', 'Unknown', 'unreachable', 'Unknown'],
    ['two', 'Unknown', 'unreachable', 'Unknown'],
  ]);

  const second = await bench.repository.commit({ 'app/one.yaml': null, 'app/two.yaml': null, 'app/old.yaml': null });
  next.trigger();
  await kube.untilGone(configMaps(), 'old', limit());
  const after = await bench.application('app', (seen) => isDown(seen) && seen.status?.revision === second);
  expect(after.metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds']).toContain(`Thing.${group}`);
  expect(after.status?.revision).not.toBe(commit);
  // An API server that has started a moment ago makes its storage of a definition anew: until then it answers 429.
  await kube.until(stored(), ({ metadata }) => metadata.name === 'two', limit());
  expect(await names(stored())).toEqual(['one', 'two']);
  await turn(true);
  await bench.application('app', isReadyAt(second));
  expect(await names(stored())).toEqual([]);
  expect(await names(configMaps())).toEqual(['settings']);
});

test('a deletion takes all else, says what it waits for, and ends when the API is back', async () => {
  const { controller } = await deploy({ deletionPolicy: 'Cascade' });
  await turn(false);
  await bench.application('app', isDown);
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await kube.call('DELETE', `${applications}/app`);
  await kube.untilGone(configMaps(), 'settings', limit());
  await kube.untilGone(configMaps(), 'old', limit());
  // Seen before, they are known by name; after a start, by their kind.
  const known = await bench.application(
    'app',
    says(`${group}/Thing ${bench.namespace}/one: the API ${group}/v1 does not`),
  );
  expect(messageOf(known, 'Synced')).toContain('kubectl get apiservices');
  await controller.stop();
  const fresh = await testClient({ kubeconfig: cluster.kubeconfigPath });
  onTestFinished(() => fresh.close());
  bench.start({ scheduleLooks, client: fresh });
  const held = await bench.application('app', says(`${group}/Thing *: the API ${group}/v1 does not answer`));
  expect(held.metadata.finalizers).not.toEqual([]);
  expect(await names(stored())).toEqual(['one', 'two']);
  await turn(true);
  await kube.untilGone(applications, 'app', limit());
  expect(await names(stored())).toEqual([]);
});

test('an API that is given up, by the deletion of its APIService, is waited for no longer', async () => {
  await deploy({ deletionPolicy: 'Cascade' });
  await turn(false);
  await bench.application('app', isDown);
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await kube.call('DELETE', `${applications}/app`);
  await bench.application('app', says(`the API ${group}/v1 does not answer`));
  await kube.call('DELETE', `${services}/v1.${group}`);
  await kube.untilGone(applications, 'app', limit());
  expect(await names(stored())).toEqual(['one', 'two']);
});
