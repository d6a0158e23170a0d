import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type CliResult, plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { installCrds } from '../../../test/support/crds.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { kubeOfFile, namespaceOfFile } from '../../../test/support/kube-client.ts';

const folder = folderOfFile();
const clone = join(folder, 'clone');
const kube = kubeOfFile();
const namespace = namespaceOfFile('cli-preview');

async function git(...args: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  await promisify(execFile)('git', ['-C', clone, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
    env,
  });
}

async function commit(branch: string, files: Readonly<Record<string, string>>): Promise<void> {
  await git('switch', '--quiet', '--force-create', branch);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(clone, dirname(path)), { recursive: true });
    await writeFile(join(clone, path), text);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message', branch);
}

const web = (image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ${image}
${more}`;
const config = (value: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data: { key: ${value} }
`;

function plumb(...args: readonly string[]): Promise<CliResult> {
  return plumbInProcess([...args, '-q', '--kubeconfig', kubeconfigPath(), '-n', namespace], {
    cwd: clone,
    env: { HOME: folder, PATH: process.env['PATH'] },
  });
}

beforeAll(async () => {
  await mkdir(clone);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', 'https://git.example.org/team/apps.git');
  await commit('main', { 'web/web.yaml': web('nginx:1.26'), 'web/config.yaml': config('one') });
  await installCrds(kube);
});

test('beside what a merge changes it is told where the cluster differs from it, and nothing of others', async () => {
  expect(await plumb('sync', '--path', 'web')).toMatchObject({ exitCode: 0, stderr: '' });
  await kube.call('PATCH', `/api/v1/namespaces/${namespace}/configmaps/config`, { data: { key: 'drifted' } });
  const foreign = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'foreign' },
    data: { key: 'not-to-be-read' },
  };
  await kube.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, foreign);
  await commit('feature', {
    'web/web.yaml': web('nginx:1.27'),
    // Whoever may write a manifest may not read with it what somebody else keeps in the cluster.
    'web/foreign.yaml': config('mine').replace('config', 'foreign'),
  });
  const result = await plumb('diff', '--base', 'main', '--head', 'feature', '--path', 'web');
  expect(result).toMatchObject({ exitCode: 1, stderr: '' });
  expect(result.stdout).toContain('-        - image: nginx:1.26\n+        - image: nginx:1.27\n');
  expect(result.stdout).toContain(
    `besides, the cluster differs from the head:\nConfigMap ${namespace}/config would be changed\n@@ data.key @@\n-drifted\n+one\n`,
  );
  expect(result.stdout).not.toContain('not-to-be-read');
  // What the pull request changes is not told a second time.
  expect(result.stdout.split('besides')[1]).not.toContain('nginx');
});

test('what the API server would refuse is trouble, with file and line', async () => {
  await git('switch', '--quiet', 'main');
  await commit('refused', { 'web/web.yaml': web('nginx:1.27', '          imagePullPolicyy: Always\n') });
  const result = await plumb('diff', '--base', 'main', '--head', 'refused', '--path', 'web', '-o', 'markdown');
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toMatch(/web\/web\.yaml:13:\d+ apps\/Deployment .*imagePullPolicyy/);
  expect(result.stdout).toMatch(/- `web\/web\.yaml:13:\d+` `apps\/Deployment [^`]*imagePullPolicyy`/);
});

test('Applications of the cluster that read the repository of the clone, by whatever URL', async () => {
  const own = `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}`;
  const meta = (kind: string, name: string) => ({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind,
    metadata: { name, namespace },
  });
  for (const [name, url] of [
    ['apps', 'git@git.example.org:team/apps.git'],
    ['elsewhere', 'https://git.example.org/team/other.git'],
  ] as const) {
    await kube.call('POST', `${own}/repositories`, { ...meta('Repository', name), spec: { url } });
    const source = { repositoryRef: { name }, path: 'web' };
    await kube.call('POST', `${own}/applications`, { ...meta('Application', `of-${name}`), spec: { source } });
  }
  const result = await plumb('diff', '--base', 'main', '--head', 'feature', '-o', 'json');
  expect(result).toMatchObject({ exitCode: 1, stderr: '' });
  const { applications } = JSON.parse(result.stdout) as { applications: { application: string; notes: string[] }[] };
  expect(applications.map(({ application }) => application)).toEqual([`${namespace}/of-apps`]);
  // The objects are those of the pushed set of the tests above.
  expect(applications[0]?.notes.join()).toContain('belongs to');
  const named = await plumb('diff', 'of-elsewhere', '--base', 'main', '--head', 'feature');
  expect(named).toMatchObject({ exitCode: 2 });
  expect(named.stderr).toContain('no Application that reads this repository');
  const told = await plumb('diff', '--base', 'main', '--head', 'feature', '--repository', 'elsewhere', '-o', 'name');
  expect(told).toMatchObject({ exitCode: 1, stderr: '' });
});
