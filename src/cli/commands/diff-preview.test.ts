import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, plumbInProcess } from '../../../test/support/cli.ts';
import type { Preview } from '../../preview/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumb-preview-'));
const clone = join(folder, 'clone');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gitEnv = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
async function git(...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return (await promisify(execFile)('git', ['-C', clone, ...identity, ...args], { env: gitEnv })).stdout.trim();
}

/** Commits files on a branch that begins at another one; null removes a file. */
async function branch(name: string, from: string, files: Readonly<Record<string, string | null>>): Promise<void> {
  await git('switch', '--quiet', '--force-create', name, from);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(clone, dirname(path)), { recursive: true });
    if (text === null) await rm(join(clone, path));
    else await writeFile(join(clone, path), text);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--message', name);
}

const application = (name: string, path: string, more = '') => `apiVersion: plumbline.dev/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: team-a }
spec:
  source: { repositoryRef: { name: apps }, path: ${path} }
  destination: { namespace: prod }
${more}`;

const web = (image: string, replicas = 2) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - { name: web, image: '${image}' }
`;
const secret = (value: string) => `apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { password: ${value}, user: admin }
`;
const config = (name: string, value: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { key: ${value} }
`;

beforeAll(async () => {
  await mkdir(clone);
  await git('init', '--quiet', '--initial-branch=main');
  await git('commit', '--quiet', '--allow-empty', '--message', 'Begin');
  await branch('main', 'HEAD', {
    'deploy/applications.yaml': `${application('web', 'web')}---\n${application('other', 'other')}`,
    'web/web.yaml': web('nginx:1.26'),
    'web/keys.yaml': secret('correct-horse'),
    'web/kustomization.yaml': 'resources: [web.yaml, keys.yaml]\n',
    'other/config.yaml': config('other', 'one'),
  });
  await branch('feature', 'main', {
    'web/web.yaml': web('nginx:1.27', 0),
    'web/keys.yaml': secret('battery-staple'),
    'README.md': 'nothing that is rendered',
  });
  // The base goes on after the branch has begun.
  await branch('advanced', 'main', { 'other/config.yaml': config('other', 'two') });
});

function diff(...args: readonly string[]): Promise<CliResult> {
  const env = { HOME: folder, PATH: process.env['PATH'] };
  return plumbInProcess(['diff', '-q', ...args], { cwd: clone, env });
}

const offline = ['--offline', '--applications', 'deploy'] as const;

test('what a merge would change, the risks first; what it does not touch is not told', async () => {
  const result = await diff('--base', 'main', '--head', 'feature', ...offline);
  expect(result).toMatchObject({ exitCode: 1, stderr: '' });
  expect(result.stdout).toBe(`# team-a/web: 2 changed
! Stops all pods: apps/Deployment prod/web (spec.replicas: 2 -> 0)
! Runs another image: apps/Deployment prod/web (containers[name=web]: nginx:1.26 -> nginx:1.27)
! Changes a Secret: Secret prod/keys (password changes)
apps/Deployment prod/web changed
@@ -4,9 +4,9 @@
   name: web
   namespace: prod
 spec:
-  replicas: 2
+  replicas: 0
   template:
     spec:
       containers:
-        - image: nginx:1.26
+        - image: nginx:1.27
           name: web
Secret prod/keys changed
@@ -4,5 +4,5 @@
   name: keys
   namespace: prod
 data:
-  password: '*** (before)'
+  password: '*** (after)'
   user: '***'
`);
});

test('a branch is compared with where it began, unless the base itself is asked for', async () => {
  expect((await diff('--base', 'advanced', '--head', 'feature', ...offline, '-o', 'name')).stdout).toBe(
    'apps/Deployment prod/web\nSecret prod/keys\n',
  );
  const direct = await diff('--base', 'advanced', '--head', 'feature', '--direct', ...offline, '-o', 'name');
  expect(direct.stdout).toBe('ConfigMap prod/other\napps/Deployment prod/web\nSecret prod/keys\n');
  // Nothing was added to what the branch began at.
  const none = await diff('--base', 'feature', '--head', 'main', ...offline);
  expect(none).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

const print = (format: string) => diff('--base', 'main', '--head', 'feature', ...offline, '-o', format);

test('for programs and for comments, and no value of a Secret in any of them', async () => {
  const json = JSON.parse((await print('json')).stdout) as Preview;
  expect(json).toMatchObject({
    base: { name: 'main', commit: await git('rev-parse', 'main') },
    head: { name: 'feature', commit: await git('rev-parse', 'feature') },
    untouched: 1,
    problems: [],
  });
  expect(json.applications.map(({ application: id }) => id)).toEqual(['team-a/web']);
  expect(json.applications[0]?.changes[0]).toEqual({
    id: 'apps/Deployment prod/web',
    change: 'changed',
    fields: [
      { path: 'spec.replicas', before: 2, after: 0 },
      { path: 'spec.template.spec.containers[name=web].image', before: 'nginx:1.26', after: 'nginx:1.27' },
    ],
    risks: [
      { rule: 'replicas-zero', reason: 'Stops all pods', detail: 'spec.replicas: 2 -> 0' },
      { rule: 'image', reason: 'Runs another image', detail: 'containers[name=web]: nginx:1.26 -> nginx:1.27' },
    ],
  });
  const [yaml, markdown] = await Promise.all(['yaml', 'markdown'].map(print));
  expect(load(yaml?.stdout ?? '')).toEqual(json);
  expect(markdown?.stdout).toContain('**1 Application would change; 3 risks to look at.** 1 other Application read');
  for (const text of [JSON.stringify(json), yaml?.stdout, markdown?.stdout]) {
    for (const value of ['correct-horse', 'battery-staple', 'admin']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64'));
    }
  }
});

test('what is wrong with the head is told with file and line, and is trouble', async () => {
  await branch('broken', 'main', {
    'web/kustomization.yaml': 'resources: [web.yaml]\nresourcess: [keys.yaml]\n',
    'other/config.yaml': `${config('other', 'two')}---
apiVersion: apps/v1
kind: Deploymnet
metadata: { name: typo }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: other }
`,
  });
  const result = await diff('--base', 'main', '--head', 'broken', ...offline);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('web/kustomization.yaml:2');
  expect(result.stderr).toContain('unknown field "resourcess"');
  expect(result.stderr).toMatch(
    /other\/config\.yaml:6:1 apps\/Deploymnet typo: .*no kind Deploymnet.*\(sync\.unknown-kind\)/,
  );
  expect(result.stderr).toMatch(/other\/config\.yaml:\d+:1 ConfigMap prod\/other: .*twice.*\(sync\.duplicate-object\)/);
  const markdown = await diff('--base', 'main', '--head', 'broken', ...offline, '-o', 'markdown');
  expect(markdown.exitCode).toBe(2);
  expect(markdown.stdout).toContain('**This must not be merged as it is: 3 problems.**');
  expect(markdown.stdout).toContain('- `web/kustomization.yaml:2:1` `resourcess`: ');
});

test('a base that is broken and a head that mends it: all is told as created, and why', async () => {
  await branch('mended', 'broken', {
    'web/kustomization.yaml': 'resources: [web.yaml]\n',
    'other/config.yaml': config('other', 'one'),
  });
  const result = await diff('--base', 'broken', '--head', 'mended', ...offline, '-o', 'markdown');
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain('the base cannot be rendered');
  expect(result.stdout).toContain('<code>apps/Deployment prod/web created</code>');
});

const sidesOf = async (base: string, head: string) => {
  const { stdout } = await diff('--base', base, '--head', head, '--direct', ...offline, '-o', 'json');
  const { applications } = JSON.parse(stdout) as Preview;
  return applications.map(({ application: id, changes, notes }) => [id, changes.map(({ change }) => change), notes]);
};

test('Applications come and go with the manifests of either commit', async () => {
  await branch('apps', 'main', {
    'deploy/applications.yaml': application('web', 'web'),
    'deploy/new.yml': application('fresh', 'other', '  deletionPolicy: Cascade\n'),
  });
  const goes = 'the Application goes; its objects are deleted where its deletionPolicy is Cascade, and stay otherwise';
  expect(await sidesOf('main', 'apps')).toEqual([
    ['team-a/fresh', ['created'], ['the Application is new']],
    ['team-a/other', [], [goes]],
  ]);
  expect(await sidesOf('apps', 'main')).toEqual([
    ['team-a/fresh', ['deleted'], [goes]],
    ['team-a/other', ['created'], ['the Application is new']],
  ]);
});

test('folders need no Application, and are rendered as the flags say', async () => {
  const result = await diff(
    '--base',
    'main',
    '--head',
    'feature',
    '--offline',
    '--path',
    'web',
    '--path',
    'other',
    '-n',
    'x',
  );
  expect(result.stdout).toContain('# web: 2 changed');
  expect(result.stdout).toContain('apps/Deployment x/web changed');
  expect(result.stdout).not.toContain('# other');
  const flags = ['--type', 'directory', '--exclude', 'k*.yaml', '-o', 'name'];
  const plain = await diff('--base', 'main', '--head', 'feature', '--offline', '--path', 'web', ...flags);
  expect(plain.stdout).toBe('apps/Deployment default/web\n');
});

const following = (branchName: string) => `repositoryRef: { name: apps }, ref: { branch: ${branchName} }`;

test('Applications of files outside of the clone are the same on both sides', async () => {
  const outside = join(folder, 'outside.yaml');
  const text = `${application('a', 'web')}---\n${application('b', 'web')}---\n${application('c', 'web')}`
    .replace('repositoryRef: { name: apps }', following('main'))
    .replace(
      'name: b, namespace: team-a }\nspec:\n  source: { repositoryRef: { name: apps }',
      `name: b, namespace: team-a }\nspec:\n  source: { ${following('release')}`,
    );
  await writeFile(outside, text);
  const { stdout } = await diff(
    '--base',
    'main',
    '--head',
    'feature',
    '--offline',
    '--applications',
    outside,
    '-o',
    'json',
  );
  // The one that follows another branch is not touched by a merge into this one.
  expect((JSON.parse(stdout) as Preview).applications.map(({ application: id }) => id)).toEqual([
    'team-a/a',
    'team-a/c',
  ]);
});

const chart = (name: string, more = '') => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

test('a chart that is needed and changes touches the chart that needs it', async () => {
  const needs = 'dependencies: [{ name: lib, version: 1.x, repository: "file://../lib" }]\n';
  await branch('chart', 'main', {
    'app/Chart.yaml': chart('app', needs),
    'app/templates/app.yaml': config('app', 'one'),
    'lib/Chart.yaml': chart('lib'),
    'lib/templates/lib.yaml': config('lib', 'one'),
  });
  await branch('chart-feature', 'chart', { 'lib/templates/lib.yaml': config('lib', 'two') });
  const result = await diff('--base', 'chart', '--head', 'chart-feature', '--offline', '--path', 'app', '-o', 'name');
  expect(result).toEqual({ exitCode: 1, stdout: 'ConfigMap default/lib\n', stderr: '' });
});

test('a shallow clone of a pipeline is told what to fetch', async () => {
  const shallow = join(folder, 'shallow');
  await promisify(execFile)(
    'git',
    ['clone', '--quiet', '--depth=1', '--no-single-branch', `file://${clone}`, shallow],
    {
      env: gitEnv,
    },
  );
  const result = await plumbInProcess(['diff', '-q', '--base', 'origin/main', '--head', 'origin/feature', ...offline], {
    cwd: shallow,
    env: { HOME: folder, PATH: process.env['PATH'] },
  });
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('(git.clone-incomplete)');
  expect(result.stderr).toContain('fetch-depth: 0');
});

test.each([
  [['--head', 'feature'], '--head is for a comparison of two commits (--base)'],
  [['-o', 'markdown'], '-o markdown is for a comparison of two commits (--base)'],
  [['--base', 'main', '--offline'], 'name them with --applications or --path'],
  [['--base', 'main', '--offline', '--path', 'web', '--applications', 'deploy'], 'do not go together'],
  [['--base', 'main', '--offline', '--path', '..'], 'does not lie in the clone'],
  [['--base', 'main', '--revision', 'x'], '--revision is for an Application as the cluster has it'],
  [['--base', 'nowhere', ...offline], 'this clone has no \\"nowhere\\"'],
  [['--base', 'main', '--offline', '--applications', 'web'], 'has no Application that reads this repository'],
  [['--path', 'web', '--path', 'other'], 'several --path are for --base'],
])('%j is refused', async (args, message) => {
  const result = await diff(...args);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.stringify(result.stderr)).toContain(message);
});
