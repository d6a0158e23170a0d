import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts';
import { openClone } from './clone.ts';

let folder = '';
let repository: TestRepository;
const signal = new AbortController().signal;
const commits: Record<'first' | 'main' | 'side', string> = { first: '', main: '', side: '' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-clone-'));
  repository = await createTestRepository();
  commits.first = await repository.commit({ 'a.yaml': 'one\n', 'sub/b.yaml': 'b\n' });
  await repository.git('branch', 'side');
  commits.side = await repository.commit({ 'a.yaml': 'side\n', 'sub/c.yaml': 'c\n' }, { branch: 'side' });
  commits.main = await repository.commit({ 'd.yaml': 'd\n' });
  await repository.git('config', 'uploadpack.allowFilter', 'true');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await repository.remove();
});

const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
const run = promisify(execFile);

async function realGit(path: string, ...args: readonly string[]): Promise<string> {
  return (await run('git', ['-C', path, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { env }))
    .stdout;
}

async function clone(name: string, ...flags: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await run('git', ['clone', '--quiet', ...flags, repository.url, path], { env });
  return path;
}

test('names, the commit where two lines parted, files and changes, from any folder of a clone', async () => {
  const path = await clone('whole');
  await realGit(path, 'remote', 'add', 'pipeline', 'https://token:secret@git.example.org/team/apps.git');
  const opened = await openClone(join(path, 'sub'), signal);
  expect(opened).toMatchObject({ workTree: path, remotes: [repository.url, 'https://git.example.org/team/apps.git'] });
  const head = await opened.resolve('HEAD');
  expect(head).toMatchObject({ commit: commits.main, ref: 'HEAD' });
  // A branch of the server that was never checked out here.
  const side = await opened.resolve('side');
  expect(side.commit).toBe(commits.side);
  expect((await opened.resolve(commits.first.slice(0, 10))).commit).toBe(commits.first);
  expect((await opened.resolve('HEAD~1')).commit).toBe(commits.first);
  const base = await opened.mergeBase(head.commit, side.commit);
  expect(base.commit).toBe(commits.first);
  expect(await opened.changes(base.tree, side.tree)).toEqual([
    { path: 'a.yaml', change: 'modified' },
    { path: 'sub/c.yaml', change: 'added' },
  ]);
  const file = await (await opened.tree(side.commit)).read('a.yaml');
  expect(Buffer.from(file ?? []).toString()).toBe('side\n');
  await expect(opened.resolve('nowhere')).rejects.toMatchObject({ code: 'git.ref-not-found' });
  await expect(opened.resolve('--upload-pack=evil')).rejects.toMatchObject({ code: 'git.ref-not-found' });
  await opened.close();
});

test('a bare clone and a linked work tree are clones', async () => {
  const bare = await openClone(repository.directory, signal);
  expect(bare.workTree).toBeUndefined();
  expect((await bare.resolve('main')).commit).toBe(commits.main);
  await bare.close();
  const linked = join(folder, 'linked');
  await repository.git('worktree', 'add', '--quiet', '--detach', linked, 'side');
  const tree = await openClone(linked, signal);
  expect(tree.workTree).toBe(linked);
  expect((await tree.resolve('HEAD')).commit).toBe(commits.side);
  await tree.close();
});

test('a shallow clone says what to fetch', async () => {
  const path = await clone('shallow', '--depth=1', '--no-single-branch');
  const opened = await openClone(path, signal);
  const [main, side] = [await opened.resolve('main'), await opened.resolve('side')];
  await expect(opened.mergeBase(main.commit, side.commit)).rejects.toMatchObject({
    code: 'git.clone-incomplete',
    problems: [{ hint: expect.stringContaining('fetch-depth: 0') }],
  });
  await expect(opened.resolve('HEAD~1')).rejects.toMatchObject({
    code: 'git.ref-not-found',
    problems: [{ hint: expect.stringContaining('--unshallow') }],
  });
  await opened.close();
});

test('a clone without its files says so, and fetches nothing by itself', async () => {
  const path = await clone('partial', '--filter=blob:none', '--no-checkout');
  const opened = await openClone(path, signal);
  const tree = await opened.tree((await opened.resolve('main')).commit);
  await expect(tree.read('a.yaml')).rejects.toMatchObject({
    code: 'git.clone-incomplete',
    problems: [{ message: 'this clone lacks a.yaml', hint: expect.stringContaining('--filter') }],
  });
  await opened.close();
});

test('two histories with nothing in common, and a folder that is no clone, are told apart', async () => {
  const path = await clone('orphan');
  const stdout = await realGit(path, 'commit-tree', '-m', 'x', 'HEAD^{tree}');
  const opened = await openClone(path, signal);
  const [one, other] = [await opened.resolve('HEAD'), await opened.resolve(stdout.trim())];
  await expect(opened.mergeBase(one.commit, other.commit)).rejects.toMatchObject({ code: 'git.no-merge-base' });
  await opened.close();
  const plain = join(folder, 'plain');
  await mkdir(plain);
  await writeFile(join(plain, '.git'), 'not what it looks like');
  await expect(openClone(plain, signal)).rejects.toMatchObject({ code: 'git.no-clone' });
});

test('nothing that a clone is configured to run is run', async () => {
  const path = await clone('hostile');
  const mark = join(folder, 'it-ran');
  for (const key of ['core.fsmonitor', 'core.sshCommand', 'core.pager', 'diff.external']) {
    await realGit(path, 'config', key, `sh -c 'touch ${mark}'`);
  }
  const opened = await openClone(path, signal);
  const [main, side] = [await opened.resolve('main'), await opened.resolve('side')];
  await opened.mergeBase(main.commit, side.commit);
  await opened.changes(main.tree, side.tree);
  await opened.close();
  expect(existsSync(mark)).toBe(false);
});
