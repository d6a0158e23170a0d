import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { isReadyAt } from '../../../test/support/controller.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';
import { examplesOf } from '../examples.ts';
import { createProgram } from '../program.ts';

// The command line against a real server, controller, cluster and Git server.
const folder = folderOfFile();
const bench = gitOpsOfFile('cli-set');
const api = apiOfFile(bench, () => bench.startPlain());

const file = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1 # enough
  paused: false
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: nginx:stable}
`;
const web = 'Deployment.apps/web';
const inGit = () => bench.git('show', 'main:shop/web.yaml');
const head = () => bench.git('rev-parse', 'main');

const as = (user: string, args: readonly string[], env: Record<string, string> = {}) =>
  plumbInProcess([...args, '-q', '--token-file', join(folder, user)], { env: { PLUMB_SERVER: api.url, ...env } });
const plumb = (...args: readonly string[]) => as('editor', [...args, '-n', bench.namespace]);

/** The words of a command line behind `plumb`, as a shell reads them, for the namespace of the test. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return words.slice(1).map((word) => (word === 'team-a' ? bench.namespace : word));
}

beforeAll(async () => {
  await writeFile(join(folder, 'editor'), bench.editor, { mode: 0o600 });
  await writeFile(join(folder, 'stranger'), 'stranger', { mode: 0o600 });
  const first = await bench.push({ 'shop/web.yaml': file }, 'Begin');
  await bench.createRepository();
  await bench.createApplication('shop', { source: { repositoryRef: { name: 'apps' }, path: 'shop' } });
  await bench.allow(bench.editor, ['applications', 'operations'], ['get', 'list', 'change']);
  await bench.application('shop', isReadyAt(first));
});

test('a field is tried and set, and the cluster has it', async () => {
  const tried = await plumb('set', 'shop', web, 'spec.replicas=2', '--dry-run');
  expect(tried).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('It was only tried') });
  expect(tried.stdout).toContain('-  replicas: 1 # enough\n+  replicas: 2 # enough\n');
  expect(await inGit()).toBe(file.trimEnd());
  const done = await plumb('set', 'shop', web, 'spec.replicas=2', 'spec.paused-', '--wait', '--message', 'More');
  expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('The cluster has it') });
  expect(await inGit()).toBe(file.replace('replicas: 1', 'replicas: 2').replace('  paused: false\n', '').trimEnd());
  const live = await bench.kube.call('GET', `/apis/apps/v1/namespaces/${bench.namespace}/deployments/web`);
  expect(live.spec?.['replicas']).toBe(2);
  const same = await plumb('set', 'shop', web, 'spec.replicas=2', '-o', 'json');
  expect(JSON.parse(same.stdout)).toMatchObject({ state: 'Unchanged' });
});

test('a patch is made, and what was read in an editor is written back; its commit is all that -o name prints', async () => {
  const done = await plumb('patch', 'shop', web, '-p', 'spec: {minReadySeconds: 3}', '-o', 'name');
  expect(done).toEqual({ exitCode: 0, stdout: `${await head()}\n`, stderr: '' });
  expect(await inGit()).toContain('  minReadySeconds: 3');
  const editor = join(folder, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\nsed -i "s/minReadySeconds: .*/minReadySeconds: 4/" "$1"\n');
  await chmod(editor, 0o700);
  const args = ['edit', 'shop', web, '-n', bench.namespace];
  const edited = await as('editor', args, { EDITOR: editor });
  expect(edited).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Committed as') });
  expect(await inGit()).toContain('  minReadySeconds: 4');
  const left = await as('editor', args, { EDITOR: 'true' });
  expect(left).toEqual({ exitCode: 0, stdout: '', stderr: 'Nothing was changed.\n' });
  expect((await as('editor', args, { EDITOR: 'false' })).exitCode).toBe(2);
});

test('who may not is refused with 1, and a wrong command line with 2', async () => {
  const before = await head();
  const outcomes = [
    [await as('stranger', ['set', 'shop', web, 'spec.replicas=9', '-n', bench.namespace]), 'auth.forbidden', 1],
    [await plumb('set', 'shop', web, 'spec.replica=9'), 'spec.replica', 1],
    [await plumb('set', 'shop', 'ConfigMap/none', 'data.a=9'), 'writeback.not-in-git', 1],
    [await plumb('set', 'shop', web, 'spec'), 'write field=value', 2],
    [await plumb('set', 'shop', web, 'spec.template.spec.containers[name=wbe].image=x'), 'no item [name=wbe]', 2],
    [await plumb('set', 'shop', 'web', 'spec.replicas=9'), 'names no object', 2],
    [await plumb('patch', 'shop', web, '-p', '3'), 'no object or list', 2],
    [await plumb('patch', 'shop', web), 'cli.usage', 2],
    [await plumb('set', 'shop', web, 'spec.replicas=9', '--pull-request'), 'writeback.no-forge', 1],
  ] as const;
  for (const [{ exitCode, stderr }, text, expected] of outcomes) {
    expect(stderr).toContain(text);
    expect(exitCode, text).toBe(expected);
  }
  expect(await head()).toBe(before);
});

test('the commands of the page do what it says', async () => {
  const block = commandBlocks('docs/placing-changes.md').find(({ name }) => name === 'placing-changes');
  const lines = (block?.text ?? '').trim().split('\n');
  expect(lines).toHaveLength(3);
  await plumb('set', 'shop', web, 'spec.replicas=1');
  for (const line of lines) expect(await as('editor', wordsOf(line)), line).toMatchObject({ exitCode: 0 });
  expect(await inGit()).toContain('replicas: 3');
  expect(await inGit()).toContain('minReadySeconds: 5');
});

test('the examples of the help do what they say', async () => {
  const silent = { write: () => undefined, isTerminal: false, columns: 100 };
  const program = await createProgram({
    stdout: silent,
    stderr: silent,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => new Date(),
  });
  await plumb('patch', 'shop', web, '-p', 'spec: {paused: true}');
  for (const name of ['set', 'patch']) {
    const command = program.commands.find((each) => each.name() === name);
    for (const [line] of command === undefined ? [] : examplesOf(command)) {
      expect(await as('editor', wordsOf(line)), line).toMatchObject({ exitCode: 0 });
    }
  }
  expect(await inGit()).toContain('image: nginx:1.29');
  expect(await inGit()).not.toContain('paused');
});
