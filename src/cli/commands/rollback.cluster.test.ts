import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import { testRepository } from '../../../test/support/git-workshop.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';

// The way back in Git, by the command line, against a real server, controller, cluster and Git server.
const folder = folderOfFile();
const bench = gitOpsOfFile('cli-rollback');
const api = apiOfFile(bench, () => bench.startPlain());

const settings = (value: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${value}}\n${more}`;
const head = () => bench.git('rev-parse', 'main');
const inGit = (path: string) => bench.git('show', `main:${path}`);
const live = async () => (await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data;
const as = (user: string, ...args: readonly string[]) =>
  plumbInProcess([...args, '-q', '--token-file', join(folder, user), '-n', bench.namespace], {
    env: { PLUMB_SERVER: api.url },
  });
const rollback = (...args: readonly string[]) => as('editor', 'rollback', 'shop', ...args);

/** Pushes a file of the Application, and waits until the cluster has it. */
async function synced(files: Readonly<Record<string, string>>): Promise<string> {
  const commit = await bench.push(files, 'Change');
  await bench.refresh(commit);
  await bench.application('shop', isReadyAt(commit));
  return commit;
}

beforeAll(async () => {
  await writeFile(join(folder, 'editor'), bench.editor, { mode: 0o600 });
  await writeFile(join(folder, 'reader'), `reader-${bench.namespace}`, { mode: 0o600 });
  const first = await bench.push({ 'shop/settings.yaml': settings('one'), 'other.txt': 'one' }, 'Begin');
  await bench.createRepository();
  await bench.createApplication('shop', { source: { repositoryRef: { name: 'apps' }, path: 'shop' } });
  await bench.allow(bench.editor, ['applications', 'operations'], ['get', 'list', 'restore', 'rollback']);
  await bench.allow(`reader-${bench.namespace}`, ['applications'], ['get', 'list', 'restore']);
  await bench.application('shop', isReadyAt(first));
  await synced({ 'shop/settings.yaml': settings('two'), 'other.txt': 'two' });
});

test('an entry of the history comes back as a commit of the files of the Application alone, and ends a hold', async () => {
  const before = await head();
  const tried = await rollback('2', '--commit', '--dry-run');
  expect(tried).toMatchObject({ exitCode: 0, stderr: 'It was only tried: nothing is committed.\n' });
  expect(tried.stdout).toMatch(/^-data: \{value: two\}\n\+data: \{value: one\}$/m);
  expect(await head()).toBe(before);

  expect(await rollback('2')).toMatchObject({ exitCode: 0 });
  expect(await live()).toEqual({ value: 'one' });
  // What it is held at, where nothing is said: the numbers have moved by one.
  const done = await rollback('--commit', '--message', 'Too slow');
  const after = await head();
  expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`Committed as ${after}`) });
  expect(done.stderr).toContain(`The cluster has it, at ${after}`);
  expect(await bench.git('rev-parse', 'main^')).toBe(before);
  expect([await inGit('shop/settings.yaml'), await inGit('other.txt')]).toEqual([settings('one').trimEnd(), 'two']);
  const subject = JSON.parse(await bench.git('log', '-1', '--format=%s', 'main')) as Readonly<Record<string, string>>;
  expect(subject).toMatchObject({ Action: 'Rolling back application', Author: bench.editor });
  expect(subject['Message']).toContain('Too slow');
  const free = await bench.application('shop', (seen) => isReadyAt(after)(seen) && seen.status?.hold === undefined);
  expect(free.metadata.annotations).not.toHaveProperty(['plumbline.dev/rollbackTo']);
});

test('what does not validate any more, who may not, and what is no entry are refused, and nothing is written', async () => {
  const before = await synced({ 'shop/settings.yaml': settings('fixed', 'immutable: true\n') });
  const outcomes = [
    [await rollback('2', '--commit'), 'kube.invalid', 1],
    [await as('reader', 'rollback', 'shop', '2', '--commit'), 'kube.forbidden', 1],
    [await rollback('1', '--commit'), 'writeback.unchanged', 1],
    [await rollback('99', '--commit'), 'cli.usage', 2],
    [await rollback('--commit', '--release'), 'cli.usage', 2],
    [await rollback('2', '--dry-run'), 'cli.usage', 2],
  ] as const;
  for (const [{ exitCode, stderr }, text, expected] of outcomes) {
    expect(stderr).toContain(text);
    expect(exitCode, text).toBe(expected);
  }
  expect(await head()).toBe(before);
  expect(await live()).toEqual({ value: 'fixed' });
});

const map = (name: string, value: string): string => settings(value).replace('name: settings', `name: ${name}`);
const valueOf = async (name: string) => (await bench.kube.call('GET', `${bench.configMaps()}/${name}`)).data?.['value'];
/** What the cluster has of the two repositories. */
const values = async () => [await valueOf('left'), await valueOf('right')];

test('of an Application of several repositories each goes back by a commit of its own; a hold is of all of them', async () => {
  await bench.server.create('second');
  const url = bench.server.url('second');
  const second = testRepository('second', bench.server.directory('second'), url);
  const begin = [
    await bench.push({ 'both/left.yaml': map('left', 'one') }, 'Begin'),
    await second.commit({ 'both/right.yaml': map('right', 'one') }),
  ].join(',');
  await bench.createRepository({ url }, 'second');
  const sources = ['apps', 'second'].map((name) => ({ repositoryRef: { name }, path: 'both' }));
  await bench.refresh(begin);
  await bench.createApplication('both', { sources });
  await bench.application('both', isReadyAt(begin.split(',')[0] ?? ''));
  const [left, right] = [
    await bench.push({ 'both/left.yaml': map('left', 'two') }, 'Change'),
    await second.commit({ 'both/right.yaml': map('right', 'two') }),
  ];
  await Promise.all([bench.refresh(left), bench.refresh(right, 'second')]);
  await bench.application('both', (seen) => isReadyAt(left)(seen) && seen.status?.revisions?.[1] === right);
  expect(await values()).toEqual(['two', 'two']);

  expect(await as('editor', 'rollback', 'both', begin)).toMatchObject({ exitCode: 0 });
  expect(await values()).toEqual(['one', 'one']);
  const held = await bench.application('both', hasCondition('Synced', 'False', 'RolledBack'));
  expect(held.status?.hold).toMatchObject({ revision: begin, from: [left, right] });

  const done = await as('editor', 'rollback', 'both', '--commit', '--message', 'Both were slow');
  const heads = [await head(), (await second.git('rev-parse', 'main')).trim()];
  expect(done).toMatchObject({ exitCode: 0 });
  for (const commit of heads) expect(done.stderr).toContain(`Committed as ${commit}`);
  expect(heads).not.toContain(left);
  expect(heads).not.toContain(right);
  await bench.application(
    'both',
    (seen) =>
      isReadyAt(heads[0] ?? '')(seen) && seen.status?.revisions?.[1] === heads[1] && seen.status?.hold === undefined,
  );
  expect(await values()).toEqual(['one', 'one']);

  // Two sources of one repository cannot go back to two commits by one.
  const twice = ['both', 'shop'].map((path) => ({ repositoryRef: { name: 'apps' }, path }));
  await bench.createApplication('twice', { sources: twice, suspend: true });
  const before = await head();
  const refused = await as('editor', 'rollback', 'twice', `${left},${begin.split(',')[0]}`, '--commit');
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('its sources there are at several commits'),
  });
  expect(refused.stderr).toContain('without --commit');
  expect(await head()).toBe(before);
});

test('where the Application says so, the way back is proposed as a pull request, and a hold stays', async () => {
  const gitea = await newGiteaRepository({
    'pr/settings.yaml': map('proposed', 'one'),
  });
  const secret = { metadata: { name: 'forge' }, stringData: { token: gitea.access.token } };
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, secret);
  const secretRef = { name: 'forge' };
  const forge = { kind: 'Gitea', apiUrl: `${gitea.access.url}/api/v1`, secretRef } as const;
  await bench.createRepository({ url: gitea.url, secretRef, forge }, 'forge');
  const source = { repositoryRef: { name: 'forge' }, path: 'pr' };
  await bench.createApplication('pr', { source, writeBack: { mode: 'PullRequest' } });
  const first = await bench.application('pr', hasCondition('Ready', 'True'));
  const commit = await gitea.commit('main', {
    'pr/settings.yaml': map('proposed', 'two'),
  });
  await bench.refresh(commit, 'forge');
  await bench.application('pr', isReadyAt(commit));
  expect(await as('editor', 'rollback', 'pr', '2')).toMatchObject({ exitCode: 0 });

  const done = await as('editor', 'rollback', 'pr', '--commit');
  const [pull] = await gitea.call<readonly { readonly html_url: string; readonly title: string }[]>('GET', '/pulls');
  expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(pull?.html_url ?? 'no pull request') });
  const main = await gitea.call<{ readonly commit: { readonly id: string } }>('GET', '/branches/main');
  expect(main.commit.id).toBe(commit);
  const { status } = await bench.application('pr', hasCondition('Synced', 'False', 'RolledBack'));
  expect(status?.hold?.revision).toBe(first.status?.revision);
});
