import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { gitOpsOfFile, wholeFile } from '../../../test/support/scene.ts';
import type { KubeObject } from '../../object.ts';
import { examplesOf } from '../examples.ts';
import { createProgram } from '../program.ts';

// The command line against a real server, controller, cluster and Git server.
const folder = folderOfFile();
const bench = gitOpsOfFile('cli-restore');
const controller = wholeFile(
  () => bench.start(),
  (started) => started.stop(),
);
const api = apiOfFile(bench, () => controller);

const deployment = (replicas: number, image = 'nginx:stable'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});

/** The commit that makes it so. */
async function put(replicas: number, image?: string): Promise<string> {
  const result = await bench.submit(controller, [{ verb: 'put', object: deployment(replicas, image) }]);
  return result.commit ?? '';
}

const inGit = () => bench.file(`${bench.namespace}/Deployment/web/web.json`);

beforeAll(async () => {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${bench.namespace}`;
  const verbs = ['get', 'restore', 'revert'];
  await bench.kube.call('POST', `${rbac}/roles`, {
    metadata: { name: 'back' },
    rules: [
      { apiGroups: ['apps'], resources: ['deployments'], verbs },
      { apiGroups: ['plumbline.dev'], resources: ['applications'], verbs },
    ],
  });
  await bench.kube.call('POST', `${rbac}/rolebindings`, {
    metadata: { name: 'back' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'back' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: bench.editor }],
  });
  await writeFile(join(folder, 'editor'), bench.editor, { mode: 0o600 });
  await writeFile(join(folder, 'stranger'), 'stranger', { mode: 0o600 });
});

const as = (user: string, ...args: readonly string[]) =>
  plumbInProcess([...args, '-q', '--token-file', join(folder, user)], { env: { PLUMB_SERVER: api.url } });
const plumb = (...args: readonly string[]) => as('editor', ...args, '-n', bench.namespace);

test('a log is read, and an object is restored by the beginning of a commit', async () => {
  const first = await put(1);
  const second = await put(2);
  const log = await plumb('audit', 'Deployment.apps/web', '-o', 'name');
  expect(log).toEqual({ exitCode: 0, stdout: `${second}\n${first}\n`, stderr: '' });
  const table = await plumb('audit', '--user', bench.editor, '--limit', '1');
  expect(table.stdout).toMatch(new RegExp(`${second.slice(0, 12)} +\\S+ +${bench.editor} +update`));
  const one = await plumb('audit', 'Deployment.apps/web', '--commit', second.slice(0, 8));
  expect(one.stdout).toContain('-    "replicas": 1,\n+    "replicas": 2,\n');

  const tried = await plumb('restore', 'Deployment.apps/web', '--to', first.slice(0, 8), '--dry-run');
  expect(tried).toMatchObject({ exitCode: 0, stderr: 'It was only tried: nothing is committed.\n' });
  expect(tried.stdout).toContain('-    "replicas": 2,\n+    "replicas": 1,\n');
  expect(await inGit()).toMatchObject({ spec: { replicas: 2 } });

  const done = await plumb(
    'restore',
    'Deployment.apps/web',
    '--to',
    first.slice(0, 8),
    '--message',
    'Too many',
    '-o',
    'json',
  );
  expect(done.exitCode).toBe(0);
  const answer = JSON.parse(done.stdout) as { readonly hash: string; readonly operation: string };
  expect(answer).toMatchObject({ state: 'Committed', hash: await bench.git('rev-parse', 'main') });
  expect(await inGit()).toMatchObject({ spec: { replicas: 1 } });
  const again = await plumb('restore', 'Deployment.apps/web', '--to', first);
  expect(again).toMatchObject({ exitCode: 1, stdout: '' });
  expect(again.stderr).toContain('writeback.unchanged');
});

test('one commit is reverted, for an object and for a namespace; its name is all that -o name prints', async () => {
  await put(1);
  const image = await put(1, 'nginx:latest');
  await put(3, 'nginx:latest');
  const done = await plumb('revert', image, 'Deployment.apps/web', '-o', 'name');
  expect(done).toEqual({ exitCode: 0, stderr: '', stdout: `${await bench.git('rev-parse', 'main')}\n` });
  expect(await inGit()).toMatchObject({
    spec: { replicas: 3, template: { spec: { containers: [{ image: 'nginx:stable' }] } } },
  });
  const back = await plumb('revert', done.stdout.trim());
  expect(back).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^Committed as [0-9a-f]{40} \(operation op-/),
  });
  expect(await inGit()).toMatchObject({ spec: { template: { spec: { containers: [{ image: 'nginx:latest' }] } } } });
  const application = await plumb('audit', '--application', 'gitops', '--limit', '1', '-o', 'json');
  expect(JSON.parse(application.stdout)).toMatchObject({ items: [{ action: 'Reverting namespace' }] });
});

test('with --wait the answer comes when the cluster has the commit', async () => {
  const path = `/apis/apps/v1/namespaces/${bench.namespace}/deployments/web`;
  const replicas = async () => (await bench.kube.call('GET', path)).spec?.['replicas'];
  const first = await put(11);
  await put(12);
  const told = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await plumb(...args, '--wait');
    const head = await bench.git('rev-parse', 'main');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        new RegExp(`^Committed as ${head} \\(operation op-\\S+\\)\nThe cluster has it, at ${head}\n$`),
      ),
    });
  };
  await told('restore', 'Deployment.apps/web', '--to', first);
  expect(await replicas()).toBe(11);
  await told('revert', await bench.git('rev-parse', 'main'), 'Deployment.apps/web');
  expect(await replicas()).toBe(12);
  await told('restore', '--application', 'gitops', '--to', first);
  expect(await replicas()).toBe(11);
  await told('revert', await bench.git('rev-parse', 'main'), '--application', 'gitops');
  expect(await replicas()).toBe(12);
});

test('who may not is refused with 1, and a wrong command line with 2', async () => {
  const commit = await put(4);
  const outcomes = [
    [await as('stranger', 'audit', '-n', bench.namespace), 'auth.forbidden', 1],
    [await as('stranger', 'restore', '--to', commit, '-n', bench.namespace), 'auth.forbidden', 1],
    [await plumb('revert', 'abcdef0'), 'is the beginning of no commit of the log', 2],
    [await plumb('revert', 'HEAD~1'), 'cli.usage', 2],
    [await plumb('restore', '--to', commit, 'Deployment.apps/web', '--application', 'gitops'), 'cli.usage', 2],
    [await plumb('restore', 'web', '--to', commit), 'names no object', 2],
    [await plumb('restore', 'Deployment.apps/web'), 'cli.usage', 2],
    [await as('editor', 'restore', '--to', commit), 'say which namespace', 2],
    [await plumb('audit', '--path', 'x'), '--path is for a clone (--folder)', 2],
    [await plumb('audit', '--signatures'), 'controller.no-keys', 1],
  ] as const;
  for (const [{ exitCode, stderr }, text, expected] of outcomes) {
    expect(stderr).toContain(text);
    expect(exitCode, text).toBe(expected);
  }
});

test('the examples of the help do what they say', async () => {
  await put(5);
  await put(6, 'nginx:latest');
  const bad = await put(7, 'nginx:latest');
  const silent = { write: () => undefined, isTerminal: false, columns: 100 };
  const program = await createProgram({
    stdout: silent,
    stderr: silent,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => new Date(),
  });
  for (const name of ['audit', 'restore', 'revert']) {
    const command = program.commands.find((each) => each.name() === name);
    const lines = (command === undefined ? [] : examplesOf(command)).map(([line]) => line);
    for (const line of lines.filter((each) => !each.includes('--folder'))) {
      // Each goes back to something else than what is there.
      const target = name === 'restore' ? await bench.git('rev-parse', 'main~1') : bad;
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const args = words
        .slice(1)
        .map((word) => (word === 'team-a' ? bench.namespace : word === '4f2c91d' ? target.slice(0, 7) : word))
        .map((word) => word.replace('https://plumbline.example.com', api.url));
      const result = await as('editor', ...args);
      expect(result, line).toMatchObject({ exitCode: 0 });
      expect(result.stdout, line).toMatch(/COMMIT|@@/);
    }
  }
});
