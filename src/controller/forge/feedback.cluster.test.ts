import { expect, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { parseExposition } from '../../../test/support/exposition.ts';
import { type GiteaRepository, newGiteaRepository } from '../../../test/support/gitea.ts';
import {
  type HttpRelay,
  openHttpRelay,
  type RelayedAnswer,
  type RelayedRequest,
} from '../../../test/support/http-relay.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';
import { createMetrics } from '../../metrics/index.ts';

const bench = controllerOfEachTest('feedback');

const configMap = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${JSON.stringify(value)}}\n`;

const deployment = (annotations: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {${annotations}}}
    spec: {containers: [{name: web, image: nginx:stable}]}
`;

interface Scene {
  readonly repository: GiteaRepository;
  /** Between the controller and the real Gitea. */
  readonly relay: HttpRelay;
  /** Waits until Gitea has answered a request like this. */
  until(isWanted: (asked: RelayedRequest, answer: RelayedAnswer) => boolean): Promise<void>;
  /** Waits until this was told of the commit, and Gitea holds it. */
  untilStatus(commit: string, state: string, context?: string): Promise<GiteaStatus>;
  push(files: Readonly<Record<string, string>>): Promise<string>;
  posts(): readonly string[];
}

interface GiteaStatus {
  readonly context: string;
  readonly status: string;
  readonly description: string;
  readonly target_url: string;
}

/** A repository on the real Gitea that the Repository `apps` follows and tells. */
async function openScene(files: Readonly<Record<string, string>>, forge: object = {}): Promise<Scene> {
  const repository = await newGiteaRepository(files);
  const { access } = repository;
  const relay = await openHttpRelay(Number(new URL(access.url).port));
  const answered: [RelayedRequest, RelayedAnswer][] = [];
  const listeners = new Set<() => void>();
  relay.onAnswer = (asked, answer) => {
    answered.push([asked, answer]);
    for (const listener of listeners) listener();
    return answer;
  };
  await createSecret('forge', { token: access.token });
  await bench.createRepository({
    url: repository.url,
    forge: { kind: 'Gitea', apiUrl: `${relay.url}/api/v1`, secretRef: { name: 'forge' }, ...forge },
  });
  const until: Scene['until'] = (isWanted) =>
    new Promise((resolve, reject) => {
      const signal = limit();
      const look = (): void => {
        if (!answered.some(([asked, answer]) => isWanted(asked, answer))) return;
        listeners.delete(look);
        resolve();
      };
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      listeners.add(look);
      look();
    });
  const context = `plumbline/${bench.namespace}/web`;
  return {
    repository,
    relay,
    until,
    async untilStatus(commit, state, wanted = context) {
      await until(
        (asked, answer) =>
          asked.method === 'POST' &&
          asked.path.endsWith(`/statuses/${commit}`) &&
          answer.status === 201 &&
          asked.body.includes(`"state":"${state}"`) &&
          asked.body.includes(`"context":"${wanted}"`),
      );
      const { statuses } = await repository.call<{ statuses: GiteaStatus[] }>('GET', `/commits/${commit}/status`);
      const status = statuses.find((each) => each.context === wanted);
      if (status === undefined) throw new Error(`Gitea holds no status ${wanted}`);
      return status;
    },
    async push(changed) {
      const commit = await repository.commit('main', changed);
      await bench.kube.call('PATCH', repositoryPath(), {
        metadata: { annotations: { 'plumbline.dev/requestedAt': commit } },
      });
      return commit;
    },
    posts: () =>
      relay.requests.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').at(-1) ?? ''),
  };
}

const repositoryPath = (): string => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`;

async function createSecret(name: string, stringData: Record<string, string>): Promise<void> {
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: bench.namespace },
    stringData,
  });
}

const web = { source: { repositoryRef: { name: 'apps' }, path: 'app' } };

test('a push is told as a success on the forge, a broken commit as a failure, and its repair as a success', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') });
  const first = scene.repository.firstCommit;
  await bench.createApplication('web', web);
  const metrics = createMetrics({ version: '0.0.0', ofProcess: false });
  bench.start({ externalUrl: 'https://plumbline.example.org/', observer: metrics.observer });
  expect(await scene.untilStatus(first, 'success')).toMatchObject({
    status: 'success',
    description: `1 objects are as in ${first.slice(0, 12)}; Healthy`,
    target_url: `https://plumbline.example.org/applications/${bench.namespace}/web`,
  });

  const broken = await scene.push({ 'app/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n' });
  const failure = await scene.untilStatus(broken, 'failure');
  expect(failure.status).toBe('failure');
  expect(failure.description).toContain('app/settings.yaml');

  const mended = await scene.push({ 'app/settings.yaml': configMap('two') });
  expect((await scene.untilStatus(mended, 'success')).status).toBe('success');
  // Each commit was told of once or twice: that it began, and what came of it.
  expect(scene.posts().filter((commit) => commit === first).length).toBeLessThanOrEqual(2);

  const sources = { measures: () => [], counters: () => bench.client.counters };
  const read = async (name: string, labels: Record<string, string>): Promise<number | undefined> =>
    parseExposition(await metrics.scrape(sources)).value(name, labels);
  const work = 'plumbline_workqueue_work_duration_seconds_count';
  await expect.poll(() => read(work, { queue: 'commit_status' })).toBeGreaterThanOrEqual(3);
  expect(await read('plumbline_forge_requests_total', { method: 'POST', code: '201' })).toBeGreaterThanOrEqual(3);
  for (const queue of ['application', 'repository', 'capture', 'preview', 'pull_requests', 'commit_status', 'gitops'])
    expect([queue, await read('plumbline_workqueue_depth', { queue })]).toEqual([queue, expect.any(Number)]);
});

test('a sync that is not healthy yet is told as pending, and links to the forge where nothing else is known', async () => {
  const scene = await openScene({ 'app/web.yaml': deployment('plumbline.dev/local-pod: Unready') });
  await bench.createApplication('web', web);
  bench.start();
  const first = scene.repository.firstCommit;
  const pending = await scene.untilStatus(first, 'pending');
  expect(pending).toMatchObject({ status: 'pending' });
  const { access, owner, name } = scene.repository;
  expect(pending.target_url).toBe(`${access.url}/${owner}/${name}/commit/${first}`);
  const second = await scene.push({ 'app/web.yaml': deployment('') });
  expect((await scene.untilStatus(second, 'success')).description).toContain('Healthy');
});

test('a commit that touches nothing of an Application is not told of', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') });
  await bench.createApplication('web', web);
  await bench.createApplication('other', { source: { repositoryRef: { name: 'apps' }, path: 'other' } });
  bench.start();
  await scene.untilStatus(scene.repository.firstCommit, 'success');
  const foreign = await scene.push({ 'other/settings.yaml': configMap('two').replace('settings', 'others') });
  await scene.untilStatus(foreign, 'success', `plumbline/${bench.namespace}/other`);
  const last = await scene.push({ 'app/settings.yaml': configMap('three') });
  await scene.untilStatus(last, 'success');
  const { statuses } = await scene.repository.call<{ statuses: GiteaStatus[] }>('GET', `/commits/${foreign}/status`);
  expect(statuses.map(({ context }) => context)).toEqual([`plumbline/${bench.namespace}/other`]);
});

test('a restart tells nothing again', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') });
  await bench.createApplication('web', web);
  const first = scene.repository.firstCommit;
  const before = bench.start();
  await scene.untilStatus(first, 'success');
  await bench.application('web', isReadyAt(first));
  await before.stop();
  const posted = scene.posts().length;
  bench.start();
  // It is not sure, and asks.
  await scene.until(
    (asked, { status }) => asked.method === 'GET' && asked.path.includes(`/commits/${first}/status`) && status === 200,
  );
  const second = await scene.push({ 'app/settings.yaml': configMap('two') });
  await scene.untilStatus(second, 'success');
  expect(new Set(scene.posts().slice(posted))).toEqual(new Set([second]));
});

test('a forge that refuses is told of by an Event, holds up nothing, and is told once it lets us in', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') }, { secretRef: { name: 'wrong' } });
  await createSecret('wrong', { token: 'f'.repeat(40) });
  await bench.createApplication('web', web);
  bench.start();
  const first = scene.repository.firstCommit;
  await bench.application('web', isReadyAt(first));
  const event = await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => (seen as unknown as { reason?: string }).reason === 'ForgeFailed',
    limit(),
  );
  const { note, regarding } = event as unknown as { note: string; regarding: { kind: string; name: string } };
  expect(regarding).toMatchObject({ kind: 'Repository', name: 'apps' });
  expect(note).toContain('forge.auth-failed');
  expect(note).not.toContain('ffff');
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/secrets/wrong`, {
    stringData: { token: scene.repository.access.token },
  });
  await scene.untilStatus(first, 'success');
});

test('without spec.forge no forge is called', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') });
  await bench.kube.call('PATCH', repositoryPath(), { spec: { forge: null } });
  await bench.createApplication('web', web);
  bench.start();
  await bench.application('web', isReadyAt(scene.repository.firstCommit));
  const second = await scene.push({ 'app/settings.yaml': configMap('two') });
  await bench.application('web', isReadyAt(second));
  expect(scene.relay.requests).toEqual([]);
});

test('a commit that is not accepted is a failure on the forge, and a success once it is', async () => {
  const scene = await openScene({ 'app/settings.yaml': configMap('one') });
  await bench.createApplication('web', web);
  bench.start();
  await scene.untilStatus(scene.repository.firstCommit, 'success');
  await bench.kube.call('PATCH', repositoryPath(), { spec: { verify: { keysRef: { name: 'signers' } } } });
  const context = `plumbline/accepted/${bench.namespace}/apps`;
  const unsigned = await scene.push({ 'app/settings.yaml': configMap('two') });
  const failure = await scene.untilStatus(unsigned, 'failure', context);
  expect(failure.description).toContain('not accepted: ');
  expect(failure.target_url).toContain(unsigned);
  await bench.kube.call('PATCH', repositoryPath(), { spec: { verify: null } });
  expect((await scene.untilStatus(unsigned, 'success', context)).description).toBe('accepted');
  await scene.untilStatus(unsigned, 'success');
});
