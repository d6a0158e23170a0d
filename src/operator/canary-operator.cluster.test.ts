import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { exampleFile, openDeadlyGate, startCanaryOperator, startMetrics } from '../../test/support/canary.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { type ControllerBench, openControllerBench } from '../../test/support/controller.ts';
import { anyDefinition, installDefinition } from '../../test/support/crds.ts';
import { basic, openGitGate } from '../../test/support/git-gate.ts';
import { newGiteaRepository } from '../../test/support/gitea.ts';
import { openWorkshop, type TestRepository } from '../../test/support/git-workshop.ts';
import { connect, type KubeCall, type SeenObject } from '../../test/support/kube-call.ts';
import { temporaryFolder, writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { grant, serviceAccountToken } from '../../test/support/tokens.ts';
import { createRenderer, type Renderer } from '../render/index.ts';
import type { OperatorStatus } from './index.ts';

/** The canary operator of `examples/`, as a process of its own, with Plumbline's controller syncing what it commits. */
let kube: KubeCall;
let renderer: Renderer;
beforeAll(async () => {
  kube = connect(clusterAccess());
  renderer = createRenderer({ host: 'wasm', workers: 1 });
  await installDefinition(kube, (await exampleFile('crd.yaml')) as Parameters<typeof installDefinition>[1]);
  await installDefinition(kube, anyDefinition('VirtualService', 'networking.istio.io'));
});
afterAll(async () => {
  await renderer.close();
  kube.close();
});

interface CanaryStatus extends OperatorStatus {
  readonly history?: readonly { readonly promoted: boolean; readonly image: string }[];
}
type SeenCanary = Omit<SeenObject, 'status'> & { readonly status?: CanaryStatus };

/** A repository that people commit to and look into. */
type Committed = Pick<TestRepository, 'url' | 'git'> & {
  commit(changes: Readonly<Record<string, string>>, options: { readonly message: string }): Promise<string>;
};

interface Shop {
  readonly bench: ControllerBench;
  readonly namespace: string;
  /** Commits the Deployment `web` with this image, as a person does. */
  release(image: string): Promise<string>;
  /** Has the controller look at the repository now. */
  fetch(): void;
  /** Of the canaries on the API server. */
  readonly path: string;
  canary(isWanted: (status: CanaryStatus) => boolean): Promise<SeenCanary>;
  /** Actions and messages of all commits, the first one first. */
  subjects(): Promise<readonly string[]>;
  /** Paths that a commit changed. */
  changed(commit: string): Promise<readonly string[]>;
}

const deployment = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});

/** A namespace whose objects lie in a repository, a controller that syncs it, and a canary of `web`. */
async function openShop(prefix: string, repository: Committed, spec: object = {}): Promise<Shop> {
  const bench = await openControllerBench(prefix, { shared: renderer });
  onTestFinished(() => bench.close());
  const { namespace } = bench;
  const file = `namespaces/${namespace}/Deployment/web/web.yaml`;
  const release = async (image: string): Promise<string> => {
    const commit = await repository.commit({ [file]: dump(deployment(image)) }, { message: `Release ${image}` });
    pushed.trigger();
    return commit;
  };
  let pushed = { trigger: (): void => undefined };
  await release('web:1');
  await bench.createRepository({ url: repository.url });
  const source = { repositoryRef: { name: 'apps' }, path: `namespaces/${namespace}`, directory: { recurse: true } };
  const sync = { automated: true, prune: true };
  await bench.createApplication('shop', { source, destination: { namespace }, sync });
  const controller = bench.start();
  pushed = { trigger: () => controller.trigger(repository.url) };
  triggers.add(pushed.trigger);
  onTestFinished(() => void triggers.delete(pushed.trigger));
  await controller.started;
  const path = `/apis/examples.plumbline.dev/v1/namespaces/${namespace}/canarydeployments`;
  const canary = (await exampleFile('canary.yaml')) as { readonly spec: object };
  await kube.call('POST', path, {
    ...canary,
    metadata: { name: 'web' },
    spec: { ...canary.spec, analysisPeriodSeconds: 0, stepSeconds: 1, stepWeight: 50, ...spec },
  });
  return {
    bench,
    namespace,
    release,
    fetch: () => pushed.trigger(),
    path,
    canary: async (isWanted) =>
      (await kube.until(
        path,
        ({ status }) => status !== undefined && isWanted(status as CanaryStatus),
        AbortSignal.timeout(60_000),
      )) as SeenCanary,
    async subjects() {
      const text = await repository.git('log', '--reverse', '--format=%s', 'main');
      return text
        .trim()
        .split('\n')
        .map((line) => {
          if (!line.startsWith('{')) return line;
          const { Action, Message } = JSON.parse(line) as { Action: string; Message: string };
          return Message === '' ? Action : `${Action}: ${Message}`;
        });
    },
    async changed(commit) {
      const text = await repository.git('show', '--format=', '--name-only', commit);
      return text
        .trim()
        .split('\n')
        .map((path_) => path_.replace(`namespaces/${namespace}/`, ''))
        .toSorted();
    },
  };
}

const triggers = new Set<() => void>();
const onPush = (): void => {
  for (const trigger of triggers) trigger();
};

const settledIn = (phase: string) => (status: CanaryStatus) =>
  status.phase === phase &&
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

function gitSync(repository: { readonly url: string }, more: object = {}): object {
  return { enabled: true, repository: repository.url, branch: 'main', path: 'namespaces', format: 'yaml', ...more };
}

test('phases advance with one commit for all that each of them changes, and none where nothing does', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop('canary-promote', repository);
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
  await kube.call('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, {
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
  expect((await kube.call('GET', `${objects}/web-primary`)).spec).toMatchObject({
    replicas: 2,
    template: { spec: { containers: [{ image: 'web:2' }] } },
  });
  expect((await kube.call('GET', `${objects}/web-canary`)).spec).toMatchObject({ replicas: 0 });
});

test('a canary that fails is taken back', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop('canary-rollback', repository, { analysisPeriodSeconds: 3600 });
  const metrics = await startMetrics(undefined);
  await startCanaryOperator({ namespace: shop.namespace, gitSync: gitSync(repository), prometheus: metrics.url });
  await shop.canary(settledIn('Waiting'));
  await shop.release('web:2');
  await shop.canary((status) => status.phase === 'Evaluating');
  // Nobody has called the canary yet: it is looked at again. Then all goes well, and at last it does not.
  metrics.successRate = 100;
  await kube.until(
    `/apis/networking.istio.io/v1/namespaces/${shop.namespace}/virtualservices`,
    ({ spec }) => JSON.stringify(spec).includes('"weight":100'),
    AbortSignal.timeout(30_000),
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
  const shop = await openShop('canary-wait', repository);
  const metrics = await startMetrics(100);
  const { namespace } = shop;
  await startCanaryOperator({ namespace, gitSync: gitSync(repository), prometheus: metrics.url });
  await shop.canary(settledIn('Waiting'));
  await shop.bench.patchApplication('shop', { spec: { suspend: true } });
  await shop.bench.application('shop', ({ spec, status }) => spec.suspend === true && status?.observedGeneration === 2);
  const containers = [{ name: 'web', image: 'web:2' }];
  await kube.call('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, {
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
  const shop = await openShop('canary-rights', repository);
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
  const kubeconfig = await writeKubeconfig(join(await temporaryFolder(), 'config'), { cluster, user: { token } });
  const metrics = await startMetrics(100);
  const common = { namespace, gitSync: gitSync(repository), prometheus: metrics.url };
  const running = await startCanaryOperator({ ...common, kubeconfig, leads: true });
  await shop.canary(settledIn('Waiting'));
  await shop.release('web:2');
  await shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  expect(running.logged.filter((line) => line.includes('kube.forbidden'))).toEqual([]);
});

test.for(['before', 'after'] as const)('ended %s its push is done, it commits once', async (when) => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(`canary-kill-${when}`, repository);
  const gate = await openDeadlyGate(workshop.server.port);
  const metrics = await startMetrics(100);
  const through = repository.url.replace(/^http:\/\/[^/]+/, gate.origin);
  const start = () =>
    startCanaryOperator({ namespace: shop.namespace, gitSync: gitSync({ url: through }), prometheus: metrics.url });
  const first = await start();
  await shop.canary(settledIn('Waiting'));
  gate.killNextPush(first.pid, when);
  await shop.release('web:2');
  expect(await first.ended).toBe('SIGKILL');
  const pending = await shop.canary((status) => status.gitSync?.state === 'Pending');
  expect(pending.status).toMatchObject({ phase: 'Waiting', gitSync: { nextPhase: 'Evaluating' } });
  await start();
  await shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  expect(await shop.subjects()).toEqual([
    'Release web:1',
    'Canary initialized',
    'Release web:2',
    'Canary started: web:2',
    'Canary promoted: web:2',
  ]);
});

test('a token that is refused is told, and a renewed one is used', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop('canary-token', repository);
  const { namespace } = shop;
  const gate = await openGitGate(workshop.server.port);
  gate.admit = ({ headers }) => (headers.authorization === basic('robot', 'fresh-7f3a') ? undefined : 401);
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'git' } };
  await kube.call('POST', secrets, { ...secret, stringData: { token: 'stale-7f3a' } });
  const metrics = await startMetrics(100);
  const access = { credentials: 'git.token', username: 'robot' };
  const running = await startCanaryOperator({ namespace, gitSync: gitSync(gate, access), prometheus: metrics.url });
  const refused = await shop.canary(({ conditions = [] }) =>
    conditions.some(({ reason }) => reason === 'GitAuthFailed'),
  );
  expect(refused.status?.gitSync).toBeUndefined();
  expect(JSON.stringify(refused.status)).not.toContain('7f3a');
  await kube.call('PATCH', `${secrets}/git`, { stringData: { token: 'fresh-7f3a' } });
  await shop.canary(settledIn('Waiting'));
  expect(await shop.subjects()).toEqual(['Release web:1', 'Canary initialized']);
  expect(running.logged.join('')).not.toContain('7f3a');
});

test('two operators that race on one branch both get their commits in', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const [one, other] = [await openShop('canary-race', repository), await openShop('canary-race', repository)];
  const metrics = await startMetrics(100);
  await Promise.all(
    [one, other].map(({ namespace }) =>
      startCanaryOperator({ namespace, gitSync: gitSync(repository), prometheus: metrics.url }),
    ),
  );
  await Promise.all([one, other].map((shop) => shop.canary(settledIn('Waiting'))));
  await one.release('web:2');
  await other.release('web:2');
  await Promise.all(
    [one, other].map((shop) => shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status))),
  );
  expect((await one.subjects()).toSorted()).toEqual(
    ['Canary initialized', 'Canary promoted: web:2', 'Canary started: web:2', 'Release web:1', 'Release web:2'].flatMap(
      (subject) => [subject, subject],
    ),
  );
  expect((await repository.git('rev-list', '--merges', 'main')).trim()).toBe('');
});

test('with pull requests a person decides, and the operator waits', async () => {
  const gitea = await newGiteaRepository();
  const shop = await openShop('canary-pull', {
    url: gitea.url,
    commit: (changes) => gitea.commit('main', changes),
    git: () => Promise.reject(new Error('it is on a forge')),
  });
  const { namespace } = shop;
  await kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'git' },
    stringData: { token: gitea.access.token },
  });
  const metrics = await startMetrics(100);
  const how = { mode: 'pullRequest', forge: 'Gitea', credentials: 'git.token', username: gitea.access.user };
  await startCanaryOperator({ namespace, gitSync: gitSync(gitea, how), prometheus: metrics.url });
  const proposed = await shop.canary((status) => status.gitSync?.state === 'PullRequestOpen');
  const { number = 0 } = proposed.status?.gitSync?.pullRequest ?? {};
  expect(proposed.status).toMatchObject({ phase: 'Initializing', gitSync: { nextPhase: 'Waiting' } });
  const pull = await gitea.call<{ title: string; body: string; base: { ref: string } }>('GET', `/pulls/${number}`);
  expect(pull).toMatchObject({ title: 'canary-operator: Canary initialized', base: { ref: 'main' } });
  expect(pull.body).toContain(`networking.istio.io/VirtualService ${namespace}/web`);
  await gitea.call('POST', `/pulls/${number}/merge`, { Do: 'squash' });
  shop.fetch();
  await shop.canary(settledIn('Waiting'));

  await shop.release('web:2');
  const second = await shop.canary((status) => status.gitSync?.state === 'PullRequestOpen');
  const { pullRequest, operation } = second.status?.gitSync ?? {};
  await gitea.call('PATCH', `/pulls/${pullRequest?.number}`, { state: 'closed' });
  const look = { metadata: { annotations: { look: 'again' } } };
  await kube.call('PATCH', `${shop.path}/web`, look);
  await shop.canary(
    (status) =>
      status.conditions?.some(
        ({ type, status: is, reason }) => type === 'Stalled' && is === 'True' && reason === 'OperatorPullRequestClosed',
      ) === true,
  );
  // A refusal stands until somebody wants something else.
  await kube.call('PATCH', `${shop.path}/web`, { spec: { stepWeight: 20 } });
  const third = await shop.canary(
    ({ gitSync: again }) => again?.state === 'PullRequestOpen' && again.operation !== operation,
  );
  expect(third.status?.gitSync?.pullRequest?.number).toBeGreaterThan(pullRequest?.number ?? 0);
});
