import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startCanaryOperator, startMetrics } from '../../test/support/canary.ts';
import {
  type CanaryStatus,
  deployment,
  gitSync,
  onPush,
  openShop,
  openShopParts,
  settledIn,
  type ShopParts,
} from '../../test/support/canary-shop.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { openControllerBench } from '../../test/support/controller.ts';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { grant, serviceAccountToken } from '../../test/support/tokens.ts';
import { limit } from '../../test/support/limit.ts';

/** The canary operator of `examples/`, as a process of its own, with Plumbline's controller syncing what it commits. */
let parts: ShopParts;
beforeAll(async () => {
  parts = await openShopParts();
});
afterAll(() => parts.close());

test('phases advance with one commit for all that each of them changes, and none where nothing does', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, 'canary-promote', repository);
  const metrics = await startMetrics(100);
  const { namespace } = shop;
  await startCanaryOperator({ namespace, gitSync: gitSync(repository), prometheus: metrics.url });
  const first = await shop.canary(settledIn('Waiting'));
  const { commit = '' } = first.status?.gitSync ?? {};
  expect(first.status?.gitSync).toMatchObject({ state: 'Synced' });
  expect(await shop.changed(commit)).toEqual([
    'Deployment/web-canary/web-canary.yaml',
    'Deployment/web-primary/web-primary.yaml',
    'Deployment/web/web.yaml',
    'Service/web-canary/web-canary.yaml',
    'Service/web-primary/web-primary.yaml',
    'VirtualService/web/web.yaml',
  ]);
  // Only what the operator changed of the file that a person wrote.
  const difference = await repository.git(
    'show',
    '--format=',
    '--unified=0',
    commit,
    '--',
    `namespaces/${namespace}/Deployment/web`,
  );
  expect(difference.split('\n').filter((line) => /^[+-] /.test(line))).toEqual(['-  replicas: 2', '+  replicas: 0']);
  expect(await repository.git('show', '--no-patch', '--format=%an %ae%n%B', commit)).toBe(
    [
      `canary-operator canary-operator@${namespace}.svc`,
      `{"Action":"Canary initialized","Message":"","Author":"canary-operator","Email":"canary-operator@${namespace}.svc"}`,
      '',
      `Plumbline-Operation: ${first.status?.gitSync?.operation}`,
      '',
      '',
    ].join('\n'),
  );
  // Something happens that changes nothing: what comes after it shows that no commit was made.
  await parts.kube.call('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, {
    metadata: { labels: { seen: 'yes' } },
  });
  await shop.release('web:2');
  const promoted = await shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  expect(promoted.status?.history).toEqual([{ promoted: true, image: 'web:2' }]);
  expect(await shop.subjects()).toEqual([
    'Release web:1',
    'Canary initialized',
    'Release web:2',
    'Canary started: web:2',
    'Canary promoted: web:2',
  ]);
  const objects = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  expect((await parts.kube.call('GET', `${objects}/web-primary`)).spec).toMatchObject({
    replicas: 2,
    template: { spec: { containers: [{ image: 'web:2' }] } },
  });
  expect((await parts.kube.call('GET', `${objects}/web-canary`)).spec).toMatchObject({ replicas: 0 });
});

test('a canary that fails is taken back', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, 'canary-rollback', repository, { analysisPeriodSeconds: 3600 });
  const metrics = await startMetrics(undefined);
  await startCanaryOperator({ namespace: shop.namespace, gitSync: gitSync(repository), prometheus: metrics.url });
  await shop.canary(settledIn('Waiting'));
  await shop.release('web:2');
  await shop.canary((status) => status.phase === 'Evaluating');
  // Nobody has called the canary yet: it is looked at again. Then all goes well, and at last it does not.
  metrics.successRate = 100;
  await parts.kube.until(
    `/apis/networking.istio.io/v1/namespaces/${shop.namespace}/virtualservices`,
    ({ spec }) => JSON.stringify(spec).includes('"weight":100'),
    limit(),
  );
  await shop.canary((status) => status.phase === 'Evaluating' && status.gitSync?.state === 'Synced');
  metrics.successRate = 40;
  const back = await shop.canary((status) => status.history?.length === 1);
  expect(back.status?.history).toEqual([{ promoted: false, image: 'web:2' }]);
  expect(
    metrics.asked.some((expression) => expression.includes(`destination_workload_namespace="${shop.namespace}"`)),
  ).toBe(true);
});

test('it waits until the cluster has what it committed', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, 'canary-wait', repository);
  const metrics = await startMetrics(100);
  const { namespace } = shop;
  await startCanaryOperator({ namespace, gitSync: gitSync(repository), prometheus: metrics.url });
  await shop.canary(settledIn('Waiting'));
  await shop.bench.patchApplication('shop', { spec: { suspend: true } });
  await shop.bench.application('shop', ({ spec, status }) => spec.suspend === true && status?.observedGeneration === 2);
  const containers = [{ name: 'web', image: 'web:2' }];
  await parts.kube.call('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, {
    spec: { template: { spec: { containers } } },
  });
  const committed = await shop.canary((status) => status.gitSync?.state === 'Committed');
  expect(committed.status).toMatchObject({ phase: 'Waiting', gitSync: { nextPhase: 'Evaluating' } });
  expect(await shop.subjects()).toHaveLength(3);
  await shop.release('web:2');
  await shop.bench.patchApplication('shop', { spec: { suspend: false } });
  await shop.canary((status) => status.phase !== 'Waiting' && status.gitSync?.state === 'Synced');
});

test('it needs no right to change what it manages', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, 'canary-rights', repository);
  const { namespace, bench } = shop;
  const token = await serviceAccountToken(bench.client, namespace, 'canary');
  const user = { kind: 'User', name: `system:serviceaccount:${namespace}:canary` } as const;
  const reads = ['get', 'list', 'watch'];
  const rules = [
    { group: 'apps', resource: 'deployments', verbs: reads },
    { group: '', resource: 'services', verbs: reads },
    { group: 'networking.istio.io', resource: 'virtualservices', verbs: reads },
    { group: 'examples.plumbline.dev', resource: 'canarydeployments', verbs: [...reads, 'patch'] },
    { group: 'examples.plumbline.dev', resource: 'canarydeployments/status', verbs: ['patch'] },
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
    { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'create', 'update'] },
  ];
  for (const rule of rules) await grant(bench.client, namespace, user, rule);
  const { server, authority } = clusterAccess();
  const cluster = { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
  const kubeconfig = await writeKubeconfig(join(temporaryFolder(), 'config'), { cluster, user: { token } });
  const metrics = await startMetrics(100);
  const common = { namespace, gitSync: gitSync(repository), prometheus: metrics.url };
  const running = await startCanaryOperator({ ...common, kubeconfig, leads: true });
  await shop.canary(settledIn('Waiting'));
  await shop.release('web:2');
  await shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  expect(running.logged.filter((line) => line.includes('kube.forbidden'))).toEqual([]);
});

test('with GitSync disabled the same operator writes to the cluster', async () => {
  const bench = await openControllerBench('canary-direct', { shared: parts.renderer });
  onTestFinished(() => bench.close());
  const { namespace } = bench;
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await parts.kube.call('POST', deployments, deployment('web:1'));
  const canaries = `/apis/examples.plumbline.dev/v1/namespaces/${namespace}/canarydeployments`;
  const spec = { port: 8080, analysisPeriodSeconds: 0, stepSeconds: 1 };
  const canary = { apiVersion: 'examples.plumbline.dev/v1', kind: 'CanaryDeployment', metadata: { name: 'web' }, spec };
  const { uid } = (await parts.kube.call('POST', canaries, canary)).metadata;
  const metrics = await startMetrics(100);
  await startCanaryOperator({ namespace, gitSync: { enabled: false }, prometheus: metrics.url });
  const until = (isWanted: (status: CanaryStatus) => boolean) =>
    parts.kube.until(canaries, ({ status }) => status !== undefined && isWanted(status as CanaryStatus), limit());
  await until(settledIn('Waiting'));
  const primary = await parts.kube.call('GET', `${deployments}/web-primary`);
  expect(primary.metadata).toMatchObject({ ownerReferences: [{ kind: 'CanaryDeployment', name: 'web', uid }] });
  const target = await parts.kube.call('GET', `${deployments}/web`);
  expect(target.spec).toMatchObject({ replicas: 0 });
  // It was given this one: it is not its own.
  expect(target.metadata).not.toHaveProperty('ownerReferences');
  const containers = [{ name: 'web', image: 'web:2' }];
  await parts.kube.call('PATCH', `${deployments}/web`, { spec: { template: { spec: { containers } } } });
  await until((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  const promoted = await parts.kube.call('GET', `${deployments}/web-primary`);
  expect(promoted.spec).toMatchObject({ replicas: 2, template: { spec: { containers: [{ image: 'web:2' }] } } });
});
