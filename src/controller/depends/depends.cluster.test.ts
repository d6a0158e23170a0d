import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('depends');

const configMap = (name: string, value = '1'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {value: "${value}"}\n`;

interface Spec {
  readonly path: string;
  readonly dependsOn?: readonly object[];
}

const create = (name: string, ...needs: readonly string[]): Promise<void> =>
  bench.createApplication(name, specOf(name, ...needs.map((need) => ({ name: need }))));

function specOf(path: string, ...dependsOn: readonly object[]): object {
  const spec: Spec = { path, dependsOn };
  return { source: { repositoryRef: { name: 'apps' }, path: spec.path }, dependsOn: spec.dependsOn };
}

/** Whether it is the object of `web` as Git has it. */
const isReverted = (seen: SeenObject): boolean => seen.metadata.name === 'web' && seen.data?.value === '1';

/** The configuration maps that were made, the oldest first. */
async function made(): Promise<readonly string[]> {
  const { items = [] } = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps`);
  const names = new Map(items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]));
  names.delete('kube-root-ca.crt');
  return [...names].toSorted(([, one], [, other]) => one - other).map(([name]) => name);
}

const length = 20;
const chain = Array.from({ length }, (_, at) => `app-${String(at).padStart(2, '0')}`);
const chainFiles = (value: string): Record<string, string> =>
  Object.fromEntries(chain.map((name) => [`${name}/settings.yaml`, configMap(name, value)]));
/** Timers that never fire: whoever gets on without them was woken by an event. */
const noTimers = (): (() => void) => () => {};

test('a chain of 20 settles by events alone, in its order, and so does the next commit', async () => {
  const first = await bench.repository.commit(chainFiles('1'));
  await bench.createRepository();
  // The last is created first, so that nothing is in order by chance.
  for (const [at, name] of [...chain.entries()].toReversed()) await create(name, ...chain.slice(at - 1, at));
  const controller = bench.start({ scheduleLooks: noTimers });
  await bench.applications(chain, isReadyAt(first));
  expect(await made()).toEqual(chain);
  const second = await bench.repository.commit(chainFiles('2'));
  controller.trigger();
  await bench.applications(chain, isReadyAt(second));
  // The version of an object counts up with each write: the newest of the chain is the last of it.
  expect(await made()).toEqual(chain);
});

test('a restart in the middle goes on from there', async () => {
  const commit = await bench.repository.commit({ ...chainFiles('1'), 'app-02/settings.yaml': 'kind: nothing\n' });
  await bench.createRepository();
  const names = chain.slice(0, 5);
  for (const [at, name] of names.entries()) await create(name, ...names.slice(Math.max(at - 1, 0), at));
  const controller = bench.start();
  await bench.application('app-01', isReadyAt(commit));
  const held = await bench.application('app-03', hasCondition('Synced', 'False', 'DependencyFailed'));
  expect(messageOf(held, 'Synced')).toContain(`${bench.namespace}/app-02 is not ready: RenderFailed`);
  expect(hasCondition('Reconciling', 'True', 'DependencyFailed')(held)).toBe(true);
  expect(await made()).toEqual(['app-00', 'app-01']);
  await controller.stop();
  const mended = await bench.repository.commit({ 'app-02/settings.yaml': configMap('app-02') });
  bench.start({ scheduleLooks: noTimers });
  await bench.applications(names.slice(2), isReadyAt(mended));
  expect(await made()).toEqual(names);
});

test('a ring is told by all of its members with its whole length, and opens by the change of one', async () => {
  const files = {
    'a/settings.yaml': configMap('a'),
    'b/settings.yaml': configMap('b'),
    'c/settings.yaml': configMap('c'),
  };
  const commit = await bench.repository.commit(files);
  await bench.createRepository();
  await create('a', 'b');
  await create('b', 'c');
  await create('c', 'a');
  bench.start();
  const ring = ['a', 'b', 'c', 'a'].map((name) => `${bench.namespace}/${name}`).join(' -> ');
  const members = await bench.applications(['a', 'b', 'c'], hasCondition('Stalled', 'True', 'DependencyCycle'));
  for (const member of members.values())
    expect(messageOf(member, 'Synced')).toContain(`each waits for the next: ${ring}`);
  expect(await made()).toEqual([]);
  await bench.patchApplication('c', { spec: { dependsOn: null } });
  await bench.applications(['a', 'b', 'c'], isReadyAt(commit));
  expect(await made()).toEqual(['c', 'b', 'a']);
  // It closes again: also those that have nothing to sync say so.
  await bench.patchApplication('c', { spec: { dependsOn: [{ name: 'c' }] } });
  const alone = await bench.application('c', hasCondition('Synced', 'False', 'DependencyCycle'));
  const self = `${bench.namespace}/c`;
  expect(messageOf(alone, 'Synced')).toContain(`each waits for the next: ${self} -> ${self}`);
});

test('a condition is asked of the dependency, by the event of a label; one that is no CEL is told with its place', async () => {
  const commit = await bench.repository.commit({ 'base/s.yaml': configMap('base'), 'web/s.yaml': configMap('web') });
  await bench.createRepository();
  await create('base');
  const condition = "dep.metadata.labels['release'] == 'two' && dep.status.revision == self.spec.wanted";
  await bench.createApplication('web', specOf('web', { name: 'base', condition }));
  const controller = bench.start();
  const invalid = condition.replace('== self.spec.wanted', '==');
  await bench.application('web', hasCondition('Synced', 'False', 'DependencyCondition'));
  await bench.patchApplication('web', { spec: { dependsOn: [{ name: 'base', condition: invalid }] } });
  const broken = await bench.application('web', hasCondition('Stalled', 'True', 'DependencyInvalid'));
  expect(messageOf(broken, 'Synced')).toContain('spec.dependsOn[0].condition');
  expect(messageOf(broken, 'Synced')).toContain(`at column ${invalid.length + 1} of`);
  const valid = `dep.metadata.labels['release'] == 'two' && dep.status.revision == '${commit}'`;
  await bench.patchApplication('web', { spec: { dependsOn: [{ name: 'base', condition: valid }] } });
  const held = await bench.application('web', hasCondition('Synced', 'False', 'DependencyCondition'));
  expect(messageOf(held, 'Synced')).toContain('it reads a field that is not there');
  await bench.patchApplication('base', { metadata: { labels: { release: 'two' } } });
  await bench.application('web', isReadyAt(commit));
  // One that is suspended holds up what comes after it, and says so, until it goes on.
  await bench.patchApplication('web', { spec: { dependsOn: [{ name: 'base' }] } });
  await bench.patchApplication('base', { spec: { suspend: true } });
  const later = await bench.repository.commit({
    'base/s.yaml': configMap('base', '2'),
    'web/s.yaml': configMap('web', '2'),
  });
  controller.trigger();
  const waiting = await bench.application('web', hasCondition('Synced', 'False', 'DependencySuspended'));
  expect(messageOf(waiting, 'Synced')).toContain(`${bench.namespace}/base is suspended (spec.suspend)`);
  expect(waiting.status?.revision).toBe(commit);
  await bench.patchApplication('base', { spec: { suspend: null } });
  await bench.applications(['base', 'web'], isReadyAt(later));
});

test('drift is put back without the dependency, a sync waits for it, and a person may pass it', async () => {
  const first = await bench.repository.commit({ 'web/settings.yaml': configMap('web') });
  await bench.createRepository();
  await create('web');
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const elsewhere = { name: 'base', namespace: `${bench.namespace}-elsewhere` };
  await bench.patchApplication('web', { spec: { dependsOn: [{ name: 'base' }, elsewhere] } });
  const configMaps = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await bench.kube.call('PATCH', `${configMaps}/web`, { data: { value: 'changed' } });
  await bench.kube.until(configMaps, isReverted, limit());
  const second = await bench.repository.commit({ 'web/settings.yaml': configMap('web', '2') });
  controller.trigger();
  const held = await bench.application('web', hasCondition('Synced', 'False', 'DependencyMissing'));
  expect(held.status?.revision).toBe(first);
  expect(messageOf(held, 'Synced')).toContain(`there is no Application ${bench.namespace}/base`);
  expect(messageOf(held, 'Synced')).toContain(`there is no Application ${elsewhere.namespace}/base that lets those of`);
  const request = JSON.stringify({ id: 'past', ignoreDependencies: true });
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': request } } });
  const synced = await bench.application('web', isReadyAt(second));
  expect(synced.status).toMatchObject({ handledSyncRequest: 'past', synced: { by: 'manual' } });
});

test('of those that are deleted together, what depends on another goes first', async () => {
  const held = configMap('web').replace('  name: web', '  name: web\n  finalizers: [example.org/hold]');
  const commit = await bench.repository.commit({ 'base/s.yaml': configMap('base'), 'web/s.yaml': held });
  await bench.createRepository();
  const cascade = { deletionPolicy: 'Cascade' };
  await bench.createApplication('base', { ...specOf('base'), ...cascade });
  await bench.createApplication('web', { ...specOf('web', { name: 'base' }), ...cascade });
  bench.start();
  await bench.applications(['base', 'web'], isReadyAt(commit));
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  for (const name of ['base', 'web'])
    await bench.patchApplication(name, { metadata: { finalizers: ['plumbline.dev/finalizer'] } });
  await bench.kube.call('DELETE', `${applications}/web`);
  await bench.application('web', hasCondition('Synced', 'Unknown', 'Deleting'));
  await bench.kube.call('DELETE', `${applications}/base`);
  const waiting = await bench.application('base', hasCondition('Synced', 'Unknown', 'WaitingForDependents'));
  expect(messageOf(waiting, 'Synced')).toContain(`${bench.namespace}/web`);
  expect(await made()).toContain('base');
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/configmaps/web`, {
    metadata: { finalizers: null },
  });
  for (const name of ['web', 'base']) await bench.kube.untilGone(applications, name, limit());
  expect(await made()).toEqual([]);
});
