import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../test/support/controller.ts';
import type { SeenObject } from '../../test/support/kube-call.ts';
import { limit } from '../../test/support/limit.ts';
import { controllerOfEachTest } from '../../test/support/scene.ts';

const bench = controllerOfEachTest('controller');

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${JSON.stringify(value)}\n`;

const deployment = (name: string, replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: web
          image: nginx:stable
          ports: [{containerPort: 80}]
`;

const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const deployments = () => `/apis/apps/v1/namespaces/${bench.namespace}/deployments`;
const hasValue = (name: string, value: string) => (seen: SeenObject) =>
  seen.metadata.name === name && seen.data?.value === value;

test('what is in Git comes into the cluster, and is Synced and Healthy; a new commit arrives by itself', async () => {
  const first = await bench.repository.commit({
    'app/web.yaml': deployment('web', 1),
    'app/settings.yaml': configMap('settings', 'one'),
  });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const controller = bench.start();
  const synced = await bench.application('web', isReadyAt(first));
  expect(synced.status).toMatchObject({
    health: 'Healthy',
    drift: { objects: 0 },
    synced: { by: 'automated', objects: 2, failed: 0 },
    history: [{ revision: first, outcome: 'Succeeded', changed: 2, pruned: 0, failed: 0 }],
  });
  expect(synced.metadata.labels?.['applyset.kubernetes.io/id']).toMatch(/^applyset-.*-v1$/);
  expect(synced.metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds']).toBe(
    'ConfigMap,Deployment.apps',
  );
  const settings = await bench.kube.call('GET', `${configMaps()}/settings`);
  expect(settings.metadata.labels?.['applyset.kubernetes.io/part-of']).toBe(
    synced.metadata.labels?.['applyset.kubernetes.io/id'],
  );

  const second = await bench.repository.commit({ 'app/settings.yaml': configMap('settings', 'two') });
  controller.trigger();
  await bench.kube.until(configMaps(), hasValue('settings', 'two'), limit());
  const again = await bench.application('web', isReadyAt(second));
  expect(again.status?.history?.map(({ revision }) => revision)).toEqual([second, first]);
  expect(again.status?.history?.[0]).toMatchObject({ changed: 1 });
});

test('the annotation on a Repository asks for a fetch now, and the status says that it was done', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', isReadyAt(first));
  const second = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  await bench.kube.call('PATCH', `${repositories}/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } },
  });
  await bench.application('web', isReadyAt(second));
  await bench.kube.until(
    repositories,
    (seen) => {
      const status = seen.status as { handledRequest?: string; revision?: string } | undefined;
      return status?.handledRequest === 'now' && status.revision === second;
    },
    limit(),
  );
});

test('drift is reverted: a changed field, a deleted object, a removed label', async () => {
  const commit = await bench.repository.commit({
    'web.yaml': deployment('web', 1),
    'settings.yaml': configMap('settings', 'git'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', isReadyAt(commit));

  await bench.kube.call('PATCH', `${deployments()}/web`, { spec: { replicas: 3 } });
  await bench.kube.until(deployments(), (seen) => seen.metadata.name === 'web' && seen.spec?.replicas === 1, limit());

  const before = await bench.kube.call('GET', `${configMaps()}/settings`);
  await bench.kube.call('DELETE', `${configMaps()}/settings`);
  await bench.kube.until(
    configMaps(),
    (seen) => hasValue('settings', 'git')(seen) && seen.metadata.uid !== before.metadata.uid,
    limit(),
  );

  await bench.kube.call('PATCH', `${configMaps()}/settings`, {
    metadata: { labels: { 'applyset.kubernetes.io/part-of': null } },
    data: { value: 'hand' },
  });
  await bench.kube.until(
    configMaps(),
    (seen) =>
      hasValue('settings', 'git')(seen) && seen.metadata.labels?.['applyset.kubernetes.io/part-of'] !== undefined,
    limit(),
  );
  const after = await bench.application(
    'web',
    (application) => application.status?.synced?.by === 'drift' && isReadyAt(commit)(application),
  );
  expect(after.status?.drift).toMatchObject({ objects: 0 });
});

test('with drift: Report a change by hand stays and is told; fields of others are no drift', async () => {
  const commit = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'git') });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { drift: 'Report' } });
  const controller = bench.start();
  await bench.application('web', isReadyAt(commit));
  await bench.kube.call('PATCH', `${configMaps()}/settings`, {
    data: { other: 'mine' },
    metadata: { labels: { team: 'a' } },
  });
  await bench.kube.call('PATCH', `${configMaps()}/settings`, { data: { value: 'hand' } });
  const drifted = await bench.application('web', hasCondition('Drifted', 'True'));
  expect(drifted.status?.drift).toMatchObject({ objects: 1 });
  expect(messageOf(drifted, 'Drifted')).toContain(`ConfigMap ${bench.namespace}/settings`);
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'hand', other: 'mine' });
  // Where nobody can look, what was found last stands.
  await bench.repository.commit({ 'settings.yaml': 'kind: nothing\n' });
  controller.trigger();
  const broken = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(broken.status?.drift).toEqual(drifted.status?.drift);
  expect(messageOf(broken, 'Drifted')).toBe(messageOf(drifted, 'Drifted'));
  await bench.repository.commit({ 'settings.yaml': configMap('settings', 'git') });
  controller.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'Drifted'));
  // A sync that is asked for puts it back, and leaves what others own.
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': 'now' } } });
  await bench.kube.until(configMaps(), hasValue('settings', 'git'), limit());
  expect((await bench.application('web', hasCondition('Drifted', 'False'))).status?.synced?.by).toBe('manual');
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'git', other: 'mine' });
});

test('what holds what Git says without a sync is drift when it is changed then', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { drift: 'Report' } });
  const controller = bench.start();
  await bench.application('web', hasCondition('Ready', 'True'));
  const { metadata } = await bench.kube.call('GET', `${configMaps()}/settings`);
  // As if another controller had applied the next commit already.
  const next = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: bench.namespace, labels: metadata.labels },
    data: { value: 'two' },
  };
  const apply = `${configMaps()}/settings?fieldManager=plumbline&force=true`;
  await bench.kube.call('PATCH', apply, next, { 'content-type': 'application/apply-patch+yaml' });
  await bench.application('web', hasCondition('Drifted', 'True'));
  const second = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  controller.trigger();
  const synced = await bench.application('web', isReadyAt(second));
  // It is a commit to come back to, for which nothing was written.
  expect(synced.status?.history).toMatchObject([
    { revision: second, changed: 0 },
    { revision: first, changed: 1 },
  ]);
  await bench.kube.call('PATCH', `${configMaps()}/settings`, { data: { value: 'hand' } });
  await bench.application('web', hasCondition('Drifted', 'True'));
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'hand' });
});

test('an object whose file goes is pruned; a path that is emptied or goes prunes nothing and says why', async () => {
  const first = await bench.repository.commit({
    'app/a.yaml': configMap('a', '1'),
    'app/b.yaml': configMap('b', '1'),
    'app/c.yaml': configMap('c', '1'),
  });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));

  const second = await bench.repository.commit({ 'app/c.yaml': null });
  controller.trigger();
  await bench.kube.untilGone(configMaps(), 'c', limit());
  expect((await bench.application('web', isReadyAt(second))).status?.history?.[0]).toMatchObject({
    pruned: 1,
    changed: 0,
  });

  await bench.repository.commit({ 'app/a.yaml': null, 'app/b.yaml': '# nothing\n' });
  controller.trigger();
  const emptied = await bench.application('web', hasCondition('Synced', 'False'));
  expect(messageOf(emptied, 'Synced')).not.toBe('');
  await bench.repository.commit({ 'app/b.yaml': null });
  controller.trigger();
  const gone = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(messageOf(gone, 'Synced')).toContain('app');
  for (const name of ['a', 'b'])
    expect((await bench.kube.call('GET', `${configMaps()}/${name}`)).data).toEqual({ value: '1' });
});

test('a large prune waits for the approval of exactly that prune', async () => {
  const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.yaml`, configMap(name, '1')]));
  const first = await bench.repository.commit(files);
  await bench.createRepository();
  await bench.createApplication('web', { sync: { pruneLimit: { objects: 1 } } });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await bench.repository.commit({ 'a.yaml': null, 'b.yaml': null });
  controller.trigger();
  const waiting = await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  const token = /approvePrune[^0-9a-f]+([0-9a-f]{8,})/.exec(messageOf(waiting, 'Synced'))?.[1];
  expect(token).toBeDefined();
  await bench.kube.call('GET', `${configMaps()}/a`);
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/approvePrune': token } } });
  await bench.kube.untilGone(configMaps(), 'a', limit());
  await bench.kube.untilGone(configMaps(), 'b', limit());
  expect((await bench.kube.call('GET', `${configMaps()}/c`)).data).toEqual({ value: '1' });
});

test('YAML that cannot be read is reported with file and line, the cluster stays as it was, and a repair is taken up', async () => {
  const first = await bench.repository.commit({ 'app/settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const broken = await bench.repository.commit({
    'app/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n data:\n  value: two\n',
  });
  controller.trigger();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(messageOf(failed, 'Synced')).toMatch(/app\/settings\.yaml:[45]/);
  expect(messageOf(failed, 'Synced')).toContain(broken.slice(0, 12));
  expect(failed.status?.revision).toBe(first);
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });
  const repaired = await bench.repository.commit({ 'app/settings.yaml': configMap('settings', 'two') });
  controller.trigger();
  await bench.application('web', isReadyAt(repaired));
});

test('objects that the server refuses are all named, with file, object and field, and nothing is applied', async () => {
  const first = await bench.repository.commit({
    'app/settings.yaml': configMap('settings', 'one'),
    'app/web.yaml': deployment('web', 1),
  });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await bench.repository.commit({
    'app/settings.yaml': configMap('settings', 'two'),
    'app/web.yaml': deployment('web', -2),
    'app/service.yaml': `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 99999\n`,
  });
  controller.trigger();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'Rejected'));
  const message = messageOf(failed, 'Synced');
  expect(message).toContain('app/web.yaml');
  expect(message).toContain(`apps/Deployment ${bench.namespace}/web spec.replicas`);
  expect(message).toContain(`Service ${bench.namespace}/web spec.ports[0].port`);
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });
});

test('a definition and an object of its kind, and a namespace and an object in it, come in one Application', async () => {
  const group = `${bench.namespace}.example.org`;
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`;
  const commit = await bench.repository.commit({
    'a-widget.yaml': `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: one, namespace: ${bench.namespace}-inner}\nspec: {size: 3}\n`,
    'b-crd.yaml': crd,
    'c-namespace.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${bench.namespace}-inner}\n`,
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', isReadyAt(commit));
  const widget = await bench.kube.call('GET', `/apis/${group}/v1/namespaces/${bench.namespace}-inner/widgets/one`);
  expect(widget.spec).toEqual({ size: 3 });
  await bench.kube.call('PATCH', `/apis/${group}/v1/namespaces/${bench.namespace}-inner/widgets/one`, {
    spec: { size: 4 },
  });
  await bench.kube.until(
    `/apis/${group}/v1/namespaces/${bench.namespace}-inner/widgets`,
    (seen) => seen.spec?.size === 3,
    limit(),
  );
});

test('createNamespace makes the destination namespace', async () => {
  const commit = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', {
    destination: { namespace: `${bench.namespace}-made` },
    sync: { createNamespace: true },
  });
  bench.start();
  await bench.application('web', isReadyAt(commit));
  expect((await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}-made/configmaps/settings`)).data).toEqual(
    { value: 'one' },
  );
});

test('an Application that is not automated waits for a request; a suspended one changes nothing', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { automated: false } });
  const controller = bench.start();
  await bench.application('web', hasCondition('Synced', 'False', 'OutOfSync'));
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': '1' } } });
  const synced = await bench.application('web', isReadyAt(first));
  expect(synced.status).toMatchObject({ handledSyncRequest: '1', synced: { by: 'manual' } });

  await bench.patchApplication('web', { spec: { suspend: true, sync: { automated: true } } });
  await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  controller.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'Suspended'));
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });
  await bench.patchApplication('web', { spec: { suspend: false } });
  await bench.kube.until(configMaps(), hasValue('settings', 'two'), limit());
});

test('a rollback holds the Application at an earlier commit until it is released', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const second = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  controller.trigger();
  await bench.application('web', isReadyAt(second));
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': first } } });
  await bench.kube.until(configMaps(), hasValue('settings', 'one'), limit());
  const held = await bench.application('web', hasCondition('Synced', 'False', 'RolledBack'));
  expect(held.status).toMatchObject({ revision: first, history: [{ by: 'rollback' }, {}, {}] });
  await bench.repository.commit({ 'settings.yaml': configMap('settings', 'three') });
  controller.trigger();
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': null } } });
  await bench.kube.until(configMaps(), hasValue('settings', 'three'), limit());
});

test('deletion leaves the objects, or deletes them first, as the Application says; what holds it up is named', async () => {
  const commit = await bench.repository.commit({
    'settings.yaml': configMap('settings', 'one'),
    'held.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: held\n  finalizers: [example.org/hold]\n`,
  });
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', isReadyAt(commit));
  await bench.kube.call('DELETE', `${applications}/web`);
  await bench.kube.untilGone(applications, 'web', limit());
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });

  await bench.createApplication('web', { deletionPolicy: 'Cascade' });
  await bench.application('web', isReadyAt(commit));
  await bench.kube.call('DELETE', `${applications}/web`);
  await bench.kube.untilGone(configMaps(), 'settings', limit());
  const stuck = await bench.application('web', (application) =>
    messageOf(application, 'Synced').includes('example.org/hold'),
  );
  expect(messageOf(stuck, 'Synced')).toContain(`ConfigMap ${bench.namespace}/held`);
  await bench.kube.call('PATCH', `${configMaps()}/held`, { metadata: { finalizers: null } });
  await bench.kube.untilGone(applications, 'web', limit());
});

test('a restart finds everything proved: no write and no render', async () => {
  const commit = await bench.repository.commit({
    'web.yaml': deployment('web', 1),
    'settings.yaml': configMap('settings', 'one'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const first = bench.start();
  await bench.application('web', isReadyAt(commit));
  await first.stop();
  const writes = () => {
    const { apply = 0, patch = 0, create = 0, delete: deleted = 0 } = bench.client.counters.requests;
    return { apply, patch, deleted, create };
  };
  const before = writes();
  const second = bench.start();
  await second.started;
  // A commit that matters comes through, so all that went before has been looked at.
  const next = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  second.trigger();
  await bench.application('web', isReadyAt(next));
  // One apply for the one change (a single object needs no rehearsal); status writes; the Lease.
  expect(writes().apply - before.apply).toBe(1);
  expect(writes().deleted).toBe(before.deleted);
});

test('changes are made with the rights of the ServiceAccount that the Application names', async () => {
  const commit = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'deployer' },
  });
  await bench.createRepository();
  await bench.createApplication('web', { serviceAccountName: 'deployer' });
  bench.start();
  const refused = await bench.application('web', hasCondition('Synced', 'False'));
  expect(messageOf(refused, 'Synced')).toContain(`system:serviceaccount:${bench.namespace}:deployer`);
  expect(messageOf(refused, 'Synced')).toContain('kube.forbidden');
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${bench.namespace}`;
  await bench.kube.call('POST', `${rbac}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'deployer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: bench.namespace }],
  });
  await bench.application('web', isReadyAt(commit));
});

test('a Repository that is missing or cannot be read is said so, and is taken up when it can', async () => {
  bench.start();
  await bench.createApplication('web', {});
  const missing = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(missing, 'Synced')).toContain('controller.repository-missing');
  await bench.createRepository({ ref: { branch: 'release' } });
  const noBranch = await bench.application('web', (application) => messageOf(application, 'Synced').includes('git.'));
  expect(messageOf(noBranch, 'Synced')).toContain('release');
  const commit = await bench.repository.commit(
    { 'settings.yaml': configMap('settings', 'one') },
    { branch: 'release' },
  );
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  await bench.kube.call('PATCH', `${repositories}/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': '1' } },
  });
  await bench.application('web', isReadyAt(commit));
});

test('what happened is told in Events that name the objects', async () => {
  const commit = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', isReadyAt(commit));
  await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => {
      const event = seen as unknown as { reason?: string; note?: string; regarding?: { kind?: string; name?: string } };
      return (
        event.reason === 'Synced' &&
        event.regarding?.kind === 'Application' &&
        event.regarding.name === 'web' &&
        (event.note ?? '').includes(`created ConfigMap ${bench.namespace}/settings`)
      );
    },
    limit(),
  );
});

test('of two controllers one works; when it ends, the other takes over', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const leading: string[] = [];
  const one = bench.start({ identity: 'one', onLeading: (leads) => leads && leading.push('one') });
  await bench.application('web', isReadyAt(first));
  const two = bench.start({ identity: 'two', onLeading: (leads) => leads && leading.push('two') });
  expect(leading).toEqual(['one']);
  await one.stop();
  await two.started;
  expect(leading).toEqual(['one', 'two']);
  const second = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'two') });
  two.trigger();
  await bench.application('web', isReadyAt(second));
});

test('of two Applications that want the same object the first keeps it, and the other says whose it is', async () => {
  const commit = await bench.repository.commit({
    'one/shared.yaml': configMap('shared', 'one'),
    'two/shared.yaml': configMap('shared', 'two'),
    'two/own.yaml': configMap('own', 'two'),
  });
  await bench.createRepository();
  await bench.createApplication('one', { source: { repositoryRef: { name: 'apps' }, path: 'one' } });
  const controller = bench.start();
  await bench.application('one', isReadyAt(commit));
  await bench.createApplication('two', { source: { repositoryRef: { name: 'apps' }, path: 'two' } });
  const two = await bench.application('two', hasCondition('Synced', 'False'));
  expect(messageOf(two, 'Synced')).toContain(`ConfigMap ${bench.namespace}/shared`);
  expect(messageOf(two, 'Synced')).toContain(`it belongs to Application ${bench.namespace}/one`);
  await bench.kube.until(configMaps(), hasValue('shared', 'one'), limit());

  // When the first lets it go, the other takes it.
  await bench.repository.commit({ 'one/shared.yaml': null, 'one/else.yaml': configMap('else', 'one') });
  controller.trigger();
  await bench.kube.until(configMaps(), hasValue('shared', 'two'), limit());
  await bench.application('two', hasCondition('Synced', 'True'));
});

test('an Application may have the longest name that Kubernetes takes', async () => {
  const name = `${'a'.repeat(62)}.`.repeat(4).slice(0, 253).replace(/\.$/, 'a');
  const commit = await bench.repository.commit({ 'settings.yaml': configMap('settings', 'one') });
  await bench.createRepository();
  await bench.createApplication(name, {});
  bench.start();
  await bench.application(name, isReadyAt(commit));
  await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => (seen as unknown as { regarding?: { name?: string } }).regarding?.name === name,
    limit(),
  );
});
