import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { hookJob, type JobOptions } from '../../../test/support/hooks.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import type { Application } from '../../api/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('deletion-hooks');
const jobs = jobsOfEachTest(bench);

const applications = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
const remove = () => bench.kube.call('DELETE', `${applications()}/web`);
const gone = () => bench.kube.untilGone(applications(), 'web', limit());
const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n';
const files = (...hooks: readonly object[]): Record<string, string> =>
  Object.fromEntries(hooks.map((hook, index) => [`web/hook-${index}.json`, JSON.stringify(hook)]));

/** The objects of a kind that are there and stay, but for the marks of the watch and what every namespace has. */
async function names(path: string): Promise<readonly string[]> {
  const { items = [] } = (await bench.kube.call('GET', path)) as { readonly items?: readonly SeenObject[] };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !name.startsWith('marker-') && name !== 'kube-root-ca.crt')
    .toSorted();
}
const configMaps = () => names(`/api/v1/namespaces/${bench.namespace}/configmaps`);
const jobNames = () => names(`/apis/batch/v1/namespaces/${bench.namespace}/jobs`);

/** Lets the pods run that wait for a node of this test. */
async function openNode(label: string): Promise<void> {
  const { items = [] } = (await bench.kube.call('GET', '/api/v1/nodes')) as { readonly items?: readonly SeenObject[] };
  const path = `/api/v1/nodes/${items[0]?.metadata.name}`;
  await bench.kube.call('PATCH', path, { metadata: { labels: { [label]: 'here' } } });
}

/** An Application that is ready, with these hooks. */
async function deploy(deletionPolicy: 'Cascade' | 'Orphan', ...hooks: readonly object[]) {
  const commit = await bench.repository.commit({ 'web/settings.yaml': settings, ...files(...hooks) });
  await bench.createRepository();
  await bench.createApplication('web', {
    source: { repositoryRef: { name: 'apps' }, path: 'web' },
    deletionPolicy,
  });
  const controller = bench.start();
  return { controller, ready: await bench.application('web', isReadyAt(commit)) };
}

const saysOf = (text: string) => (seen: Application) => messageOf(seen, 'Synced').startsWith(text);
const wave = (value: string, more: JobOptions = {}): JobOptions => ({
  ...more,
  annotations: { ...more.annotations, 'argocd.argoproj.io/sync-wave': value },
});

test('hooks run before anything is deleted, none of a sync beside them, and after all is gone; nothing of them is left', async () => {
  const [before, after] = [`example.dev/before-${bench.namespace}`, `example.dev/after-${bench.namespace}`];
  // What is made in a namespace of the Application itself needs it until it has ended.
  const inside = `${bench.namespace}-inside`;
  const late = hookJob('late', 'PostDelete', { node: after }) as { readonly metadata: object };
  const backup = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'backup', annotations: { 'plumbline.dev/hook': 'PreDelete' } },
  };
  const keepsake = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'keepsake', annotations: { 'plumbline.dev/delete': 'confirm' } },
  };
  const { controller, ready } = await deploy(
    'Cascade',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: inside } },
    keepsake,
    hookJob('first', 'PreDelete'),
    hookJob('second', 'PreDelete', wave('1', { node: before })),
    backup,
    hookJob('tested', '', { annotations: { 'helm.sh/hook': 'test' } }),
    hookJob('tried', '', { annotations: { 'helm.sh/hook': 'test-success' } }),
    hookJob('after', '', { annotations: { 'helm.sh/hook': 'post-delete' } }),
    { ...late, metadata: { ...late.metadata, namespace: inside } },
  );
  expect(ready.status?.deleteHooks).toEqual(['PreDelete', 'PostDelete']);
  expect(ready.status?.synced?.objects).toBe(3);
  expect(await jobs.runs()).toEqual({});

  // The hook of a sync that is under way, which takes its time to end.
  const slow = hookJob('slow', 'PostSync', { ends: 'never' }) as { readonly metadata: object };
  const lasting = { ...slow, metadata: { ...slow.metadata, finalizers: ['example.dev/held'] } };
  await bench.repository.commit({ 'web/slow.json': JSON.stringify(lasting) });
  controller.trigger();
  await bench.application('web', (seen) => messageOf(seen, 'Synced').includes(`${bench.namespace}/slow: `));
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 1 } } });
  await remove();
  await bench.application('web', (seen) =>
    /^the end of PreDelete waits for:\nbatch.Job \S+\/slow: a sync has begun it: it is being deleted.*\/held/.test(
      messageOf(seen, 'Synced'),
    ),
  );
  expect(await jobs.runs()).toEqual({ slow: 1 });
  await bench.kube.call('PATCH', `/apis/batch/v1/namespaces/${bench.namespace}/jobs/slow`, {
    metadata: { finalizers: null },
  });

  const second = `the end of PreDelete waits for:\nbatch/Job ${bench.namespace}/second: it is Progressing`;
  const waiting = await bench.application('web', saysOf(second));
  expect(waiting.status?.operation).toMatchObject({ by: 'deletion', phase: 'PreDelete' });
  expect(waiting.status?.operation?.done).toHaveLength(2);
  expect(messageOf(waiting, 'Synced')).toContain(
    `kubectl annotate application web -n ${bench.namespace} plumbline.dev/skipDeleteHooks=true`,
  );
  expect(await configMaps()).toEqual(['keepsake', 'settings']);
  expect(await jobs.runs()).toEqual({ slow: 1, first: 1, second: 1 });

  // Then it is asked and limited like any deletion, before what comes after all of it.
  await openNode(before);
  const asking = await bench.application('web', ({ status }) => status?.approval !== undefined);
  expect(messageOf(asking, 'Synced')).toContain('/settings: its deletion waits, as no more than 1 may');
  await bench.patchApplication('web', {
    metadata: { annotations: { 'plumbline.dev/approvePrune': asking.status?.approval?.token } },
  });
  await bench.application('web', (seen) => messageOf(seen, 'Synced').includes('its deletion and 1 more wait'));
  expect(await configMaps()).toEqual(['keepsake', 'settings']);
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 100_000 } } });
  await bench.application('web', saysOf('the end of PostDelete waits for:\nbatch/Job'));
  expect(await configMaps()).toEqual([]);
  expect(await names(`/apis/batch/v1/namespaces/${inside}/jobs`)).toEqual(['late']);

  await openNode(after);
  await gone();
  expect(await jobs.runs()).toEqual({ slow: 1, first: 1, second: 1, after: 1 });
  expect(await jobNames()).toEqual([]);
  // What a hook has made and no policy takes away stays: it may be all that is left.
  expect(await names(`/api/v1/namespaces/${bench.namespace}/secrets`)).toContain('backup');
});

test('a hook that fails holds the deletion; mended in Git it runs again, and those that had succeeded do not', async () => {
  const { controller } = await deploy(
    'Cascade',
    hookJob('first', 'PreDelete'),
    hookJob('second', 'PreDelete', wave('1', { ends: 'Failed' })),
    hookJob('after', 'PostDelete', { ends: 'Failed' }),
  );
  await remove();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'DeletionFailed'));
  expect(messageOf(failed, 'Synced')).toContain(`batch/Job ${bench.namespace}/second: the hook has failed`);
  expect(messageOf(failed, 'Synced')).toContain('plumbline.dev/skipDeleteHooks=true');
  expect(await configMaps()).toEqual(['settings']);
  await bench.repository.commit({ 'web/hook-1.json': JSON.stringify(hookJob('second', 'PreDelete', wave('1'))) });
  controller.trigger();
  const isAfter = (seen: Application) => messageOf(seen, 'Synced').includes(`${bench.namespace}/after: the hook`);
  await bench.application('web', isAfter);
  expect(await configMaps()).toEqual([]);
  expect((await jobs.runs()).first).toBe(1);
  // Who does not want to wait for it any more says so.
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/skipDeleteHooks': 'true' } } });
  await gone();
  expect(await jobNames()).toEqual([]);
});

test('what went from Git with its Application is deleted with the hooks that were synced last', async () => {
  const { controller } = await deploy('Cascade', hookJob('before', 'PreDelete'), hookJob('after', 'PostDelete'));
  await bench.repository.commit({
    'other.yaml': settings,
    'web/settings.yaml': null,
    'web/hook-0.json': null,
    'web/hook-1.json': null,
  });
  controller.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  await remove();
  await gone();
  expect(await jobs.runs()).toEqual({ before: 1, after: 1 });
});

test('without its repository, hooks that are to run are waited for, with a way out; without hooks nothing is', async () => {
  const { controller } = await deploy('Cascade', hookJob('before', 'PreDelete'));
  await bench.createApplication('plain', {
    source: { repositoryRef: { name: 'apps' }, path: 'plain' },
    deletionPolicy: 'Cascade',
  });
  const plain = await bench.repository.commit({ 'plain/other.yaml': settings.replace('settings', 'other') });
  controller.trigger();
  const ready = await bench.application('plain', isReadyAt(plain));
  expect(ready.status?.deleteHooks).toBeUndefined();
  await controller.stop();
  const repositories = applications().replace('applications', 'repositories');
  await bench.kube.call('DELETE', `${repositories}/apps`);
  await bench.kube.untilGone(repositories, 'apps', limit());
  await remove();
  await bench.kube.call('DELETE', `${applications()}/plain`);
  bench.start();
  await bench.kube.untilGone(applications(), 'plain', limit());
  const held = await bench.application('web', hasCondition('Synced', 'False', 'DeletionFailed'));
  expect(messageOf(held, 'Synced')).toContain('controller.delete-hooks-unknown');
  expect(messageOf(held, 'Synced')).toContain('controller.repository-missing');
  expect(messageOf(held, 'Synced')).toContain('plumbline.dev/skipDeleteHooks=true');
  expect(await configMaps()).toEqual(['settings']);
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/skipDeleteHooks': 'true' } } });
  await gone();
  expect(await configMaps()).toEqual([]);
  expect(await jobs.runs()).toEqual({});
});

const left = (name: string, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade', ...annotations } },
});

test('what hooks of syncs have left goes with the Application, but for what is kept and what holds more', async () => {
  const namespace = { ...left(`${bench.namespace}-made`), kind: 'Namespace' };
  await deploy(
    'Cascade',
    left('goes'),
    left('kept', { 'helm.sh/resource-policy': 'keep' }),
    left('stays', { 'argocd.argoproj.io/sync-options': 'Delete=false' }),
    left('pruned', { 'argocd.argoproj.io/sync-options': 'Prune=false' }),
    namespace,
  );
  expect(await configMaps()).toEqual(['goes', 'kept', 'pruned', 'settings', 'stays']);
  await remove();
  await gone();
  expect(await configMaps()).toEqual(['kept', 'stays']);
  const made = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}-made`);
  expect(made.metadata.deletionTimestamp).toBeUndefined();
  expect(made.metadata.labels?.['applyset.kubernetes.io/part-of']).toBeUndefined();
});

test('where the objects stay, no hook of a deletion runs', async () => {
  await deploy('Orphan', hookJob('before', 'PreDelete'), hookJob('after', 'PostDelete'));
  await remove();
  await gone();
  expect(await configMaps()).toEqual(['settings']);
  expect(await jobs.runs()).toEqual({});
});

const hook = (name: string, phase: string, namespace: string, order = '0') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, annotations: { 'plumbline.dev/hook': phase, 'plumbline.dev/sync-wave': order } },
});
const path = (namespace: string) => `/api/v1/namespaces/${namespace}`;

test('hooks in namespaces that go, or have gone, are passed over alone; the others wait as the Application judges them, also after a restart', async () => {
  const [going, lost] = [`${bench.namespace}-going`, `${bench.namespace}-lost`];
  for (const name of [going, lost])
    await bench.kube.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const { controller } = await deploy(
    'Cascade',
    hook('past', 'PreDelete', going),
    hook('lost', 'PreDelete', lost),
    hook('slow', 'PreDelete', bench.namespace),
    hook('next', 'PreDelete', bench.namespace, '1'),
  );
  // Whatever is in it keeps it on its way.
  const holder = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'holder', finalizers: ['example.dev/held'] },
  };
  await bench.kube.call('POST', `${path(going)}/configmaps`, holder);
  for (const name of [going, lost]) await bench.kube.call('DELETE', path(name));
  await bench.kube.untilGone('/api/v1/namespaces', lost, limit());

  // A sync is refused as a whole for one that it could not run, and says so.
  await bench.repository.commit({
    'web/settings.yaml': `${settings}data: {value: two}\n`,
    'web/early.json': JSON.stringify(hook('early', 'PreSync', going)),
  });
  controller.trigger();
  const told = await bench.application('web', hasCondition('Synced', 'False', 'Rejected'));
  expect(messageOf(told, 'Synced')).toContain(`ConfigMap ${going}/early`);
  expect(messageOf(told, 'Synced')).toContain('kube.namespace-terminating');
  expect(await configMaps()).toEqual(['settings']);

  const progressing = "object.metadata.name == 'slow' && !has(object.data)";
  const judgedAs = (message: string) => ({ kind: 'ConfigMap', progressing, message: `'${message}'` });
  const waitsFor = (message: string): string =>
    `the end of PreDelete waits for:\nConfigMap ${bench.namespace}/slow: it is Progressing: ${message}`;
  await bench.patchApplication('web', { spec: { health: { rules: [judgedAs('one')] } } });
  await remove();
  await bench.application('web', saysOf(waitsFor('one')));
  const events = `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`;
  const isTold = (seen: SeenObject): boolean =>
    ['HooksPassedOver', `ConfigMap ${going}/past`, `ConfigMap ${lost}/lost`].every((text) =>
      JSON.stringify(seen).includes(text),
    );
  await bench.kube.until(events, isTold, limit());
  await controller.stop();
  await bench.patchApplication('web', { spec: { health: { rules: [judgedAs('two')] } } });
  bench.start();
  await bench.application('web', saysOf(waitsFor('two')));
  expect(await configMaps()).toEqual(['settings', 'slow']);
  await bench.kube.call('PATCH', `${path(bench.namespace)}/configmaps/slow`, { data: { done: 'yes' } });
  await gone();
  // What hooks have made stays, but for those of which nothing could be made.
  expect(await configMaps()).toEqual(['next', 'slow']);
  await bench.kube.call('PATCH', `${path(going)}/configmaps/holder`, { metadata: { finalizers: null } });
});
