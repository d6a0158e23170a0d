import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { testConnections } from '../../../test/support/forge-server.ts';
import { startGitHookServer, writeHook } from '../../../test/support/git-hook-server.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import type { Application } from '../../api/index.ts';
import { openForge } from '../../forge/index.ts';
import { sensitive } from '../../sensitive.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('capture');

const deployment = (name: string, replicas: number | string, image = 'nginx:stable') => `# The web.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas} # as many as it takes
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 80}]
`;

const deployments = () => `/apis/apps/v1/namespaces/${bench.namespace}/deployments`;

/** What `kubectl edit` sends. */
const edit = (name: string, spec: object, manager = 'kubectl-edit') =>
  bench.kube.call('PATCH', `${deployments()}/${name}?fieldManager=${manager}`, { spec });

/** What became of the Operations of the namespace. */
const operations = async (): Promise<readonly unknown[]> => {
  const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/operations`;
  const { items = [] } = await bench.kube.call('GET', path);
  return items.map((item) => (item as { readonly status?: unknown }).status);
};

const replicasOf = (name: string, replicas: number) => (seen: SeenObject) =>
  seen.metadata.name === name && seen.spec?.['replicas'] === replicas;
const head = () => bench.repository.git('rev-parse', 'refs/heads/main');
const show = (path: string) => bench.repository.git('show', `refs/heads/main:${path}`);
const messages = (since: string) => bench.repository.git('log', '--format=%B', `${since}..refs/heads/main`);
const countSince = async (since: string) =>
  Number(await bench.repository.git('rev-list', '--count', `${since}..refs/heads/main`));

/** Captures after a second without another change. */
const capturing = (more: object = {}) => ({ sync: { drift: 'Capture', capture: { quietPeriod: '1s', ...more } } });

/** Synced and Healthy at another commit than this. */
const isSyncedAfter = (commit: string) => (application: Application) =>
  application.status?.revision !== commit && isReadyAt(application.status?.revision ?? '')(application);
const container = (image: string) => ({ name: 'web', image, ports: [{ containerPort: 80 }] });

const chart = (values: string) => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/values.yaml': 'replicas: 1\nimage: {repository: nginx, tag: stable}\n',
  'chart/templates/web.yaml': deployment(
    'web',
    '{{ .Values.replicas }}',
    '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
  ),
  'prod.yaml': values,
});
const chartSource = {
  source: { repositoryRef: { name: 'apps' }, path: 'chart', helm: { valueFiles: ['prod.yaml'] } },
};

test('a change by hand becomes one commit in the values of a chart, and the cluster is kept', async () => {
  const first = await bench.repository.commit(chart('# prod\nreplicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing() });
  bench.start();
  await bench.application('web', isReadyAt(first));

  await edit('web', { replicas: 3 });
  const captured = await bench.application('web', isSyncedAfter(first));
  expect(await countSince(first)).toBe(1);
  expect(captured.status?.revision).toBe(await head());
  expect(await show('prod.yaml')).toBe('# prod\nreplicas: 3');
  expect(captured.status).toMatchObject({
    drift: { objects: 0 },
    capture: { state: 'Committed', commit: await head() },
  });
  // Nothing was applied for it: the object is the one that was edited.
  const live = await bench.kube.call('GET', `${deployments()}/web`);
  expect(live.spec?.['replicas']).toBe(3);
  expect((live.metadata as { generation?: number }).generation).toBe(2);
  expect(captured.status?.history).toHaveLength(1);
  const message = await messages(first);
  const [subject = ''] = message.split('\n');
  expect(JSON.parse(subject)).toEqual({
    Action: 'Drift captured',
    Message: `kubectl-edit changed spec.replicas of apps/Deployment ${bench.namespace}/web`,
    Author: 'kubectl-edit',
    Email: '',
  });
  expect(message).toMatch(/spec\.replicas changed by kubectl-edit \(Update, \d{4}-/);

  // The field is ours again: the next change is seen as well.
  const second = await head();
  await edit('web', { replicas: 2 });
  await bench.application('web', isSyncedAfter(second));
  expect(await show('prod.yaml')).toBe('# prod\nreplicas: 2');
});

test('in a plain manifest the very line is changed; what others added beside it is none of ours', async () => {
  const first = await bench.repository.commit({ 'apps/web.yaml': deployment('web', 1) });
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'apps' }, ...capturing() });
  bench.start();
  await bench.application('web', isReadyAt(first));
  await bench.kube.call('PATCH', `${deployments()}/web`, {
    metadata: { labels: { team: 'a' } },
    spec: { paused: true },
  });
  await edit('web', { replicas: 3 });
  await bench.application('web', isSyncedAfter(first));
  expect(await countSince(first)).toBe(1);
  expect(await show('apps/web.yaml')).toBe(deployment('web', 3).trimEnd());
  expect((await bench.kube.call('GET', `${deployments()}/web`)).spec).toMatchObject({ replicas: 3, paused: true });
});

const overlay = (suffix: string) =>
  `resources: [../../base]\nnameSuffix: ${suffix}\nlabels:\n  - pairs: {app: web${suffix}}\n    includeSelectors: true\n`;

test('in an overlay the overlay is changed, and not the base that another Application is made of as well', async () => {
  const first = await bench.repository.commit({
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': deployment('web', 1),
    'overlays/prod/kustomization.yaml': overlay('-prod'),
    'overlays/test/kustomization.yaml': overlay('-test'),
  });
  await bench.createRepository();
  for (const name of ['prod', 'test']) {
    const source = { repositoryRef: { name: 'apps' }, path: `overlays/${name}` };
    await bench.createApplication(name, { source, ...capturing() });
  }
  bench.start();
  await bench.application('prod', isReadyAt(first));
  await bench.application('test', isReadyAt(first));
  await edit('web-prod', { replicas: 3 });
  await bench.application(
    'prod',
    ({ status }) => status?.capture?.state === 'Committed' && status.drift?.objects === 0,
  );
  expect(await countSince(first)).toBe(1);
  expect(await bench.repository.git('diff', '--name-only', first, 'refs/heads/main')).toBe(
    'overlays/prod/kustomization.yaml',
  );
  expect(await show('overlays/prod/kustomization.yaml')).toMatch(/replicas:\n\s*- name: web\n\s*count: 3/);
  expect((await bench.kube.call('GET', `${deployments()}/web-prod`)).spec?.['replicas']).toBe(3);
  expect((await bench.kube.call('GET', `${deployments()}/web-test`)).spec?.['replicas']).toBe(1);
});

test('two changes within the quiet period are one commit that names both who made them', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing({ quietPeriod: '2s' }) });
  bench.start();
  await bench.application('web', isReadyAt(first));
  await edit('web', { replicas: 3 });
  await bench.application('web', hasCondition('Synced', 'False', 'CapturePending'));
  await edit('web', { template: { spec: { containers: [container('nginx:1.29')] } } }, 'rollout-bot');
  await bench.application('web', isSyncedAfter(first));
  expect(await countSince(first)).toBe(1);
  expect(await show('prod.yaml')).toBe('replicas: 3\nimage:\n  tag: "1.29"');
  const message = await messages(first);
  expect(message).toContain('spec.replicas changed by kubectl-edit (Update,');
  expect(message).toContain('containers[name=web].image changed by rollout-bot (Update,');
});

test('with meanwhile: Revert the cluster is put back at once, and follows the commit', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing({ quietPeriod: '3s', meanwhile: 'Revert' }) });
  bench.start();
  await bench.application('web', isReadyAt(first));
  const seen: number[] = [];
  const watching = bench.kube.until(
    deployments(),
    ({ spec }) => {
      seen.push((spec as { replicas: number }).replicas);
      return seen.includes(3) && seen.lastIndexOf(3) > seen.indexOf(1, seen.indexOf(3)) && seen.at(-1) === 3;
    },
    limit(),
  );
  await edit('web', { replicas: 3 });
  await bench.kube.until(deployments(), replicasOf('web', 1), limit());
  expect(await countSince(first)).toBe(0);
  await bench.application('web', isSyncedAfter(first));
  await watching;
  expect(await countSince(first)).toBe(1);
  expect(await show('prod.yaml')).toBe('replicas: 3');
  const events = await bench.application('web', ({ status }) => status?.capture?.state === 'Committed');
  expect(events.status?.capture?.message).toBe(`spec.replicas of apps/Deployment ${bench.namespace}/web`);
});

test('what an autoscaler scales and what controllers write into a status are not captured', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing() });
  bench.start();
  await bench.application('web', isReadyAt(first));
  // The real autoscaler: it needs no metrics to see that there are less than the least.
  await bench.kube.call('POST', `/apis/autoscaling/v2/namespaces/${bench.namespace}/horizontalpodautoscalers`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  });
  await bench.kube.until(deployments(), replicasOf('web', 2), limit());
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'CaptureRefused'));
  expect(messageOf(refused, 'Synced')).toMatch(/spec\.replicas (is scaled by|belongs to the HorizontalPodAutoscaler)/);
  await bench.kube.until(
    deployments(),
    (seen) => seen.metadata.name === 'web' && seen.status?.availableReplicas === 2,
    limit(),
  );
  expect(await countSince(first)).toBe(0);
  // Anything else of the same object is captured all the same.
  await edit('web', { template: { spec: { containers: [container('nginx:1.29')] } } });
  await bench.application('web', ({ status }) => status?.capture?.state === 'Committed');
  expect(await show('prod.yaml')).toBe('replicas: 1\nimage:\n  tag: "1.29"');
});

test('what has no place in Git, a Secret and a deletion are told with the reason, once, and stay as they are', async () => {
  const files = {
    ...chart('replicas: 1\n'),
    'chart/templates/secret.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: first}\n',
    'chart/templates/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n',
  };
  const first = await bench.repository.commit(files);
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing() });
  bench.start();
  await bench.application('web', isReadyAt(first));
  const core = `/api/v1/namespaces/${bench.namespace}`;
  const value = Buffer.from('second').toString('base64');
  await bench.kube.call('PATCH', `${core}/secrets/token`, { data: { token: value } });
  const secret = await bench.application('web', hasCondition('Synced', 'False', 'CaptureRefused'));
  expect(messageOf(secret, 'Synced')).toContain('a Secret is never captured');
  expect(JSON.stringify([secret, bench.logged])).not.toContain(value);

  await bench.kube.call('PATCH', `${core}/configmaps/settings`, { data: { a: 'c' } });
  const placeless = await bench.application('web', (application) =>
    messageOf(application, 'Synced').includes('no value of the chart leads to data.a'),
  );
  expect(placeless.status?.capture?.state).toBe('Refused');

  await bench.kube.call('DELETE', `${core}/configmaps/settings`);
  await bench.application('web', (application) =>
    messageOf(application, 'Synced').includes('was deleted, and that is never captured'),
  );
  expect(await countSince(first)).toBe(0);
  expect((await bench.kube.call('GET', `${core}/secrets/token`)).data).toEqual({ token: value });
  const refusals = bench.logged.filter(({ message }) => message === 'drift not captured');
  expect(refusals).toHaveLength(1);
  // Who asks for a sync by hand gets what Git says.
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': 'now' } } });
  const synced = await bench.application('web', ({ status }) => status?.synced?.by === 'manual');
  expect(synced.status?.drift).toMatchObject({ objects: 0 });
  expect((await bench.kube.call('GET', `${core}/configmaps/settings`)).data).toEqual({ a: 'b' });
});

test('a commit that comes first overwrites nothing that was changed: it is taken before, and refused where both changed it', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing({ quietPeriod: '1h' }) });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await edit('web', { replicas: 3 });
  await bench.application('web', hasCondition('Synced', 'False', 'CapturePending'));
  const second = await bench.repository.commit({ 'prod.yaml': 'replicas: 1\nimage: {tag: "1.29"}\n' });
  controller.trigger();
  await bench.application('web', isSyncedAfter(second));
  expect(await show('prod.yaml')).toBe('replicas: 3\nimage: {tag: "1.29"}');
  await bench.kube.until(deployments(), replicasOf('web', 3), limit());

  const third = await head();
  await edit('web', { replicas: 4 });
  await bench.application('web', hasCondition('Synced', 'False', 'CapturePending'));
  const fourth = await bench.repository.commit({ 'prod.yaml': 'replicas: 2\nimage: {tag: "1.29"}\n' });
  controller.trigger();
  const refused = await bench.application('web', ({ status }) => status?.capture?.state === 'Refused');
  expect(refused.status?.capture?.message).toContain('it was changed in Git as well, and Git is right');
  await bench.kube.until(deployments(), replicasOf('web', 2), limit());
  expect(await countSince(third)).toBe(1);
  expect(await head()).toBe(fourth);
});

test('a drift that came while no controller ran is captured after the start; it is no second commit after another', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing() });
  const before = bench.start();
  await bench.application('web', isReadyAt(first));
  await before.stop();
  await edit('web', { replicas: 3 });
  const after = bench.start();
  const captured = await bench.application('web', isSyncedAfter(first));
  expect(await show('prod.yaml')).toBe('replicas: 3');
  await after.stop();
  bench.start();
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } } });
  await bench.application('web', ({ status }) => status?.handledRequest === 'now');
  expect(await head()).toBe(captured.status?.revision);
  expect(await countSince(first)).toBe(1);
});

test('what was put back in the cluster is captured also where the controller is restarted in between', async () => {
  const first = await bench.repository.commit(chart('replicas: 1\n'));
  await bench.createRepository();
  await bench.createApplication('web', { ...chartSource, ...capturing({ quietPeriod: '3s', meanwhile: 'Revert' }) });
  const before = bench.start();
  await bench.application('web', isReadyAt(first));
  await edit('web', { replicas: 3 });
  await bench.kube.until(deployments(), replicasOf('web', 1), limit());
  await before.stop();
  expect(await countSince(first)).toBe(0);
  bench.start();
  const captured = await bench.application('web', isSyncedAfter(first));
  expect(await show('prod.yaml')).toBe('replicas: 3');
  expect(captured.status?.capture?.taken).toBeUndefined();
  await bench.kube.until(deployments(), replicasOf('web', 3), limit());
});

test('in the mode PullRequest the change is proposed on the forge, and is in the cluster for good once it is merged', async () => {
  const gitea = await newGiteaRepository(chart('replicas: 1\n'));
  const { access } = gitea;
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'forge' },
    stringData: { token: access.token },
  });
  await bench.createRepository({
    url: gitea.url,
    secretRef: { name: 'forge' },
    forge: { kind: 'Gitea', apiUrl: `${access.url}/api/v1`, secretRef: { name: 'forge' } },
  });
  await bench.createApplication('web', { ...chartSource, ...capturing({ mode: 'PullRequest', meanwhile: 'Revert' }) });
  bench.start();
  const ready = await bench.application('web', hasCondition('Ready', 'True'));
  await edit('web', { replicas: 3 });
  const proposed = await bench.application('web', ({ status }) => status?.capture?.state === 'PullRequestOpen');
  expect(proposed.status?.revision).toBe(ready.status?.revision);
  await bench.kube.until(deployments(), replicasOf('web', 1), limit());
  const link = proposed.status?.capture?.pullRequest ?? '';
  const [, number] = /\/(\d+)$/.exec(link) ?? [];
  // What is changed while it is open is added to it.
  await edit('web', { template: { spec: { containers: [container('nginx:1.29')] } } });
  const more = await bench.application('web', ({ status }) => {
    const { state, commit } = status?.capture ?? {};
    return state === 'PullRequestOpen' && commit !== proposed.status?.capture?.commit;
  });
  expect(more.status?.capture?.pullRequest).toBe(link);
  expect(await gitea.call('GET', '/pulls?state=all')).toMatchObject([
    { state: 'open', head: { sha: more.status?.capture?.commit }, body: expect.stringContaining('image') as string },
  ]);
  expect(await gitea.call('GET', `/pulls/${number}/commits`)).toHaveLength(2);
  expect(await operations()).toMatchObject([{ state: 'PullRequestOpen' }, { state: 'PullRequestOpen' }]);
  // Whether it can be merged Gitea finds out after each push: the client waits for that.
  const forge = openForge({
    repositoryUrl: gitea.url,
    kind: 'Gitea',
    credentials: { kind: 'token', token: sensitive(access.token) },
    connections: testConnections({
      now: Date.now,
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    }),
  });
  const merge = { method: 'merge', head: more.status?.capture?.commit ?? '' } as const;
  await forge.mergePullRequest(Number(number), merge, { signal: limit() });
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  await bench.kube.call('PATCH', `${repositories}/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } },
  });
  await bench.application('web', isSyncedAfter(ready.status?.revision ?? ''));
  await bench.kube.until(deployments(), replicasOf('web', 3), limit());
});

test('a push that is refused is told by the capture and its Operation; asked for again, it is made', async () => {
  const first = await bench.repository.commit({ 'web.yaml': deployment('web', 1) });
  await writeHook(bench.repository.directory, 'pre-receive', 'echo "no changes on Fridays" >&2; exit 1');
  const { url } = await startGitHookServer(bench.repository.directory);
  await bench.createRepository({ url });
  await bench.createApplication('web', capturing());
  bench.start();
  await bench.application('web', isReadyAt(first));
  await edit('web', { replicas: 3 });
  const refused = await bench.application('web', ({ status }) => status?.capture?.state === 'Refused');
  expect(refused.status?.capture?.message).toContain('no changes on Fridays');
  expect(await operations()).toMatchObject([{ state: 'Failed', problems: [{ code: 'git.push-refused' }] }]);
  expect(await countSince(first)).toBe(0);
  // The cluster is as it was changed.
  const live = await bench.kube.call('GET', `${deployments()}/web`);
  expect(live.spec?.['replicas']).toBe(3);
  await writeHook(bench.repository.directory, 'pre-receive', 'exit 0');
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } } });
  await bench.application('web', isSyncedAfter(first));
  expect(await operations()).toMatchObject([{ state: 'Committed', commit: await head() }]);
  expect(await countSince(first)).toBe(1);
});

test('where somebody changes the same field time and again, ten changes are captured, and then it is told', async () => {
  const first = await bench.repository.commit({ 'web.yaml': deployment('web', 1) });
  await bench.createRepository();
  await bench.createApplication('web', capturing());
  bench.start();
  await bench.application('web', isReadyAt(first));
  let last = first;
  for (let replicas = 2; replicas <= 11; replicas += 1) {
    await edit('web', { replicas }, 'other-controller');
    last = (await bench.application('web', isSyncedAfter(last))).status?.revision ?? '';
  }
  expect(await countSince(first)).toBe(10);
  await edit('web', { replicas: 12 }, 'other-controller');
  const contested = await bench.application('web', hasCondition('Synced', 'False', 'CaptureContested'));
  expect(messageOf(contested, 'Synced')).toContain('something keeps changing it');
  expect(await countSince(first)).toBe(10);
  expect(await operations()).toHaveLength(10);
});
