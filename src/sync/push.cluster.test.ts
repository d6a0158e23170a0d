import { expect, test } from 'vitest';
import { namespaceName } from '../../test/support/cluster.ts';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, configMapOf, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeClient } from '../kube/index.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { applySetId, diffPush, formatUnified, pushParent } from './index.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

function ref(namespace: string, kind: string, name: string, group = ''): ObjectKey {
  return { group, kind, namespace, name };
}

function read(namespace: string, kind: string, name: string, group = ''): Promise<KubeObject | undefined> {
  return client.get(ref(namespace, kind, name, group));
}

const web = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } },
  configMapOf('web', 'a'),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { password: 'hunter2' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  deployment('web'),
];

test('objects are created, left, changed and removed', async () => {
  const namespace = await testNamespace(client, 'push');
  const first = await push(client, namespace, web);
  expect(first.problems).toEqual([]);
  expect(actionsOf(first)).toEqual([
    'ConfigMap web created',
    'Deployment web created',
    'Secret web created',
    'Service web created',
    'ServiceAccount web created',
  ]);
  const id = applySetId(pushParent(namespace, 'set'));
  const stored = await read(namespace, 'Deployment', 'web', 'apps');
  expect(stored?.metadata.labels?.['applyset.kubernetes.io/part-of']).toBe(id);
  const parent = await read(namespace, 'ConfigMap', 'set');
  expect(parent?.metadata.labels).toEqual({ 'applyset.kubernetes.io/id': id });
  expect(parent?.metadata.annotations).toEqual({
    'applyset.kubernetes.io/tooling': 'plumbline/v0.0.0',
    'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps,Secret,Service,ServiceAccount',
    'applyset.kubernetes.io/additional-namespaces': '',
  });

  const before = client.counters.requests;
  const writes = (): number => (client.counters.requests['apply'] ?? 0) - (before['apply'] ?? 0);
  const again = await push(client, namespace, web);
  expect(actionsOf(again).every((action) => action.endsWith('unchanged'))).toBe(true);
  // Nothing was recorded anywhere: the live objects alone prove that an apply would change nothing.
  expect(writes()).toBe(0);

  const changed = [...web.slice(0, 1), configMapOf('web', 'b'), deployment('web', { replicas: 1 })];
  const third = await push(client, namespace, changed);
  expect(actionsOf(third)).toEqual([
    'ConfigMap web configured',
    'Deployment web configured',
    'Secret web pruned',
    'Service web pruned',
    'ServiceAccount web unchanged',
  ]);
  expect(await read(namespace, 'Secret', 'web')).toBeUndefined();
  expect((await read(namespace, 'ConfigMap', 'web'))?.data).toEqual({ value: 'b' });
  expect(
    (await read(namespace, 'ConfigMap', 'set'))?.metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds'],
  ).toBe('ConfigMap,Deployment.apps,ServiceAccount');
});

test('what the server writes differently is found equal all the same', async () => {
  const namespace = await testNamespace(client, 'push');
  const container = {
    name: 'web',
    image: 'nginx',
    resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
    args: [],
  };
  const spec = { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } } };
  const objects = [deployment('web', spec)];
  const first = await push(client, namespace, objects);
  const version = (await read(namespace, 'Deployment', 'web', 'apps'))?.metadata.generation;
  const again = await push(client, namespace, objects);
  expect([first.outcome, ...actionsOf(again)]).toEqual(['synced', 'Deployment web unchanged']);
  expect((await read(namespace, 'Deployment', 'web', 'apps'))?.metadata.generation).toBe(version);
});

test('what others write while an object is applied is not taken for a change', async () => {
  const namespace = await testNamespace(client, 'push');
  const container = { name: 'web', image: 'nginx', resources: { limits: { cpu: '1000m' } } };
  const spec = { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } } };
  const objects = [deployment('web', spec)];
  await push(client, namespace, objects);
  const key = { group: 'apps', kind: 'Deployment', namespace, name: 'web' };
  const crowded: KubeClient = {
    ...client,
    discovery: client.discovery,
    apply: async (object, options) => {
      if (object.kind === 'Deployment') {
        await client.patch(
          key,
          { metadata: { annotations: { seen: 'yes' } } },
          { type: 'merge', fieldManager: 'other' },
        );
      }
      return client.apply(object, options);
    },
  };
  expect(actionsOf(await push(crowded, namespace, objects))).toEqual(['Deployment web unchanged']);
});

test('everything that is wrong is told at once, with object and field, and the cluster is as before', async () => {
  const namespace = await testNamespace(client, 'push');
  await push(client, namespace, [configMapOf('kept', 'a')]);
  const report = await push(client, namespace, [
    configMapOf('kept', 'b'),
    configMapOf('Bad_Name', 'a'),
    { ...configMapOf('typo', 'a'), dta: { x: 'y' }, dat: 1, daa: [] },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 99_999 }, { port: 80 }] } },
    deployment('web', { replicas: 'two' }),
  ]);
  expect(report.outcome).toBe('rejected');
  const told = report.problems.map(({ where }) => [
    where?.file,
    where?.object?.replace(`${namespace}/`, ''),
    where?.field,
  ]);
  expect(told).toEqual(
    expect.arrayContaining([
      ['1.yaml', 'ConfigMap Bad_Name', 'metadata.name'],
      ['2.yaml', 'ConfigMap typo', 'dta'],
      ['2.yaml', 'ConfigMap typo', 'dat'],
      ['2.yaml', 'ConfigMap typo', 'daa'],
      ['3.yaml', 'Service s', 'spec.ports[0].port'],
      ['3.yaml', 'Service s', 'spec.ports[0].name'],
      ['4.yaml', 'apps/Deployment web', 'spec.replicas'],
    ]),
  );
  expect((await read(namespace, 'ConfigMap', 'kept'))?.data).toEqual({ value: 'a' });
  expect(await read(namespace, 'ConfigMap', 'typo')).toBeUndefined();
});

test('a definition and its objects come in one set, and go in the right order', async () => {
  const namespace = await testNamespace(client, 'push');
  const group = `${namespace}.example.dev`;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } },
            },
          },
        },
      ],
    },
  };
  const widget = (size: number): object => ({
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: { size },
  });
  const first = await push(client, namespace, [widget(3), definition, configMapOf('a', 'b')]);
  expect(first.problems).toEqual([]);
  expect(actionsOf(first)).toEqual([
    'ConfigMap a created',
    `CustomResourceDefinition widgets.${group} created`,
    'Widget w created',
  ]);
  const again = await push(client, namespace, [widget(3), definition, configMapOf('a', 'b')]);
  expect(actionsOf(again).every((action) => action.endsWith('unchanged'))).toBe(true);
  const bad = await push(client, namespace, [widget(0), definition, configMapOf('a', 'c')]);
  expect([bad.outcome, bad.problems.map(({ where }) => where?.field)]).toEqual(['rejected', ['spec.size']]);

  // A widget of somebody else keeps the definition, and with it that widget.
  await client.create({ ...(widget(1) as KubeObject), metadata: { name: 'theirs', namespace } });
  const kept = await push(client, namespace, [configMapOf('a', 'b')]);
  expect(kept.blocked.map(({ id, reason, message }) => [id, reason, message])).toEqual([
    [
      `apiextensions.k8s.io/CustomResourceDefinition widgets.${group}`,
      'holds-others',
      `it still holds objects of others: ${group}/Widget ${namespace}/theirs`,
    ],
  ]);
  expect(actionsOf(kept)).toEqual(['ConfigMap a unchanged', 'Widget w pruned']);
  await client.delete({ ...ref(namespace, 'Widget', 'theirs', group) });
  const gone = await push(client, namespace, [configMapOf('a', 'b')]);
  expect(actionsOf(gone)).toEqual(['ConfigMap a unchanged', `CustomResourceDefinition widgets.${group} pruned`]);
});

test('a namespace and what lives in it come in one set', async () => {
  const home = await testNamespace(client, 'push');
  const other = namespaceName('push-new');
  const inside = (value: string): object => ({
    ...configMapOf('inside', value),
    metadata: { name: 'inside', namespace: other },
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } };
  const report = await push(client, home, [inside('a'), namespace]);
  expect(report.problems).toEqual([]);
  expect(actionsOf(report)).toEqual(['ConfigMap inside created', `Namespace ${other} created`]);
  const parent = await read(home, 'ConfigMap', 'set');
  expect(parent?.metadata.annotations?.['applyset.kubernetes.io/additional-namespaces']).toBe(other);
  // An object of somebody else keeps the namespace.
  await client.create({
    ...(configMapOf('theirs', 'x') as KubeObject),
    metadata: { name: 'theirs', namespace: other },
  });
  const kept = await push(client, home, [configMapOf('a', 'b')]);
  expect(kept.blocked.map(({ id, reason }) => [id, reason])).toEqual([[`Namespace ${other}`, 'holds-others']]);
  expect(kept.blocked[0]?.message).toBe(`it still holds objects of others: ConfigMap ${other}/theirs`);
  expect(await read(other, 'ConfigMap', 'inside')).toBeUndefined();
  expect((await read('', 'Namespace', other))?.metadata.deletionTimestamp).toBeUndefined();
});

test('an object that only its own stage can try is refused there, and nothing after it happens', async () => {
  const home = await testNamespace(client, 'push');
  const other = namespaceName('push-new');
  await push(client, home, [configMapOf('old', 'a'), configMapOf('kept', 'a')]);
  const report = await push(client, home, [
    configMapOf('kept', 'a'),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } },
    { ...configMapOf('x', 'y'), metadata: { name: 'Bad_Name', namespace: other } },
    { ...deployment('web'), metadata: { name: 'web', namespace: other } },
  ]);
  expect(report.outcome).toBe('failed');
  expect(actionsOf(report)).toEqual([
    'ConfigMap Bad_Name failed',
    'ConfigMap kept unchanged',
    'Deployment web skipped',
    `Namespace ${other} created`,
  ]);
  expect(await read(home, 'ConfigMap', 'old')).toBeDefined();
});

test('a missing namespace is created where that is asked for', async () => {
  const namespace = namespaceName('push-new');
  const refused = await push(client, namespace, [configMapOf('a', 'b')]).catch(String);
  expect(refused).toContain('namespace');
  const report = await push(client, namespace, [configMapOf('a', 'b'), deployment('web')], {
    options: { prune: true, createNamespace: namespace },
  });
  expect(report.problems).toEqual([]);
  expect(actionsOf(report)).toEqual(['ConfigMap a created', 'Deployment web created']);
  const created = await read('', 'Namespace', namespace);
  expect(created?.metadata.labels).not.toHaveProperty('applyset.kubernetes.io/part-of');
});

test('two sets do not take objects from each other', async () => {
  const namespace = await testNamespace(client, 'push');
  await push(client, namespace, [configMapOf('shared', 'one')]);
  const other = await push(client, namespace, [configMapOf('shared', 'two'), configMapOf('own', 'two')], {
    name: 'other',
  });
  expect(other.outcome).toBe('rejected');
  expect(other.problems.map(({ code, where }) => [code, where?.object])).toEqual([
    ['sync.claimed', `ConfigMap ${namespace}/shared`],
  ]);
  expect((await read(namespace, 'ConfigMap', 'shared'))?.data).toEqual({ value: 'one' });
  // Once the first has given it up, the second gets it.
  await push(client, namespace, [configMapOf('something', 'else')]);
  const later = await push(client, namespace, [configMapOf('shared', 'two')], { name: 'other' });
  expect(actionsOf(later)).toEqual(['ConfigMap shared created']);
});

test('the parent of another tool, and a ConfigMap that is none, are left alone', async () => {
  const namespace = await testNamespace(client, 'push');
  const metadata = { name: 'set', namespace, annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.36' } };
  await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'plain', namespace },
    data: { a: 'b' },
  });
  await expect(push(client, namespace, [configMapOf('a', 'b')])).rejects.toMatchObject({ code: 'sync.foreign-parent' });
  await expect(push(client, namespace, [configMapOf('a', 'b')], { name: 'plain' })).rejects.toMatchObject({
    code: 'sync.foreign-parent',
  });
});

test('nothing is pruned where nothing is desired', async () => {
  const namespace = await testNamespace(client, 'push');
  await push(client, namespace, [configMapOf('a', 'b')]);
  const report = await push(client, namespace, []);
  expect(report.blocked.map(({ id, reason }) => [id, reason])).toEqual([[`ConfigMap ${namespace}/a`, 'empty-render']]);
  expect(await read(namespace, 'ConfigMap', 'a')).toBeDefined();
});

test('a prune above the limit waits for its approval', async () => {
  const namespace = await testNamespace(client, 'push');
  await push(
    client,
    namespace,
    ['a', 'b', 'c'].map((name) => configMapOf(name, 'x')),
  );
  const options = { prune: true, pruneLimit: { objects: 1 } };
  const waiting = await push(client, namespace, [configMapOf('a', 'x')], { options });
  expect(waiting.blocked.map(({ reason }) => reason)).toEqual(['limit', 'limit']);
  const approval = waiting.approval ?? '';
  const approved = await push(client, namespace, [configMapOf('a', 'x')], { options: { ...options, approval } });
  expect(actionsOf(approved)).toEqual(['ConfigMap a unchanged', 'ConfigMap b pruned', 'ConfigMap c pruned']);
});

test('annotations keep what they ask to keep', async () => {
  const namespace = await testNamespace(client, 'push');
  const kept = {
    ...configMapOf('kept', 'x'),
    metadata: { name: 'kept', annotations: { 'helm.sh/resource-policy': 'keep' } },
  };
  await push(client, namespace, [kept, configMapOf('a', 'x'), configMapOf('b', 'x')]);
  const report = await push(client, namespace, [configMapOf('b', 'x')]);
  expect(actionsOf(report)).toEqual(['ConfigMap a pruned', 'ConfigMap b unchanged']);
  expect(report.blocked.map(({ key, reason }) => [key.name, reason])).toEqual([['kept', 'kept']]);
});

test('a later stage of a prune waits for what a finalizer holds', async () => {
  const namespace = await testNamespace(client, 'push');
  const stuck = { ...deployment('held'), metadata: { name: 'held', finalizers: ['example.dev/hold'] } };
  await push(client, namespace, [stuck, configMapOf('a', 'x'), configMapOf('b', 'x')]);
  const told: string[] = [];
  let released: Promise<unknown> | undefined;
  const report = await push(client, namespace, [configMapOf('b', 'x')], {
    onWait: (waits) => {
      told.push(...waits.map(({ key, condition, message }) => `${key.name} ${condition} ${message}`));
      const held = ref(namespace, 'Deployment', 'held', 'apps');
      released ??= client.patch(held, { metadata: { finalizers: null } }, { type: 'merge' });
    },
  });
  await released;
  expect(told[0]).toMatch(/^held Deleted it is being deleted since \S+, held by example.dev\/hold$/);
  expect(actionsOf(report)).toEqual(['ConfigMap a pruned', 'ConfigMap b unchanged', 'Deployment held pruned']);
});

test('a diff shows what a sync would change, and nothing where it would change nothing', async () => {
  const namespace = await testNamespace(client, 'push');
  await push(client, namespace, web);
  const input = (objects: readonly object[]): Parameters<typeof diffPush>[0] => ({
    client,
    rendered: objects.map((object) => ({ object: object as KubeObject })),
    namespace,
    name: 'set',
    version: '0.0.0',
    options: { prune: true },
    signal: limit(),
  });
  expect((await diffPush(input(web))).diffs).toEqual([]);
  await client.patch(ref(namespace, 'Deployment', 'web', 'apps'), { spec: { replicas: 3 } }, { type: 'merge' });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { password: 'changed' } };
  const diff = await diffPush(input([web[0] ?? {}, secret, configMapOf('new', 'x'), ...web.slice(3)]));
  const text = (await formatUnified(diff.diffs, { color: false }))
    .replaceAll(namespace, 'NS')
    .replaceAll(/(?<=\((Apply|Update), )[^)]+/g, 'TIME');
  expect(text.split('\n')).toEqual([
    'Secret NS/web would be changed',
    '@@ data.password @@ set by plumbline (Apply, TIME)',
    "-'*** (value 1)'",
    "+'*** (value 2)'",
    'ConfigMap NS/new would be created',
    '+apiVersion: v1',
    '+kind: ConfigMap',
    '+metadata:',
    '+  name: new',
    '+  namespace: NS',
    '+  labels:',
    expect.stringContaining('+    applyset.kubernetes.io/part-of: applyset-'),
    '+data:',
    '+  value: x',
    'apps/Deployment NS/web would be changed',
    expect.stringMatching(/^@@ spec\.replicas @@ set by \S+ \(Update, TIME\)$/u),
    '-3',
    '+0',
    'ConfigMap NS/web would be deleted',
    '-apiVersion: v1',
    '-kind: ConfigMap',
    '-metadata:',
    '-  name: web',
    '-  namespace: NS',
    '-  labels:',
    expect.stringContaining('-    applyset.kubernetes.io/part-of: applyset-'),
    '-data:',
    '-  value: a',
    '',
  ]);
  expect((await read(namespace, 'Deployment', 'web', 'apps'))?.spec).toMatchObject({ replicas: 3 });
});
