import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControllerBench, isReadyAt, openControllerBench } from '../../../test/support/controller.ts';
import { callGitea, type GiteaRepository, newGiteaRepository, newGiteaUser } from '../../../test/support/gitea.ts';
import { proveWebhook } from '../../../test/support/webhooks.ts';
import { createRenderer, type Renderer } from '../../render/index.ts';
import type { Log } from '../log.ts';
import { limit } from '../../../test/support/limit.ts';

let renderer: Renderer;
beforeAll(() => {
  renderer = createRenderer({ host: 'wasm', workers: 1 });
});
afterAll(() => renderer.close());

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly updated_at: string;
}
interface Status {
  readonly id: number;
  readonly status: string;
  readonly context: string;
  readonly description: string;
  readonly target_url: string;
}

/** A controller, a repository on a real Gitea, and the means to wait for what the controller says that it did. */
interface PreviewBench extends ControllerBench {
  readonly gitea: GiteaRepository;
  /** Resolves when a preview of this commit was told. */
  previewed(commit: string): Promise<void>;
  readonly log: Log;
  /** What was said, as `message key`. */
  readonly said: readonly string[];
  /** Opens a pull request from a branch, with these files on it. */
  propose(branch: string, files: Readonly<Record<string, string>>): Promise<{ number: number; commit: string }>;
  comments(number: number): Promise<readonly Comment[]>;
  /** Those of previews, the newest first. */
  statuses(commit: string): Promise<readonly Status[]>;
  /** Has the controller ask for the list of pull requests now. */
  look(): Promise<void>;
}

async function open(
  preview: 'Branches' | 'All',
  first: Readonly<Record<string, string>> = base,
): Promise<PreviewBench> {
  const bench = await openControllerBench('preview', { shared: renderer });
  const gitea = await newGiteaRepository(first);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'forge' } };
  const stringData = { token: gitea.access.token };
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, { ...secret, stringData });
  await bench.createRepository({ url: gitea.url, forge: { kind: 'Gitea', secretRef: { name: 'forge' }, preview } });
  for (const name of ['web', 'other']) {
    await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name } });
  }
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const said: string[] = [];
  const of = (commit: string): PromiseWithResolvers<void> => {
    const known = waiting.get(commit) ?? Promise.withResolvers<void>();
    waiting.set(commit, known);
    return known;
  };
  const note = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    said.push(`${message} ${JSON.stringify(fields)}`);
    if (message === 'previewed') of(String(fields['commit'])).resolve();
  };
  let asked = 0;
  return {
    ...bench,
    gitea,
    said,
    log: { debug: note, info: note, warn: note, error: note },
    async previewed(commit) {
      const ended = Promise.withResolvers<void>();
      const signal = limit();
      signal.addEventListener('abort', () => ended.reject(new Error(`no preview of ${commit}:\n${said.join('\n')}`)));
      await Promise.race([of(commit).promise, ended.promise]);
    },
    async propose(branch, files) {
      const commit = await gitea.commit(branch, files, 'main');
      const pull = { head: branch, base: 'main', title: branch };
      const { number } = await gitea.call<{ number: number }>('POST', '/pulls', pull);
      return { number, commit };
    },
    comments: (number) => gitea.call<Comment[]>('GET', `/issues/${number}/comments`),
    statuses: async (commit) =>
      (await gitea.call<Status[]>('GET', `/commits/${commit}/statuses`))
        .filter(({ context }) => context === 'plumbline/preview')
        .toSorted((a, b) => b.id - a.id),
    async look() {
      asked += 1;
      const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`;
      const annotations = { 'plumbline.dev/requestedAt': `${asked}` };
      await bench.kube.call('PATCH', path, { metadata: { annotations } });
    },
  };
}

const deployment = (image: string, replicas: number, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ${image}
${more}`;
const config = (name: string, value: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { key: ${value} }
`;
const base = {
  'web/web.yaml': deployment('nginx:1.26', 1),
  'web/config.yaml': config('web', 'one'),
  'web/kustomization.yaml': 'resources: [web.yaml, config.yaml]\n',
  'other/config.yaml': config('other', 'one'),
};

test('a pull request has one comment and a status, which follow it to its end; nothing of it is synced', async () => {
  const bench = await open('All');
  const controller = bench.start({ log: bench.log });
  await bench.application('web', isReadyAt(bench.gitea.firstCommit));
  const { number, commit } = await bench.propose('feature', { 'web/web.yaml': deployment('nginx:1.27', 0) });
  await bench.look();
  await bench.previewed(commit);
  const [comment, ...others] = await bench.comments(number);
  expect(others).toEqual([]);
  expect(comment?.body).toContain('**1 Application would change; 2 risks to look at.** 1 other Application read');
  expect(comment?.body).toContain(
    `Stops all pods: \`apps/Deployment ${bench.namespace}/web\`: \`spec.replicas: 1 -> 0\``,
  );
  expect(comment?.body).toContain('-        - image: nginx:1.26\n+        - image: nginx:1.27\n');
  const statuses = await bench.statuses(commit);
  expect(statuses.map(({ status }) => status)).toEqual(['success', 'pending']);
  expect(statuses[0]?.description).toBe('1 Application would change; 2 risks to look at');
  expect(statuses[0]?.target_url).toBe(
    `${bench.gitea.access.url}/${bench.gitea.owner}/${bench.gitea.name}/pulls/${number}`,
  );

  // A push to it: the same comment says something else.
  const second = await bench.gitea.commit('feature', { 'web/web.yaml': deployment('nginx:1.28', 1) });
  await bench.look();
  await bench.previewed(second);
  const changed = await bench.comments(number);
  expect(changed.map(({ id }) => id)).toEqual([comment?.id]);
  expect(changed[0]?.body).toContain('+        - image: nginx:1.28\n');
  expect(changed[0]?.body).not.toContain('nginx:1.27');

  // It changes nothing any more.
  const third = await bench.gitea.commit('feature', { 'web/web.yaml': base['web/web.yaml'], 'README.md': 'read' });
  await bench.look();
  await bench.previewed(third);
  const emptied = await bench.comments(number);
  expect(emptied).toHaveLength(1);
  expect(emptied[0]?.body).toContain('**Nothing changes in what is deployed.**');
  expect((await bench.statuses(third))[0]).toMatchObject({
    status: 'success',
    description: 'nothing changes in what is deployed',
  });

  // One that touches nothing has no comment at all.
  const docs = await bench.propose('docs', { 'docs/index.md': 'words' });
  await bench.look();
  await bench.previewed(docs.commit);
  expect(await bench.comments(docs.number)).toEqual([]);
  expect((await bench.statuses(docs.commit))[0]?.status).toBe('success');

  const path = `/apis/apps/v1/namespaces/${bench.namespace}/deployments/web`;
  const live = await bench.kube.call('GET', path);
  expect(JSON.stringify(live)).toContain('nginx:1.26');
  await controller.stop();
  await bench.close();
});

test('what is wrong with the head fails its status, with file and line, and is right when it is mended', async () => {
  const bench = await open('All');
  const controller = bench.start({ log: bench.log });
  await bench.application('web', isReadyAt(bench.gitea.firstCommit));
  const broken = await bench.propose('broken', { 'web/kustomization.yaml': 'resources: [web.yaml]\nresourcess: []\n' });
  const refused = await bench.propose('refused', {
    'web/web.yaml': deployment('nginx:1.27', 1, '          imagePullPolicyy: Always\n'),
  });
  await bench.look();
  await Promise.all([bench.previewed(broken.commit), bench.previewed(refused.commit)]);
  const [status] = await bench.statuses(broken.commit);
  expect(status).toMatchObject({ status: 'failure' });
  expect(status?.description).toMatch(/^web\/kustomization\.yaml:2: .*unknown field "resourcess"/);
  const [comment] = await bench.comments(broken.number);
  const page = `${bench.gitea.access.url}/${bench.gitea.owner}/${bench.gitea.name}/src/commit/${broken.commit}`;
  expect(comment?.body).toContain(`- [\`web/kustomization.yaml:2:1\`](${page}/web/kustomization.yaml#L2)`);
  // The API server was asked, too, and stored nothing.
  const [second] = await bench.statuses(refused.commit);
  expect(second).toMatchObject({ status: 'failure' });
  expect(second?.description).toMatch(/^web\/web\.yaml:13: .*field not declared in schema/);

  const mended = await bench.gitea.commit('broken', { 'web/kustomization.yaml': base['web/kustomization.yaml'] });
  await bench.look();
  await bench.previewed(mended);
  expect((await bench.statuses(mended))[0]?.status).toBe('success');
  expect((await bench.comments(broken.number))[0]?.body).toContain('**Nothing changes in what is deployed.**');
  await controller.stop();
  await bench.close();
});

test('a restart writes nothing again, and what the cluster has otherwise is told beside', async () => {
  const bench = await open('Branches');
  const first = bench.start({ log: bench.log });
  await bench.application('web', isReadyAt(bench.gitea.firstCommit));
  // Drift that is left as it is.
  await bench.patchApplication('web', { spec: { sync: { drift: 'Report' } } });
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/configmaps/web`, { data: { key: 'drifted' } });
  const { number, commit } = await bench.propose('feature', { 'web/web.yaml': deployment('nginx:1.27', 1) });
  await bench.look();
  await bench.previewed(commit);
  const [comment] = await bench.comments(number);
  expect(comment?.body).toContain('what else the cluster has otherwise than the head');
  expect(comment?.body).toContain('-drifted\n+one\n');
  const before = await bench.statuses(commit);
  await first.stop();

  const again: string[] = [];
  const retold = Promise.withResolvers<void>();
  const note = (_fields: object, message: string): void => {
    again.push(message);
    if (message === 'previewed') retold.resolve();
  };
  const second = bench.start({ log: { debug: note, info: note, warn: note, error: note } });
  await retold.promise;
  expect(await bench.comments(number)).toEqual([comment]);
  expect(await bench.statuses(commit)).toEqual(before);
  await second.stop();
  await bench.close();
});

test('what a fork proposes is rendered and shown to no API server; it is left alone where forks are not wanted', async () => {
  const user = await newGiteaUser();
  const fork = async (bench: PreviewBench) => {
    const { gitea } = bench;
    await callGitea(user, 'POST', `${gitea.path}/forks`, {});
    const path = `/repos/${user.user}/${gitea.name}`;
    const content = Buffer.from(deployment('nginx:1.27', 1, '          imagePullPolicyy: Always\n')).toString('base64');
    const { commit } = await callGitea<{ commit: { sha: string } }>(user, 'POST', `${path}/contents`, {
      branch: 'main',
      new_branch: 'theirs',
      message: 'Propose',
      files: [{ operation: 'upload', path: 'web/web.yaml', content }],
    });
    const pull = { head: `${user.user}:theirs`, base: 'main', title: 'Ours' };
    const { number } = await callGitea<{ number: number }>(user, 'POST', `${gitea.path}/pulls`, pull);
    return { number, commit: commit.sha };
  };
  const all = await open('All');
  const first = all.start({ log: all.log });
  await all.application('web', isReadyAt(all.gitea.firstCommit));
  const theirs = await fork(all);
  await all.look();
  await all.previewed(theirs.commit);
  // The API server would refuse it, and was not asked.
  expect((await all.statuses(theirs.commit))[0]?.status).toBe('success');
  expect((await all.comments(theirs.number))[0]?.body).toContain('imagePullPolicyy');
  await first.stop();
  await all.close();

  const branches = await open('Branches');
  const second = branches.start({ log: branches.log });
  await branches.application('web', isReadyAt(branches.gitea.firstCommit));
  const left = await fork(branches);
  const ours = await branches.propose('ours', { 'web/config.yaml': config('web', 'two') });
  await branches.look();
  await branches.previewed(ours.commit);
  expect(await branches.comments(left.number)).toEqual([]);
  expect(await branches.statuses(left.commit)).toEqual([]);
  await second.stop();
  await branches.close();
});

test('a pull request cannot print what a sync has drawn at random, nor is that told as drift', async () => {
  const drawn = '{{ randAlphaNum 24 }}';
  const secret = `apiVersion: v1\nkind: Secret\nmetadata: { name: web }\nstringData:\n  password: ${drawn}\n`;
  const bench = await open('Branches', {
    'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'web/templates/secret.yaml': secret,
    'other/config.yaml': config('other', 'one'),
  });
  const controller = bench.start({ log: bench.log });
  await bench.application('web', isReadyAt(bench.gitea.firstCommit));
  const path = `/api/v1/namespaces/${bench.namespace}/secrets/web`;
  const { data } = (await bench.kube.call('GET', path)) as { data?: Record<string, string> };
  const password = Buffer.from(data?.['password'] ?? '', 'base64').toString();
  expect(password).toMatch(/^[A-Za-z0-9]{24}$/);

  // The same draw, in the same place, where everybody can read it.
  const printed = secret.replace('kind: Secret', 'kind: ConfigMap').replace('stringData', 'data');
  const { number, commit } = await bench.propose('print', { 'web/templates/secret.yaml': printed });
  const harmless = await bench.propose('harmless', { 'web/templates/config.yaml': config('more', 'one') });
  await bench.look();
  await Promise.all([bench.previewed(commit), bench.previewed(harmless.commit)]);
  const [comment] = await bench.comments(number);
  expect(comment?.body).toMatch(/^\+ {2}password: [A-Za-z0-9]{24}$/m);
  expect(comment?.body).not.toContain(password);
  const [other] = await bench.comments(harmless.number);
  expect(other?.body).toContain('ConfigMap ');
  expect(other?.body).not.toContain('what else the cluster has');
  await controller.stop();
  await bench.close();
});

test('a webhook is enough, without asking for the list', async () => {
  const bench = await open('All');
  const secretName = 'hook';
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData: { secret: 'quiet' } };
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, body);
  const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`;
  await bench.kube.call('PATCH', path, { spec: { webhook: { secretRef: { name: secretName } } } });
  const controller = bench.start({ log: bench.log, takesWebhooks: true });
  await bench.application('web', isReadyAt(bench.gitea.firstCommit));
  const { number, commit } = await bench.propose('feature', { 'web/config.yaml': config('web', 'two') });
  // What Gitea itself sends, signed as it signs.
  const pull = await bench.gitea.call<object>('GET', `/pulls/${number}`);
  const repository = await bench.gitea.call<object>('GET', '');
  const payload = Buffer.from(JSON.stringify({ action: 'opened', number, pull_request: pull, repository }));
  const headers = { 'content-type': 'application/json', 'x-gitea-event': 'pull_request', 'x-gitea-delivery': commit };
  const outcome = controller.receive(proveWebhook('gitea', headers, payload, 'quiet'));
  if (outcome?.state !== 'accepted') throw new Error(JSON.stringify(outcome));
  outcome.work();
  await bench.previewed(commit);
  expect((await bench.comments(number))[0]?.body).toContain('+  key: two');
  await controller.stop();
  await bench.close();
});
