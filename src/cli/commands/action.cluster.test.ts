import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apiOfFile, startTestApi } from '../../../test/support/api-server.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { isReadyAt } from '../../../test/support/controller.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { openGitOpsBench } from '../../../test/support/gitops.ts';
import type { KubeObject } from '../../object.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';

// Actions on objects of an Application, by the command line and over HTTP, against real ones of all.
const folder = folderOfFile();
const bench = gitOpsOfFile('cli-action');
const api = apiOfFile(bench, () => bench.startPlain());

const file = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:stable"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec:
  schedule: "0 3 1 1 *"
  jobTemplate:
    metadata: {labels: {app: backup}}
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: backup, image: "busybox:stable"}]
`;
const restartedAt = 'kubectl.kubernetes.io/restartedAt';
const inGit = () => bench.git('show', 'main:shop/web.yaml');
const head = () => bench.git('rev-parse', 'main');
const at = (path: string) => path.replace('NS', bench.namespace);
const live = async (path: string) => (await bench.kube.call('GET', at(path))) as unknown as KubeObject;
const deployment = () => live('/apis/apps/v1/namespaces/NS/deployments/web');
const jobs = async () => (await live('/apis/batch/v1/namespaces/NS/jobs'))['items'] as unknown[];
const cronJob = () => live('/apis/batch/v1/namespaces/NS/cronjobs/backup');
const ofTemplate = ({ spec }: KubeObject) =>
  (spec as { template: { metadata: { annotations?: Record<string, string> } } }).template.metadata.annotations ?? {};

const as = (user: string, args: readonly string[]) =>
  plumbInProcess([...args, '-q', '--token-file', join(folder, user)], { env: { PLUMB_SERVER: api.url } });
const plumb = (...args: readonly string[]) => as('editor', [...args, '-n', bench.namespace]);

/** The words of a command line behind `plumb`, as a shell reads them, for the namespace of the test. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return words.slice(1).map((word) => (word === 'team-a' ? bench.namespace : word));
}

beforeAll(async () => {
  const users = { editor: bench.editor, stranger: 'stranger', reader: `reader-${bench.namespace}` };
  for (const [name, user] of Object.entries(users)) await writeFile(join(folder, name), user, { mode: 0o600 });
  const first = await bench.push({ 'shop/web.yaml': file }, 'Begin');
  await bench.createRepository();
  await bench.createApplication('shop', { source: { repositoryRef: { name: 'apps' }, path: 'shop' } });
  await bench.allow(bench.editor, ['applications', 'operations'], ['get', 'list', 'change']);
  await bench.kube.call('POST', at('/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings'), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: users.reader }],
  });
  await bench.application('shop', isReadyAt(first));
});

test('the commands of the page do what it says: in Git what lasts, in the cluster what happens once', async () => {
  const block = commandBlocks('docs/actions.md').find(({ name }) => name === 'actions');
  const [list = '', restart = '', scale = '', run = '', suspend = '', ...more] = (block?.text ?? '').trim().split('\n');
  expect(more).toEqual([]);
  const before = await head();

  const listed = await as('editor', wordsOf(list));
  expect(listed.stdout).toMatch(/^restart +Cluster +Replace all pods/m);
  expect(listed.stdout).toMatch(/^scale +Git +replicas +Set the number/m);
  expect(listed.stdout).not.toMatch(/^resume/m);

  expect(await as('editor', wordsOf(restart))).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('is done, in the cluster'),
  });
  const restarted = await deployment();
  expect(ofTemplate(restarted)[restartedAt]).toMatch(/^\d{4}-/);
  expect(restarted.metadata.managedFields?.map(({ manager }) => manager)).toContain('plumbline-actions');
  expect(await head()).toBe(before);

  const scaled = await as('editor', wordsOf(scale));
  expect(scaled).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('The cluster has it') });
  expect(scaled.stderr).toContain(`Committed as ${await head()} for the Application ${bench.namespace}/shop`);
  expect(await inGit()).toContain('replicas: 3');
  const after = await deployment();
  expect((after['spec'] as { replicas: number }).replicas).toBe(3);
  // The sync of the commit has left the restart alone.
  expect(ofTemplate(after)[restartedAt]).toBe(ofTemplate(restarted)[restartedAt]);

  const ran = await as('editor', [...wordsOf(run), '-o', 'name']);
  const [, name = ''] = /^batch\/Job \S+\/(\S+)\n$/.exec(ran.stdout) ?? [];
  const job = await live(`/apis/batch/v1/namespaces/NS/jobs/${name}`);
  expect(job.metadata).toMatchObject({ labels: { app: 'backup' }, ownerReferences: [{ name: 'backup' }] });

  const commit = await head();
  expect(await as('editor', wordsOf(suspend))).toMatchObject({ exitCode: 0 });
  expect((await cronJob())['spec']).toMatchObject({ suspend: true });
  expect(await head()).toBe(commit);
  // Git leaves the field open: a sync of everything does not take it back.
  const again = await plumb('action', 'scale', 'deployment/web', '--param', 'replicas=2', '--wait');
  expect(again).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('The cluster has it') });
  expect((await cronJob())['spec']).toMatchObject({ suspend: true });
});

test('who did it, and where it went, is an Event of the object', async () => {
  await plumb('action', 'pause', 'deployment/web', '--message', 'Hands off', '--wait');
  const isIt = (event: object): boolean => {
    const { reason, action, note } = event as Readonly<Record<string, string>>;
    return reason === 'Action' && action === 'pause' && note?.includes(`pause by ${bench.editor}`) === true;
  };
  const signal = limit();
  const seen = await bench.kube.until(at('/apis/events.k8s.io/v1/namespaces/NS/events'), isIt, signal);
  const { note, regarding } = seen as unknown as { note: string; regarding: { kind: string; name: string } };
  expect(regarding).toMatchObject({ kind: 'Deployment', name: 'web' });
  expect(note).toContain(`in Git, as ${await head()}`);
  expect(await plumb('action', 'resume', 'deployment/web', '--wait')).toMatchObject({ exitCode: 0 });
});

test('what is only tried changes nothing', async () => {
  const before = [await head(), (await deployment()).metadata.generation];
  for (const words of [
    ['restart', 'deployment/web'],
    ['scale', 'deployment/web', '--param', 'replicas=7'],
  ]) {
    const tried = await plumb('action', ...words, '--dry-run');
    expect(tried).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('only tried') });
  }
  const count = (await jobs()).length;
  await plumb('action', 'run', 'cronjob/backup', '--dry-run');
  expect((await jobs()).length).toBe(count);
  expect([await head(), (await deployment()).metadata.generation]).toEqual(before);
});

test('who may not is refused, and so is what makes no sense now', async () => {
  const before = [await head(), (await deployment()).metadata.generation];
  const n = ['-n', bench.namespace];
  const outcomes = [
    [await as('stranger', ['actions', 'deployment/web', ...n]), 'auth.forbidden', 1],
    [await as('stranger', ['action', 'restart', 'deployment/web', ...n]), 'auth.forbidden', 1],
    [await as('reader', ['action', 'restart', 'deployment/web', ...n]), 'may not patch deployments.apps web', 1],
    [await as('reader', ['action', 'run', 'cronjob/backup', ...n]), 'may not create jobs.batch', 1],
    [await as('reader', ['action', 'scale', 'deployment/web', '--param', 'replicas=1', ...n]), 'auth.forbidden', 1],
    [await plumb('action', 'resume', 'deployment/web'), 'actions.not-offered', 1],
    [await plumb('action', 'explode', 'deployment/web'), 'actions.unknown', 1],
    [await plumb('action', 'scale', 'deployment/web'), 'replicas is to be a whole number', 1],
    [await plumb('action', 'scale', 'deployment/web', '--param', 'replicas=9', '--live'), 'actions.reverted', 1],
    [await plumb('action', 'restart', 'deployment/none'), 'server.missing', 1],
    [await plumb('action', 'scale', 'deployment/web', '--param', 'replicas'), 'write NAME=VALUE', 2],
    [await plumb('action', 'restart', 'web'), 'names no object', 2],
  ] as const;
  for (const [{ exitCode, stderr }, text, expected] of outcomes) {
    expect(stderr).toContain(text);
    expect(exitCode, text).toBe(expected);
  }
  const { body } = await api.call(
    'GET',
    at('/api/v1/namespaces/NS/objects/Deployment.apps/web/actions'),
    `reader-${bench.namespace}`,
  );
  const items = body['items'] as { name: string; allowed: boolean; offered: boolean; needs: object[] }[];
  expect(items.map(({ allowed }) => allowed)).toEqual(items.map(() => false));
  expect(items.find(({ name }) => name === 'restart')?.needs).toEqual([
    { verb: 'patch', group: 'apps', resource: 'deployments' },
  ]);
  expect([await head(), (await deployment()).metadata.generation]).toEqual(before);
});

test('an object that Git does not have is scaled in the cluster by its subresource', async () => {
  const own = { app: 'alone' };
  await bench.kube.call('POST', at('/apis/apps/v1/namespaces/NS/deployments'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'alone' },
    spec: {
      replicas: 1,
      selector: { matchLabels: own },
      template: { metadata: { labels: own }, spec: { containers: [{ name: 'a', image: 'nginx:stable' }] } },
    },
  });
  const before = await head();
  const { body } = await api.call(
    'POST',
    at('/api/v1/namespaces/NS/objects/Deployment.apps/alone/actions/scale'),
    bench.editor,
    { parameters: { replicas: 0 } },
  );
  expect(body).toMatchObject({ state: 'Applied', where: 'Cluster' });
  expect((await live('/apis/apps/v1/namespaces/NS/deployments/alone'))['spec']).toMatchObject({ replicas: 0 });
  expect(await head()).toBe(before);
});

test('in a namespace that Git maintains, too, what lasts is a commit and what happens once is none', async () => {
  const other = await openGitOpsBench('cli-action-ns');
  try {
    const controller = await other.start();
    const ownApi = await startTestApi(other, controller);
    try {
      const spec = {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'nginx:stable' }] },
        },
      };
      const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
      await other.submit(controller, [{ verb: 'create', object: web }], {}, { wait: 'synced' });
      const before = await other.git('rev-parse', 'main');
      const path = `/api/v1/namespaces/${other.namespace}/objects/Deployment.apps/web/actions`;
      const restarted = await ownApi.call('POST', `${path}/restart`, other.editor, { parameters: {} });
      expect(restarted.body).toMatchObject({ state: 'Applied', where: 'Cluster' });
      expect(await other.git('rev-parse', 'main')).toBe(before);
      const parameters = { replicas: 2 };
      const scaled = await ownApi.call('POST', `${path}/scale?wait=synced`, other.editor, { parameters });
      const commit = await other.git('rev-parse', 'main');
      expect(scaled.body).toMatchObject({ state: 'Committed', where: 'Git', commit, sync: { state: 'synced' } });
      const seen = await other.kube.call('GET', `/apis/apps/v1/namespaces/${other.namespace}/deployments/web`);
      const now = seen as unknown as KubeObject;
      expect(now['spec']).toMatchObject({ replicas: 2 });
      expect(ofTemplate(now)[restartedAt]).toMatch(/^\d{4}-/);
    } finally {
      await ownApi.close();
    }
  } finally {
    await other.close();
  }
});
