import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy, type SeenCall } from '../../test/support/api-proxy.ts';
import { clusterAccess, namespaceName } from '../../test/support/cluster.ts';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { configMapOf, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

function definition(group: string, plural: string, kind: string): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

const rbac = 'rbac.authorization.k8s.io';

/** One object of each of many kinds, written down in the wrong order. */
function mixedSet(group: string, other: string): readonly object[] {
  const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const role = { apiGroup: rbac, kind: 'Role', name: 'r' };
  const pod = { containers: [{ name: 'c', image: 'nginx' }], restartPolicy: 'Never' };
  return [
    { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' } },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: { maxReplicas: 1, scaleTargetRef: scaled },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'c' },
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: { spec: pod } } } },
    },
    deployment('web'),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } },
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'b' }, roleRef: role, subjects: [] },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'r' }, rules: [] },
    configMapOf('c', 'x'),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'p' }, spec: { minAvailable: 1 } },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { pods: '10' } } },
    { ...configMapOf('elsewhere', 'x'), metadata: { name: 'elsewhere', namespace: other } },
    definition(group, 'widgets', 'Widget'),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } },
  ];
}

/** The plural of the kind in a path. */
function pluralOf(url: string): string {
  const parts = new URL(url, 'http://x').pathname.split('/').slice(url.startsWith('/api/') ? 3 : 4);
  return (parts[0] === 'namespaces' && parts.length > 2 ? parts[2] : parts[0]) ?? '';
}

const writes = (calls: readonly SeenCall[]): readonly SeenCall[] =>
  calls.filter(({ method, url }) => method === 'PATCH' && !url.includes('dryRun=All'));

test('namespaces and definitions first, then as Helm orders the kinds, what follows once that is accepted', async () => {
  const namespace = await testNamespace(client, 'order');
  const other = namespaceName('order-other');
  const group = `${namespace}.example.dev`;
  const proxy = await startApiProxy(clusterAccess());
  // One request at a time, or the order of arrival would be that of the connections.
  const single = await testClient({ server: proxy.server, flow: { initial: 1, maximum: 1 } });
  onTestFinished(async () => {
    await single.close();
    await proxy.close();
  });
  const set = mixedSet(group, other);
  const report = await push(single, namespace, set);
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  // The first is the parent: KEP-3659 wants it to know a kind before there is an object of it.
  expect(writes(proxy.calls).map(({ url }) => pluralOf(url))).toEqual([
    'configmaps',
    'namespaces',
    'customresourcedefinitions',
    'resourcequotas',
    'poddisruptionbudgets',
    'serviceaccounts',
    'secrets',
    'configmaps',
    'configmaps',
    'roles',
    'rolebindings',
    'services',
    'deployments',
    'horizontalpodautoscalers',
    'cronjobs',
    'widgets',
  ]);
  expect(writes(proxy.calls).every(({ status }) => status < 300)).toBe(true);

  const before = proxy.calls.length;
  const gone = await push(single, namespace, [configMapOf('c', 'x')]);
  expect([gone.outcome, gone.blocked]).toEqual(['synced', []]);
  const deletions = proxy.calls
    .slice(before)
    .filter(({ method, url }) => method === 'DELETE' && !url.includes('dryRun'));
  const order = deletions.map(({ url }) => pluralOf(url));
  const place = (plural: string): number => order.indexOf(plural);
  expect(place('widgets')).toBe(0);
  expect(place('deployments')).toBeLessThan(place('services'));
  expect(place('secrets')).toBeLessThan(place('customresourcedefinitions'));
  expect(order.at(-1)).toBe('namespaces');
  expect(order).toHaveLength(set.length - 1);
});

test('a definition that is refused its names fails the sync, by name and with its reason, and nothing of it is sent', async () => {
  const namespace = await testNamespace(client, 'order');
  const group = `${namespace}.example.dev`;
  await push(client, namespace, [definition(group, 'widgets', 'Widget')], { name: 'first' });
  const proxy = await startApiProxy(clusterAccess());
  const watched = await testClient({ server: proxy.server });
  onTestFinished(async () => {
    await watched.close();
    await proxy.close();
  });
  // The kind has the name of the first one's: the server takes the definition and does not serve it.
  const second = definition(group, 'gadgets', 'Widget');
  const versions = [{ ...(second['spec'] as { versions: [object] }).versions[0], name: 'v2' }];
  const object = { apiVersion: `${group}/v2`, kind: 'Widget', metadata: { name: 'w' } };
  const objects = [{ ...second, spec: { ...(second['spec'] as object), versions } }, object];
  const report = await push(watched, namespace, objects, { name: 'second' });
  expect(report.outcome).toBe('failed');
  expect(report.problems).toMatchObject([
    { code: 'sync.unhealthy', where: { object: expect.stringContaining(`gadgets.${group}`) } },
  ]);
  expect(report.problems[0]?.message).toContain('already in use');
  expect(writes(proxy.calls).map(({ url }) => pluralOf(url))).toEqual(['configmaps', 'customresourcedefinitions']);
});

test('a kind that somebody brings while a push waits for it: all else is applied before, and the object then', async () => {
  const namespace = await testNamespace(client, 'order');
  const group = `${namespace}.example.dev`;
  const annotations = { 'plumbline.dev/missing-kind': 'wait' };
  const object = (kind: string) => ({ apiVersion: `${group}/v1`, kind, metadata: { name: 'one', annotations } });
  const written: string[] = [];
  const pushWith = async (kind: string, scope: string) => {
    const wanted = definition(group, `${kind.toLowerCase()}s`, kind);
    let bringing: Promise<unknown> | undefined;
    const report = await push(client, namespace, [object(kind), configMapOf(`beside-${kind.toLowerCase()}`, 'x')], {
      name: kind.toLowerCase(),
      onWrite: ({ kind: each }) => written.push(each),
      onWait: (waits) => {
        written.push(...waits.map(({ message }) => message));
        bringing ??= client.apply(
          { ...wanted, spec: { ...(wanted['spec'] as object), scope } },
          { fieldManager: 'operator' },
        );
      },
    });
    await bringing;
    return report;
  };
  const named = await pushWith('Widget', 'Namespaced');
  expect([named.outcome, named.problems]).toEqual(['synced', []]);
  expect([...new Set(written)]).toEqual(['ConfigMap', `the cluster has no kind Widget in ${group}/v1 yet`, 'Widget']);
  // Before it is there, nobody can tell that it lives in no namespace.
  const refused = await pushWith('Zone', 'Cluster');
  expect(refused.problems).toMatchObject([
    { code: 'sync.unknown-kind', message: 'its kind has come, and lives in no namespace: sync again' },
  ]);
  const again = await pushWith('Zone', 'Cluster');
  expect([again.outcome, again.problems]).toEqual(['synced', []]);
  const key = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '' };
  for (const plural of ['widgets', 'zones']) await client.delete({ ...key, name: `${plural}.${group}` });
});

test('a user without rights is told of every object that is refused, and nothing is applied', async () => {
  const namespace = await testNamespace(client, 'order');
  await push(client, namespace, [configMapOf('a', 'x'), configMapOf('b', 'x')]);
  const name = `reader-of-${namespace}`;
  const rules = [
    { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'create'] },
  ];
  await client.create({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { namespace, name }, rules });
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'User', apiGroup: rbac, name }],
  });
  const reader = client.as({ username: name });
  // The authorizer learns of a grant by a watch of its own.
  const probe = { ...(configMapOf('probe', 'x') as KubeObject), metadata: { namespace, name: 'probe' } };
  const dryRun = { fieldManager: 'probe', dryRun: true, signal: limit() };
  while ((await reader.apply(probe, dryRun).catch(() => undefined)) === undefined);
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
  const report = await push(reader, namespace, [configMapOf('a', 'y'), service, deployment('web')]);
  expect(report.outcome).toBe('rejected');
  expect(report.problems.map(({ code, where }) => `${code} ${where?.file} ${where?.object}`).toSorted()).toEqual([
    `kube.forbidden 1.yaml Service ${namespace}/s`,
    `kube.forbidden 2.yaml apps/Deployment ${namespace}/web`,
  ]);
  for (const each of ['a', 'b']) {
    const live = await client.get({ group: '', kind: 'ConfigMap', namespace, name: each });
    expect(live?.['data']).toEqual({ value: 'x' });
  }
  // Who may write but not delete is told so, too.
  const pruning = await push(reader, namespace, [configMapOf('a', 'y')]);
  expect(pruning.outcome).toBe('failed');
  expect(pruning.problems.map(({ code, where }) => `${code} ${where?.object}`)).toEqual([
    `kube.forbidden ConfigMap ${namespace}/b`,
  ]);
});
