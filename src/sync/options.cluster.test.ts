import { expect, test } from 'vitest';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, configMapOf, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

// How objects are written that say so themselves; what is deleted and made anew is in recreate.cluster.test.ts.
const client = clientOfFile();

const argo = (options: string) => ({ 'argocd.argoproj.io/sync-options': options });
const flux = (name: string, value: string) => ({ [`kustomize.toolkit.fluxcd.io/${name}`]: value });
type Annotations = Readonly<Record<string, string>>;

function annotated(object: object, annotations: Annotations): object {
  const { metadata } = object as KubeObject;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

async function configMap(namespace: string, name: string): Promise<KubeObject | undefined> {
  return client.get({ group: '', kind: 'ConfigMap', namespace, name });
}

async function editedByKubectl(namespace: string, kind: string, name: string, patch: object): Promise<void> {
  await client.patch({ group: '', kind, namespace, name }, patch, { type: 'merge', fieldManager: 'kubectl-edit' });
}

const onceOnly = (value: string) => [
  annotated(configMapOf('ours', value), { 'plumbline.dev/write': 'IfNotPresent' }),
  annotated(configMapOf('theirs', value), flux('ssa', 'IfNotPresent')),
];

test('what is only to be made where it is missing is made, and then left to whoever changes it', async () => {
  const namespace = await testNamespace(client, 'options');
  await client.create({ ...configMapOf('theirs', 'theirs'), metadata: { namespace, name: 'theirs' } } as KubeObject);
  const first = await push(client, namespace, onceOnly('git'));
  expect(first.problems).toEqual([]);
  expect(actionsOf(first)).toEqual(['ConfigMap ours created', 'ConfigMap theirs unchanged']);
  expect((await configMap(namespace, 'theirs'))?.data).toEqual({ value: 'theirs' });
  expect((await configMap(namespace, 'theirs'))?.metadata.labels).toBeUndefined();
  await editedByKubectl(namespace, 'ConfigMap', 'ours', { data: { value: 'edited' } });
  const second = await push(client, namespace, onceOnly('later'));
  expect(second.results.map(({ key, action, reason }) => [key.name, action, reason])).toEqual(
    expect.arrayContaining([
      ['ours', 'unchanged', 'exists'],
      ['theirs', 'unchanged', 'exists'],
    ]),
  );
  expect((await configMap(namespace, 'ours'))?.data).toEqual({ value: 'edited' });
  // Who has made it from Git may prune it, and nothing else.
  const third = await push(client, namespace, [configMapOf('other', 'x')], { options: { prune: true } });
  expect(actionsOf(third)).toEqual(['ConfigMap other created', 'ConfigMap ours pruned']);
});

test('what is to be ignored is neither made nor changed, and what says so in the cluster is not pruned', async () => {
  const namespace = await testNamespace(client, 'options');
  await push(client, namespace, [configMapOf('a', 'git'), configMapOf('b', 'git'), configMapOf('c', 'git')]);
  await editedByKubectl(namespace, 'ConfigMap', 'c', { metadata: { annotations: flux('reconcile', 'disabled') } });
  const report = await push(client, namespace, [
    annotated(configMapOf('a', 'later'), flux('ssa', 'Ignore')),
    annotated(configMapOf('b', 'later'), { 'plumbline.dev/ignore': 'true' }),
    annotated(configMapOf('missing', 'later'), flux('reconcile', 'disabled')),
  ]);
  expect(report.outcome).toBe('synced');
  expect(report.results.map(({ key, action, reason }) => [key.name, action, reason])).toEqual([
    ['a', 'unchanged', 'ignored'],
    ['b', 'unchanged', 'ignored'],
    ['missing', 'unchanged', 'ignored'],
  ]);
  expect(report.blocked.map(({ key, reason }) => [key.name, reason])).toEqual([['c', 'kept']]);
  expect((await configMap(namespace, 'a'))?.data).toEqual({ value: 'git' });
  expect(await configMap(namespace, 'missing')).toBeUndefined();
});

test('what is skipped is neither made, changed nor pruned, and is one of the objects again when it is skipped no more', async () => {
  const namespace = await testNamespace(client, 'skipped');
  const skip = { 'argocd.argoproj.io/hook': 'Skip' };
  await push(client, namespace, [configMapOf('a', 'git'), configMapOf('b', 'git')]);
  const uid = (await configMap(namespace, 'a'))?.metadata.uid;
  const skipped = [
    annotated(configMapOf('a', 'later'), skip),
    configMapOf('b', 'git'),
    annotated(configMapOf('missing', 'later'), skip),
  ];
  const report = await push(client, namespace, skipped);
  expect([report.outcome, actionsOf(report), report.blocked]).toEqual(['synced', ['ConfigMap b unchanged'], []]);
  const left = await configMap(namespace, 'a');
  expect([left?.metadata.uid, left?.data]).toEqual([uid, { value: 'git' }]);
  expect(await configMap(namespace, 'missing')).toBeUndefined();
  const again = await push(client, namespace, [configMapOf('a', 'later'), configMapOf('b', 'git')]);
  expect(actionsOf(again)).toEqual(['ConfigMap a configured', 'ConfigMap b unchanged']);
  const gone = await push(client, namespace, [configMapOf('b', 'git')]);
  expect(actionsOf(gone)).toEqual(['ConfigMap a pruned', 'ConfigMap b unchanged']);
});

const labelled = (name: string, value: string): object => {
  const object = configMapOf(name, 'git') as KubeObject;
  return { ...object, metadata: { ...object.metadata, labels: flux('prune', value) } };
};

test('what the live object is annotated with, or labelled as Flux reads it, keeps it from being pruned', async () => {
  const namespace = await testNamespace(client, 'kept');
  await push(client, namespace, [
    labelled('label', 'Disabled'),
    labelled('free', 'enabled'),
    annotated(configMapOf('spaces', 'git'), argo('Prune = False')),
    annotated(configMapOf('own', 'git'), { 'plumbline.dev/prune': 'Disabled' }),
    annotated(configMapOf('helm', 'git'), { 'helm.sh/resource-policy': 'Keep' }),
    configMapOf('live', 'git'),
    configMapOf('other', 'git'),
  ]);
  await editedByKubectl(namespace, 'ConfigMap', 'live', { metadata: { annotations: argo('Prune=false') } });
  const report = await push(client, namespace, [configMapOf('other', 'git')]);
  expect(actionsOf(report)).toEqual(['ConfigMap free pruned', 'ConfigMap other unchanged']);
  expect(report.blocked.map(({ key, reason }) => `${key.name} ${reason}`).toSorted()).toEqual(
    ['helm', 'label', 'live', 'own', 'spaces'].map((name) => `${name} kept`),
  );
});

test('a conflict is told for the object that asks for that, and the other is taken over', async () => {
  const namespace = await testNamespace(client, 'options');
  const objects = (value: string) => [
    configMapOf('forced', value),
    annotated(configMapOf('told', value), { 'plumbline.dev/conflicts': 'report' }),
  ];
  await push(client, namespace, objects('git'));
  for (const name of ['forced', 'told'])
    await editedByKubectl(namespace, 'ConfigMap', name, { data: { value: 'edited' } });
  const told = await push(client, namespace, objects('git'));
  expect(told.problems.map(({ code, where }) => [code, where?.object])).toEqual([
    ['kube.conflict', `ConfigMap ${namespace}/told`],
  ]);
  expect(told.problems[0]?.message).toContain('kubectl-edit');
  const forced = annotated(configMapOf('told', 'git'), { 'plumbline.dev/conflicts': 'force' });
  const taken = await push(client, namespace, [configMapOf('forced', 'git'), forced], {
    options: { prune: true, force: false },
  });
  // The other one has no word of its own, and the conflict in it is told as the whole sync wants it.
  expect(taken.problems.map(({ where }) => where?.object)).toEqual([`ConfigMap ${namespace}/forced`]);
});

test.each([
  ['ours', { 'plumbline.dev/write': 'Override' }],
  ['of Flux', flux('ssa', 'Override')],
])('with Override, %s, what kubectl has set beside Git goes; otherwise it stays', async (_whose, annotations) => {
  const namespace = await testNamespace(client, 'options');
  const objects = [configMapOf('merged', 'git'), annotated(configMapOf('overridden', 'git'), annotations)];
  await push(client, namespace, objects);
  for (const name of ['merged', 'overridden'])
    await editedByKubectl(namespace, 'ConfigMap', name, { data: { extra: 'by hand' } });
  await client.patch(
    { group: '', kind: 'ConfigMap', namespace, name: 'overridden' },
    { data: { other: 'by a controller' } },
    { type: 'merge', fieldManager: 'some-controller' },
  );
  const report = await push(client, namespace, objects);
  expect(actionsOf(report)).toEqual(['ConfigMap merged unchanged', 'ConfigMap overridden configured']);
  expect((await configMap(namespace, 'merged'))?.data).toEqual({ value: 'git', extra: 'by hand' });
  expect((await configMap(namespace, 'overridden'))?.data).toEqual({ value: 'git', other: 'by a controller' });
  const again = await push(client, namespace, objects);
  expect(again.results.map(({ action, reason }) => [action, reason])).toEqual([
    ['unchanged', 'as-desired'],
    ['unchanged', 'as-desired'],
  ]);
});

const service = (more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', annotations: argo('Replace=true') },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }, ...('ports' in more ? [more.ports] : [])] },
});

const spec = (object?: KubeObject) => object?.spec as Readonly<Record<string, unknown>>;

test('with Replace, what Git does not say goes, but for what the server and controllers hold', async () => {
  const namespace = await testNamespace(client, 'options');
  const ref = { group: '', kind: 'Service', namespace, name: 'web' };
  await push(client, namespace, [service({ ports: { name: 'https', port: 443 } })]);
  const before = await client.get(ref);
  await client.patch(
    ref,
    {
      metadata: { labels: { foreign: 'yes' }, finalizers: ['example.dev/held'] },
      spec: { sessionAffinity: 'ClientIP' },
    },
    { type: 'merge', fieldManager: 'some-controller' },
  );
  const report = await push(client, namespace, [service()]);
  expect(report.problems).toEqual([]);
  expect(actionsOf(report)).toEqual(['Service web configured']);
  const after = await client.get(ref);
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(spec(after)['clusterIP']).toBe(spec(before)['clusterIP']);
  expect(spec(after)['ports']).toHaveLength(1);
  expect(spec(after)['sessionAffinity']).toBe('None');
  expect(Object.keys(after?.metadata.labels ?? {})).toEqual(['applyset.kubernetes.io/part-of']);
  expect(after?.metadata.finalizers).toEqual(['example.dev/held']);
  // Equal is proved without a call, as of any object; and what goes from Git goes also when it replaces no more.
  expect((await push(client, namespace, [service()])).results[0]?.reason).toBe('as-desired');
  const bare = { ...service(), metadata: { name: 'web' } };
  await push(client, namespace, [bare]);
  expect((await client.get(ref))?.metadata.annotations ?? {}).toEqual({});
  await client.patch(ref, { metadata: { finalizers: null } }, { type: 'merge' });
});

const pod = (volume: object) => ({
  replicas: 0,
  selector: { matchLabels: { app: 'web' } },
  template: {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx:stable' }], volumes: [{ name: 'data', ...volume }] },
  },
});

test('Replace writes what an apply could not be merged into', async () => {
  const namespace = await testNamespace(client, 'options');
  const metadata = { namespace, name: 'web' };
  const old = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: pod({ emptyDir: {} }) };
  await client.create(old, { fieldManager: 'helm' });
  const wanted = { ...old, spec: pod({ configMap: { name: 'settings' } }) };
  const merged = await push(client, namespace, [wanted]);
  expect(merged.problems.map(({ code, message }) => [code, message])).toEqual([
    ['kube.invalid', expect.stringContaining('may not specify more than 1 volume type')],
  ]);
  const report = await push(client, namespace, [annotated(wanted, { 'plumbline.dev/write': 'Replace' })]);
  expect(report.problems).toEqual([]);
  const key = { group: 'apps', kind: 'Deployment', namespace, name: 'web' };
  const managers = (await client.get(key))?.metadata.managedFields?.filter(
    ({ subresource }) => subresource === undefined,
  );
  expect(managers?.filter(({ manager }) => manager === 'plumbline').map(({ operation }) => operation)).toEqual([
    'Apply',
  ]);
});

test('an object that another set has is left to it, and the rest is synced where that is wished', async () => {
  const namespace = await testNamespace(client, 'options');
  await push(client, namespace, [configMapOf('shared', 'first')], { name: 'first' });
  const objects = [configMapOf('shared', 'second'), configMapOf('own', 'second')];
  const refused = await push(client, namespace, objects, { name: 'second' });
  expect([refused.outcome, ...refused.problems.map(({ code }) => code)]).toEqual(['rejected', 'sync.claimed']);
  expect(await configMap(namespace, 'own')).toBeUndefined();
  const options = { prune: true, shared: 'Skip' } as const;
  const synced = await push(client, namespace, objects, { name: 'second', options });
  expect([synced.outcome, synced.problems]).toEqual(['synced', []]);
  expect(actionsOf(synced)).toEqual(['ConfigMap own created', 'ConfigMap shared skipped']);
  expect((await configMap(namespace, 'shared'))?.data).toEqual({ value: 'first' });
});

test('what is pruned takes along what it owns, or leaves it, as its annotation says', async () => {
  const namespace = await testNamespace(client, 'options');
  const orphaning = annotated(configMapOf('owner', 'x'), argo('PrunePropagationPolicy=orphan'));
  await push(client, namespace, [orphaning, configMapOf('other', 'x')]);
  const uid = (await configMap(namespace, 'owner'))?.metadata.uid ?? '';
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
  await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'child', ownerReferences } });
  await push(client, namespace, [configMapOf('other', 'x')]);
  const signal = limit();
  while ((await configMap(namespace, 'owner')) !== undefined) signal.throwIfAborted();
  expect((await configMap(namespace, 'child'))?.metadata.ownerReferences).toBeUndefined();
});

test('with Foreground, what is pruned stays until what it owns has gone', async () => {
  const namespace = await testNamespace(client, 'options');
  await push(client, namespace, [deployment('web'), configMapOf('other', 'x')]);
  const web = { group: 'apps', kind: 'Deployment', namespace, name: 'web' };
  const signal = limit();
  const replicaSet = async (): Promise<KubeObject | undefined> => {
    for await (const object of client.list({ group: 'apps', kind: 'ReplicaSet' }, { namespace, signal })) return object;
    return undefined;
  };
  let made: KubeObject | undefined;
  while ((made = await replicaSet()) === undefined) signal.throwIfAborted();
  const owned = { ...web, kind: 'ReplicaSet', name: made.metadata.name };
  const hold = (finalizers: readonly string[] | null) =>
    client.patch(owned, { metadata: { finalizers } }, { type: 'merge', fieldManager: 'test' });
  await hold(['example.org/hold']);
  const options = { prune: true, propagation: 'Foreground' } as const;
  const report = await push(client, namespace, [configMapOf('other', 'x')], { options });
  expect(actionsOf(report)).toEqual(['ConfigMap other unchanged', 'Deployment web pruned']);
  while ((await replicaSet())?.metadata.deletionTimestamp === undefined) signal.throwIfAborted();
  expect((await client.get(web, { signal }))?.metadata.finalizers).toEqual(['foregroundDeletion']);
  await hold(null);
  while ((await client.get(web, { signal })) !== undefined) signal.throwIfAborted();
  expect(await replicaSet()).toBeUndefined();
});

test('what is no option is told, and the object is synced without it', async () => {
  const namespace = await testNamespace(client, 'options');
  const report = await push(client, namespace, [annotated(configMapOf('a', 'x'), argo('Validate=false'))]);
  expect(actionsOf(report)).toEqual(['ConfigMap a created']);
  const where = { file: '0.yaml', object: `ConfigMap ${namespace}/a` };
  expect(report.warnings).toEqual([
    expect.objectContaining({ code: 'sync.unknown-option', message: expect.stringContaining('Validate=false'), where }),
  ]);
});
