import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { filesBelow } from '../../test/support/files-below.ts';
import { openWorkshop, realGit, type TestRepository } from '../../test/support/git-workshop.ts';
import { writeCommitGraph } from './commit-graph.ts';
import { sourcesIn } from './follow-renames.ts';
import { type CommitId, type FileEdit, openClone, openMirror, type Mirror } from './index.ts';
import { mergeText } from './merge-text.ts';
import { mergeTouches } from './touching.ts';

async function open(history: 'full' | 'shallow' = 'full') {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal, history });
  onTestFinished(() => mirror.close());
  const tip = async (): Promise<CommitId> => (await mirror.fetch({ branch: 'main' }, { signal })).resolved.commit;
  const touching = async (...paths: readonly string[]) => {
    const { touches, paths: all } = await mirror.past.touching(await tip(), paths, { signal });
    return { commits: touches.map(({ commit }) => commit), paths: all };
  };
  return { workshop, repository, mirror, signal, tip, touching };
}

async function generations(cache: string): Promise<readonly string[]> {
  const names = await filesBelow(cache);
  return names.filter((name) => /generation-[0-9a-z]+$/.test(name)).map((name) => join(cache, name));
}

test('the commits that touched a file or a folder, newest first, and no others', async () => {
  const { repository, touching } = await open();
  const first = await repository.commit({ 'team/Deployment/web/web.json': 'a', 'other.txt': 'a' });
  await repository.commit({ 'other.txt': 'b', 'team/Deployment/web-2/web-2.json': 'a' });
  const side = await repository.commit({ 'team/Deployment/web/service.json': 'a' });
  const last = await repository.commit({ 'team/Deployment/web/web.json': null });
  expect((await touching('team/Deployment/web')).commits).toEqual([last, side, first]);
  expect((await touching('team/Deployment/web/service.json')).commits).toEqual([side]);
  expect((await touching('team/Deployment/none', 'none.json')).commits).toEqual([]);
  // Two paths of which both were touched are put in one order.
  expect((await touching('team/Deployment/web/service.json', 'team/Deployment/web/web.json')).commits).toEqual([
    last,
    side,
    first,
  ]);
  expect((await touching('')).commits).toHaveLength(4);
});

test('a name with the characters of a pattern stands for itself', async () => {
  const { repository, touching } = await open();
  const exact = await repository.commit({ 'a*': '1' });
  await repository.commit({ ab: '1', ':(top)x': '1' });
  expect((await touching('a*')).commits).toEqual([exact]);
  expect((await touching(':(top)x')).commits).toHaveLength(1);
});

test('a change that a merge has thrown away is told all the same', async () => {
  const { repository, touching } = await open();
  const base = await repository.commit({ 'a.json': '1' });
  const lost = await repository.commit({ 'a.json': '2' }, { branch: 'side', parent: base });
  const kept = await repository.commit({ 'b.json': '1' });
  const tree = (await repository.git('rev-parse', `${kept}^{tree}`)).trim();
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const merge = await realGit([
    ...identity,
    `--git-dir=${repository.directory}`,
    'commit-tree',
    tree,
    '-p',
    kept,
    '-p',
    lost,
    '-m',
    'Merge, and keep ours',
  ]);
  await repository.git('update-ref', 'refs/heads/main', merge.trim());
  expect((await touching('a.json')).commits).toEqual([merge.trim(), lost, base]);
});

const body = (what: string): string => `${'line\n'.repeat(30)}${what}\n`;

test('a rename is followed, of a file and of a folder, and over two steps', async () => {
  const { repository, touching, mirror, signal } = await open();
  const created = await repository.commit({ 'team/Deployment-web.json': body('1') });
  const moved = await repository.commit({
    'team/Deployment-web.json': null,
    'team/Deployment/web/web.json': body('1'),
  });
  const changed = await repository.commit({ 'team/Deployment/web/web.json': body('2') });
  const folder = await repository.commit({
    'team/Deployment/web/web.json': null,
    'crew/Deployment/web/web.json': body('2'),
  });
  // What takes the old name later is something else.
  await repository.commit({ 'team/Deployment-web.json': 'another one' });
  const history = await touching('crew');
  expect(history.commits).toEqual([folder, changed, moved, created]);
  expect(history.paths).toEqual(['crew', 'team']);
  expect((await touching('crew/Deployment/web')).commits).toEqual([folder, changed, moved, created]);
  const commit = await mirror.past.commit(folder);
  expect((await mirror.past.edits([commit], { signal })).get(folder)).toEqual([
    {
      path: 'crew/Deployment/web/web.json',
      from: 'team/Deployment/web/web.json',
      change: 'renamed',
      before: expect.stringMatching(/^[0-9a-f]{40}$/),
      after: expect.stringMatching(/^[0-9a-f]{40}$/),
    },
  ]);
});

function edit(from: string | undefined, path: string): FileEdit {
  const sides = { before: undefined, after: undefined };
  return from === undefined ? { path, change: 'modified', ...sides } : { path, from, change: 'renamed', ...sides };
}

test('where a folder came from is told by the files that keep their names below it', () => {
  expect(sourcesIn([edit('old/a', 'new/a'), edit('old/b/c', 'new/b/c'), edit('x', 'y')], 'new')).toEqual(['old']);
  expect(sourcesIn([edit('old/one', 'new/other')], 'new')).toEqual(['old/one']);
  expect(sourcesIn([edit('new/one', 'new/other'), edit(undefined, 'new/z')], 'new')).toEqual([]);
  expect(sourcesIn([edit('a', 'new/a')], 'new')).toEqual(['a']);
});

test('what commits did to files: added, modified, removed; a link has no content', async () => {
  const { repository, tip, mirror, signal } = await open();
  const first = await repository.commit({ a: '1', b: '1' });
  const second = await repository.commit({ a: '2', b: null, c: { link: 'a' } });
  await tip();
  const commits = await Promise.all([first, second].map((id) => mirror.past.commit(id)));
  const edits = await mirror.past.edits(commits, { signal });
  expect(edits.get(first)?.map(({ path, change }) => [path, change])).toEqual([
    ['a', 'added'],
    ['b', 'added'],
  ]);
  const told = edits.get(second) ?? [];
  expect(told.map(({ path, change, after }) => [path, change, after === undefined])).toEqual([
    ['a', 'modified', false],
    ['b', 'removed', true],
    ['c', 'added', true],
  ]);
  const [changed] = told;
  if (changed?.before === undefined) throw new Error('the content before is missing');
  expect(Buffer.from(await mirror.past.content(changed.before, 'a')).toString()).toBe('1');
});

test('all files below a path, with what they are', async () => {
  const { repository, tip, mirror, signal } = await open();
  await repository.commit({ 'x/a': '1', 'x/y/b': { executable: '2' }, 'x/l': { link: 'a' }, xx: '3' });
  const files = await mirror.past.files(await tip(), ['x'], { signal });
  expect([...files.values()].map(({ path, kind, mode }) => [path, kind, mode])).toEqual([
    ['x/a', 'file', '100644'],
    ['x/l', 'link', '120000'],
    ['x/y/b', 'file', '100755'],
  ]);
  expect((await mirror.past.files(await tip(), [], { signal })).size).toBe(0);
  expect((await mirror.past.files(await tip(), [''], { signal })).size).toBe(4);
});

test('a shallow mirror becomes a full one when its past is asked for', async () => {
  const { repository, touching, mirror, signal, tip } = await open('shallow');
  const first = await repository.commit({ a: '1' });
  const second = await repository.commit({ a: '2' });
  await tip();
  // It has only the newest commit, and needs the one before for this.
  expect((await mirror.past.files(first, ['a'], { signal })).size).toBe(1);
  expect((await touching('a')).commits).toEqual([second, first]);
  expect(await mirror.past.contains(second, first, { signal })).toBe(true);
  expect(await mirror.past.contains(first, second, { signal })).toBe(false);
  const nowhere = 'ab'.repeat(20) as CommitId;
  await expect(mirror.past.commit(nowhere)).rejects.toMatchObject({ code: 'git.ref-not-found' });
});

/** A mirror whose index is there, and where it lies. */
async function indexed(): Promise<{
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly directory: string;
  readonly touching: (...paths: readonly string[]) => Promise<{ readonly commits: readonly CommitId[] }>;
}> {
  const { workshop, repository, touching, mirror, signal } = await open();
  await repository.commit({ a: '1', b: '1' });
  await repository.commit({ a: '2' });
  await touching('b');
  const [directory] = await generations(workshop.cache);
  if (directory === undefined) throw new Error('there is no mirror');
  await writeCommitGraph(directory, signal);
  return { repository, mirror, directory, touching };
}

test('the index is written beside the mirror, and a damaged one is done without and replaced', async () => {
  const { repository, directory, touching } = await indexed();
  const folder = join(directory, 'objects', 'info', 'commit-graphs');
  const graphs = (await readdir(folder)).filter((name) => name.endsWith('.graph'));
  expect(graphs).not.toEqual([]);
  for (const name of graphs) {
    await chmod(join(folder, name), 0o600);
    await writeFile(join(folder, name), 'this is no commit graph at all, and far too short to be one');
  }
  const third = await repository.commit({ a: '3' });
  const answer = await touching('a');
  expect(answer.commits[0]).toBe(third);
  expect(answer.commits).toHaveLength(3);
  // What was asked before the index was found damaged is not asked again, so another path asks for the new one.
  await touching('c');
  const isNew = (name: string): boolean => name.endsWith('.graph') && !graphs.includes(name);
  await expect.poll(async () => (await readdir(folder)).filter(isNew)).not.toEqual([]);
  expect((await realGit([`--git-dir=${directory}`, 'commit-graph', 'verify'])).trim()).toBe('');
});

test('a clone that somebody works in is asked, and nothing is written to it', async () => {
  const { workshop, repository, signal } = await open();
  const first = await repository.commit({ a: '1' });
  await repository.commit({ b: '1' });
  const folder = join(workshop.root, 'clone');
  await realGit(['clone', '--quiet', repository.directory, folder]);
  const before = (await readdir(folder, { recursive: true })).toSorted();
  const clone = await openClone(folder, signal);
  const { commit } = await clone.resolve('HEAD');
  expect((await clone.past.touching(commit, ['a'], { signal })).touches.map((touch) => touch.commit)).toEqual([first]);
  await clone.close();
  expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(before);
});

const lines = (...words: readonly string[]): Buffer => Buffer.from(words.map((word) => `${word}\n`).join(''));

test('lines are merged as Git merges them; a conflict is told', async () => {
  const { signal } = new AbortController();
  const base = lines('a', 'b', 'c', 'd', 'e');
  const merged = await mergeText(
    { base, ours: lines('A', 'b', 'c', 'd', 'e'), theirs: lines('a', 'b', 'c', 'd', 'E') },
    signal,
  );
  expect(Buffer.from(merged ?? []).toString()).toBe('A\nb\nc\nd\nE\n');
  expect(await mergeText({ base, ours: lines('x'), theirs: lines('y') }, signal)).toBeUndefined();
  expect(
    await mergeText({ base: Buffer.from([0, 1]), ours: Buffer.from([0, 2]), theirs: base }, signal),
  ).toBeUndefined();
});

test('two lists are merged without losing the order of either, and nothing stands twice', () => {
  const touch = fc.record({ commit: fc.integer({ min: 0, max: 30 }), at: fc.integer({ min: 0, max: 9 }) });
  const list = fc
    .uniqueArray(touch, { selector: ({ commit }) => commit })
    .map((all) =>
      all
        .toSorted((a, b) => b.at - a.at)
        .map(({ commit, at }) => ({ at, commit: String(commit).padStart(40, '0') as CommitId })),
    );
  fc.assert(
    fc.property(list, list, (one, other) => {
      const merged = mergeTouches(one, other).map(({ commit }) => commit);
      expect(new Set(merged).size).toBe(merged.length);
      expect(new Set(merged)).toEqual(new Set([...one, ...other].map(({ commit }) => commit)));
      expect(merged.filter((id) => one.some(({ commit }) => commit === id))).toHaveLength(one.length);
    }),
  );
});
