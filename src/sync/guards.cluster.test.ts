import { expect, onTestFinished, test } from 'vitest';
import { namespaceName } from '../../test/support/cluster.ts';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, configMapOf, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

// What stands between a member that is no longer desired and its deletion; see also push.cluster.test.ts.
const client = clientOfFile();

const named = (...names: readonly string[]): readonly object[] => names.map((name) => configMapOf(name, 'x'));
/** Whose deletion needs an approval. */
const asking = (name: string): object => ({
  ...configMapOf(name, 'x'),
  metadata: { name, annotations: { 'plumbline.dev/prune': 'confirm' } },
});
const there = async (namespace: string, name: string, kind = 'ConfigMap', group = ''): Promise<boolean> =>
  (await client.get({ group, kind, namespace, name })) !== undefined;

function definitionOf(group: string): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
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
}

test('a definition that came after the kinds were read is kept for the objects of others all the same', async () => {
  const namespace = await testNamespace(client, 'guards');
  const group = `${namespace}.example.dev`;
  const pushing = await testClient();
  onTestFinished(() => pushing.close());
  await pushing.discovery.resources();
  await push(pushing, namespace, [definitionOf(group), ...named('a')]);
  const theirs = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { namespace, name: 'theirs' } };
  const someone = await testClient();
  onTestFinished(() => someone.close());
  const signal = limit();
  while (someone.discovery.find({ group, kind: 'Widget' }) === undefined) await someone.discovery.refresh({ signal });
  await someone.create(theirs);

  expect(pushing.discovery.find({ group, kind: 'Widget' })).toBeUndefined();
  const report = await push(pushing, namespace, named('a'));
  expect(report.blocked.map(({ key, reason, message }) => [key.name, reason, message])).toEqual([
    [`widgets.${group}`, 'holds-others', `it still holds objects of others: ${group}/Widget ${namespace}/theirs`],
  ]);
  expect(await someone.get({ group, kind: 'Widget', namespace, name: 'theirs' })).toBeDefined();
  await someone.delete({ group, kind: 'Widget', namespace, name: 'theirs' });
  const gone = await push(pushing, namespace, named('a'));
  expect(actionsOf(gone)).toContain(`CustomResourceDefinition widgets.${group} pruned`);
});

test('pruning happens only where it is switched on', async () => {
  const namespace = await testNamespace(client, 'guards');
  await push(client, namespace, named('a', 'b'));
  const report = await push(client, namespace, named('a'), { options: {} });
  expect(report.blocked.map(({ key, reason }) => [key.name, reason])).toEqual([['b', 'prune-off']]);
  expect(await there(namespace, 'b')).toBe(true);
});

test('a share of the members is a limit as well', async () => {
  const namespace = await testNamespace(client, 'guards');
  await push(client, namespace, named('a', 'b', 'c', 'd'));
  const options = { prune: true, pruneLimit: { percent: 25 } };
  const two = await push(client, namespace, named('a', 'b'), { options });
  expect(two.blocked.map(({ key, reason, message }) => [key.name, reason, message])).toEqual([
    ['c', 'limit', '2 of 4 objects would be deleted, more than the 25 % that may without approval'],
    ['d', 'limit', '2 of 4 objects would be deleted, more than the 25 % that may without approval'],
  ]);
  const one = await push(client, namespace, named('a', 'b', 'c'), { options });
  expect(actionsOf(one)).toContain('ConfigMap d pruned');
});

test('an approval counts for those very objects: not for one made anew, and not for one more', async () => {
  const namespace = await testNamespace(client, 'guards');
  await push(client, namespace, [...named('a'), asking('b'), asking('c')]);
  const first = await push(client, namespace, [...named('a'), asking('c')]);
  expect(first.blocked.map(({ key, reason }) => [key.name, reason])).toEqual([['b', 'confirm']]);
  const approval = first.approval ?? '';
  const options = { prune: true, approval };
  const more = await push(client, namespace, named('a'), { options });
  expect(more.blocked.map(({ key }) => key.name)).toEqual(['b', 'c']);

  await client.delete({ group: '', kind: 'ConfigMap', namespace, name: 'b' });
  await push(client, namespace, [...named('a'), asking('b'), asking('c')]);
  const anew = await push(client, namespace, [...named('a'), asking('c')], { options });
  expect(anew.blocked.map(({ key }) => key.name)).toEqual(['b']);
  expect(anew.approval).not.toBe(approval);
  const approved = await push(client, namespace, [...named('a'), asking('c')], {
    options: { prune: true, approval: anew.approval ?? '' },
  });
  expect(actionsOf(approved)).toContain('ConfigMap b pruned');
});

test('nothing is pruned by a sync that failed, before or after anything was applied', async () => {
  const namespace = await testNamespace(client, 'guards');
  await push(client, namespace, named('a', 'b'));
  const bad = { ...configMapOf('bad', 'x'), data: { 'not a key': 'x' } };
  for (const validation of ['Server', 'None'] as const) {
    const report = await push(client, namespace, [...named('a'), bad], { options: { prune: true, validation } });
    expect(report.outcome).toBe(validation === 'Server' ? 'rejected' : 'failed');
    expect(await there(namespace, 'b')).toBe(true);
  }
});

test('what lost the label, or has another’s, is not ours to delete', async () => {
  const namespace = await testNamespace(client, 'guards');
  await push(client, namespace, named('a', 'freed', 'taken'));
  const label = (name: string, value: string | null): Promise<KubeObject> => {
    const patch = { metadata: { labels: { 'applyset.kubernetes.io/part-of': value } } };
    return client.patch({ group: '', kind: 'ConfigMap', namespace, name }, patch, { type: 'merge' });
  };
  await label('freed', null);
  await label('taken', 'applyset-of-somebody-else-v1');
  const report = await push(client, namespace, named('a'));
  expect(actionsOf(report)).toEqual(['ConfigMap a unchanged']);
  expect([await there(namespace, 'freed'), await there(namespace, 'taken')]).toEqual([true, true]);
});

test('who may not list what a namespace holds does not delete the namespace', async () => {
  const home = await testNamespace(client, 'guards');
  const other = namespaceName('guards-other');
  await push(client, home, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } }, ...named('a')]);
  const rbac = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['get', 'list', 'patch', 'create', 'delete'] },
  ];
  const name = home;
  await client.create({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules });
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', apiGroup: rbac, name }],
  });
  onTestFinished(async () => {
    await client.delete({ group: rbac, kind: 'ClusterRoleBinding', namespace: '', name });
    await client.delete({ group: rbac, kind: 'ClusterRole', namespace: '', name });
  });
  const bob = client.as({ username: name });
  // The authorizer learns of a grant by a watch of its own.
  const signal = limit();
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: home, verb: 'patch', resource: 'configmaps' } },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const allowed = async (): Promise<boolean> => {
    const answer = (await bob.request({ method: 'POST', path, body, signal })).json();
    return (answer as { status: { allowed: boolean } }).status.allowed;
  };
  while (!(await allowed()));
  const report = await push(bob, home, named('a'));
  expect(report.problems).toEqual([]);
  expect(report.blocked.map(({ key, reason }) => [key.name, reason])).toEqual([[other, 'holds-others']]);
  expect(report.blocked[0]?.message).toContain('which may not be listed');
  const live = await client.get({ group: '', kind: 'Namespace', namespace: '', name: other });
  expect(live?.metadata.deletionTimestamp).toBeUndefined();
});

test('a namespace is not pruned from under members that are to stay', async () => {
  const home = await testNamespace(client, 'guards');
  const other = namespaceName('guards-stay');
  const inside = (name: string, annotations: object = {}): object => ({
    ...configMapOf(name, 'x'),
    metadata: { name, namespace: other, annotations },
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } };
  const kept = inside('kept', { 'plumbline.dev/prune': 'disabled' });
  await push(client, home, [...named('a'), namespace, inside('wanted'), kept, inside('late')]);
  // Only its own manifest was removed from Git.
  const wanted = await push(client, home, [...named('a'), inside('wanted'), kept]);
  expect(wanted.blocked.map(({ key, reason, message }) => [key.name, reason, message])).toEqual([
    [
      other,
      'holds-others',
      `it still holds objects of this set that stay: ConfigMap ${other}/kept, ConfigMap ${other}/wanted`,
    ],
  ]);
  expect(await there(other, 'late')).toBe(false);
  const stays = await push(client, home, named('a'));
  expect(Object.fromEntries(stays.blocked.map(({ key, message }) => [key.name, message]))).toEqual({
    kept: 'it is no longer desired, and plumbline.dev/prune: disabled keeps it',
    [other]: `it still holds objects of this set that stay: ConfigMap ${other}/kept`,
  });
  const live = await client.get({ group: '', kind: 'Namespace', namespace: '', name: other });
  expect(live?.metadata.deletionTimestamp).toBeUndefined();
});
