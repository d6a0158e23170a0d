import { afterEach, expect, test } from 'vitest';
import { kubectlAs, removeAdmission, runDocumented, untilRun } from '../../../test/support/admission.ts';
import { configMap, type GitOpsBench, hasValue } from '../../../test/support/gitops.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../../test/support/scene.ts';

const bench = gitOpsOfEachTest('refuse');

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await removeAdmission(bench);
});

const stops: (() => Promise<void>)[] = [];
const label = 'plumbline.dev/git-admission';

/** Starts a controller that maintains the namespace and refuses there, and waits until the API server does. */
async function startRefusing(): ReturnType<GitOpsBench['start']> {
  const controller = await bench.start({ admission: {} });
  stops.push(() => controller.stop());
  await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: '1' }) }],
    {},
    { wait: 'synced' },
  );
  await runDocumented(bench, 'admission-label');
  await untilRefused();
  return controller;
}

const finalizers = (list: readonly string[]) => JSON.stringify({ metadata: { finalizers: list } });

const probe = () => kubectlAs(bench, ['create', 'configmap', 'probe', '--dry-run=server']);
const untilRefused = () => untilRun(probe, ({ isDone }) => !isDone);
const untilTaken = () => untilRun(probe, ({ isDone }) => isDone);

const deployment = (namespace: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
  },
});

test('what a person changes is refused, and told where to change it', async () => {
  const controller = await startRefusing();
  const { namespace, url } = bench;
  await bench.submit(controller, [{ verb: 'create', object: deployment(namespace) }], {}, { wait: 'synced' });
  const there = `on branch main of ${url}`;
  const created = await kubectlAs(bench, ['create', 'configmap', 'other', '--from-literal=a=b']);
  expect(created).toMatchObject({ isDone: false });
  expect(created.text).toContain(
    `Git maintains namespace ${namespace}, so that this was not done. Change ${namespace}/ConfigMap/other/other.json ${there}, ` +
      `or ask Plumbline: PUT /api/v1/namespaces/${namespace}/objects/ConfigMap/other.`,
  );
  const deleted = await kubectlAs(bench, ['delete', 'deployment', 'web', '--wait=false']);
  expect(deleted).toMatchObject({ isDone: false });
  expect(deleted.text).toContain(
    `Remove ${namespace}/Deployment/web/web.json ${there}, or ask Plumbline: DELETE /api/v1/namespaces/${namespace}/objects/Deployment.apps/web.`,
  );
  const scaled = await kubectlAs(bench, ['scale', 'deployment', 'web', '--replicas=3']);
  expect(scaled).toMatchObject({ isDone: false });
  expect(scaled.text).toContain(`Change the replicas in the file of deployments web below ${namespace}/ ${there}`);
  for (const args of [
    ['label', 'configmap', 'settings', 'a=b'],
    ['patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"a":"2"}}'],
    ['delete', 'configmap', '--all', '--wait=false'],
    ['rollout', 'restart', 'deployment/web'],
  ])
    expect(await kubectlAs(bench, args)).toMatchObject({ isDone: false, text: expect.stringContaining('not done') });
  const applied = await kubectlAs(bench, ['apply', '--server-side', '--force-conflicts'], {
    input: configMap('settings', { a: '3' }),
  });
  expect(applied).toMatchObject({ isDone: false, text: expect.stringContaining('Git maintains') });
  const admin = await kubectlAs(bench, ['create', 'configmap', 'other'], { as: ['root', 'system:masters'] });
  expect(admin).toMatchObject({ isDone: false });

  // Who asks Plumbline is tried as the person that he is, and that is no change by hand; nor is the sync that follows.
  await bench.submit(
    controller,
    [
      { verb: 'replace', object: configMap('settings', { a: '2' }) },
      { verb: 'delete', name: { group: 'apps', kind: 'Deployment', name: 'web' } },
    ],
    {},
    { wait: 'synced' },
  );
  await bench.kube.until(bench.configMaps(), hasValue('settings', 'a', '2'), limit());
});

test('programs, what they own, credentials and what does not belong into Git are let through', async () => {
  await startRefusing();
  const { namespace } = bench;
  const robot = ['system:serviceaccount:somewhere:robot', 'system:masters', 'system:serviceaccounts'];
  const passed = { isDone: true };
  expect(await kubectlAs(bench, ['create', 'configmap', 'by-robot'], { as: robot })).toMatchObject(passed);
  for (const name of ['system:kube-controller-manager', 'system:node:one', 'system:kube-scheduler']) {
    const as = [name, 'system:masters'];
    expect(await kubectlAs(bench, ['label', 'configmap', 'by-robot', 'a=b', '--overwrite'], { as })).toMatchObject(
      passed,
    );
  }
  const { items = [] } = await bench.kube.call('GET', bench.configMaps());
  const owner = items.find(({ metadata }) => metadata.name === 'by-robot');
  const owned = (name: string, controller: boolean) => ({
    ...configMap(name, {}),
    metadata: {
      name,
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'by-robot', uid: owner?.metadata.uid, controller },
      ],
    },
  });
  expect(await kubectlAs(bench, ['create'], { input: owned('owned', true) })).toMatchObject(passed);
  expect(await kubectlAs(bench, ['delete', 'configmap', 'owned'])).toMatchObject(passed);
  expect(await kubectlAs(bench, ['create'], { input: owned('claimed', false) })).toMatchObject({ isDone: false });
  // Nobody gets an object out of Git's hands by giving it an owner.
  const patch = JSON.stringify({ metadata: owned('settings', true).metadata });
  const adopted = await kubectlAs(bench, ['patch', 'configmap', 'settings', '--type=merge', '-p', patch]);
  expect(adopted).toMatchObject({ isDone: false, text: expect.stringContaining('Git maintains') });

  const secret = ['create', 'secret', 'generic', 'git-creds', '--from-literal=token=other', '-o', 'name'];
  expect(await kubectlAs(bench, ['delete', 'secret', 'git-creds'])).toMatchObject(passed);
  expect(await kubectlAs(bench, secret)).toMatchObject(passed);
  expect(await kubectlAs(bench, ['create', 'secret', 'generic', 'other'])).toMatchObject({ isDone: false });
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'mine' } };
  const as = ['root', 'system:masters'];
  expect(await kubectlAs(bench, ['create'], { as, input: lease })).toMatchObject(passed);
  expect(await kubectlAs(bench, ['auth', 'can-i', 'get', 'pods'])).toMatchObject(passed);
  const sync = ['annotate', 'application', 'gitops', 'plumbline.dev/requestedAt=now'];
  expect(await kubectlAs(bench, sync, { as })).toMatchObject(passed);
  // What is going already is helped on its way, and a namespace goes with all that is in it.
  const hold = ['patch', 'configmap', 'by-robot', '--type=merge', '-p', finalizers(['example.com/hold'])];
  expect(await kubectlAs(bench, hold, { as: robot })).toMatchObject(passed);
  expect(await kubectlAs(bench, ['delete', 'configmap', 'by-robot', '--wait=false'], { as: robot })).toMatchObject(
    passed,
  );
  const free = ['patch', 'configmap', 'by-robot', '--type=merge', '-p', finalizers([])];
  expect(await kubectlAs(bench, free)).toMatchObject(passed);
  expect(await kubectlAs(bench, ['delete', 'namespace', namespace], { as })).toMatchObject(passed);
});

test('a sync with the ServiceAccount of a tenant goes on, and nothing of it depends on a running Plumbline', async () => {
  const { namespace } = bench;
  const rbac = 'rbac.authorization.k8s.io';
  await bench.kube.call('POST', `/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'tenant' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace }],
  });
  await bench.kube.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'tenant' },
  });
  await bench.label({}, { 'plumbline.dev/git-service-account': 'tenant' });
  const controller = await startRefusing();
  await bench.push(
    { [`${namespace}/ConfigMap/pushed/pushed.json`]: JSON.stringify(configMap('pushed', { a: '1' })) },
    'by hand',
  );
  controller.trigger(bench.url);
  await bench.kube.until(bench.configMaps(), hasValue('pushed', 'a', '1'), limit());

  const { kube } = bench;
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const name = `plumbline-admission.${namespace}`;
  const uidOf = async () =>
    ((await kube.call('GET', policies)).items ?? []).find(({ metadata }) => metadata.name === name)?.metadata.uid;
  const before = await uidOf();
  await kube.call('DELETE', `${policies}/${name}`);
  // It is put back.
  await kube.until(policies, ({ metadata }) => metadata.name === name && metadata.uid !== before, limit());
  await untilRefused();
  await controller.stop();
  expect(await probe()).toMatchObject({ isDone: false });

  // Whoever may label the namespace ends it, and the API server knows by itself.
  await runDocumented(bench, 'admission-unlabel');
  await untilTaken();
  await bench.label({ [label]: 'refuse' });
  await untilRefused();
  await bench.label({ 'plumbline.dev/gitops': null });
  await untilTaken();
  await bench.label({ 'seldon.gitops': 'enabled' });
  await untilRefused();

  // One that is not told to look after it takes it away.
  const other = bench.startPlain({ identity: 'other' });
  stops.push(() => other.stop());
  await kube.untilGone(policies, name, limit());
  await untilTaken();
});
