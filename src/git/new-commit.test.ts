import fc from 'fast-check';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  openWorkshop,
  realGit,
  type Change,
  type TestRepository,
  type Workshop,
} from '../../test/support/git-workshop.ts';
import { problemsOf } from '../errors.ts';
import { openMirror, type CommitId, type FileChange, type Mirror } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly parent: CommitId;
  /** Makes a commit in the mirror of these changes. */
  readonly commit: (changes: readonly FileChange[]) => ReturnType<Mirror['commit']>;
  /** Runs the real Git on the mirror. */
  readonly git: (...args: readonly string[]) => Promise<string>;
}

async function scene(
  files: Readonly<Record<string, Change>>,
  options: { readonly format?: 'sha1' | 'sha256'; readonly blobBytes?: number; readonly history?: 'shallow' } = {},
): Promise<Scene> {
  const workshop = await openWorkshop();
  const { signal, cache } = workshop;
  const repository = await workshop.repository('app', options.format);
  const parent = await repository.commit(files);
  const { blobBytes, history = 'full' } = options;
  const limits = blobBytes === undefined ? {} : { blobBytes };
  const mirror = await openMirror({ url: repository.url, directory: cache, signal, limits, history });
  await mirror.fetch({ branch: 'main' }, { signal });
  return {
    workshop,
    repository,
    mirror,
    parent,
    commit: (changes) => mirror.commit({ parent, changes, message: 'A change', author, committer: author }, { signal }),
    git: async (...args) => {
      const [home = ''] = await readdir(cache);
      const generation = (await readdir(join(cache, home))).find((name) => name.startsWith('generation-')) ?? '';
      return realGit([`--git-dir=${join(cache, home, generation)}`, ...args]);
    },
  };
}

function put(path: string, text: string, mode?: FileChange['mode']): FileChange {
  return { path, content: Buffer.from(text), ...(mode === undefined ? {} : { mode }) };
}

function remove(path: string): FileChange {
  return { path, content: undefined };
}

async function codesOf(promise: Promise<unknown>): Promise<readonly string[]> {
  return promise.then(
    () => [],
    (error: unknown) => problemsOf(error).map(({ code }) => code),
  );
}

test('a commit says who wrote it and when, and holds the message as it is', async () => {
  const { mirror, parent, workshop, git } = await scene({ a: '1' });
  const { commit } = await mirror.commit(
    {
      parent,
      changes: [put('a', '2')],
      message: '{"Action":"update","Message":"a “quoted” change"}\n\nPlumbline-Operation: x',
      author: { name: 'Ada <Byron>\nevil', email: 'ada@example.org>', at: new Date(1_790_000_000_123) },
      committer: { ...author, at: new Date(1_790_000_001_000) },
    },
    { signal: workshop.signal },
  );
  expect(await git('cat-file', 'commit', commit)).toBe(
    `tree ${(await git('rev-parse', `${commit}^{tree}`)).trim()}\nparent ${parent}\n` +
      'author Ada Byronevil <ada@example.org> 1790000000 +0000\n' +
      'committer Plumbline <plumbline@example.org> 1790000001 +0000\n\n' +
      '{"Action":"update","Message":"a “quoted” change"}\n\nPlumbline-Operation: x\n',
  );
  expect(await git('fsck', '--strict', '--full')).not.toMatch(/error|warning|missing/);
});

test('modes are kept, changed where that is asked for, and a new file is not executable', async () => {
  const { commit, git } = await scene({ 'run.sh': { executable: '1' }, 'x.sh': { executable: '1' }, plain: '1' });
  const made = await commit([
    put('run.sh', '2'),
    put('x.sh', '1', '100644'),
    put('plain', '1', '100755'),
    put('new', '1'),
  ]);
  expect(await git('ls-tree', '--format=%(objectmode) %(path)', made.commit)).toBe(
    '100644 new\n100755 plain\n100755 run.sh\n100644 x.sh\n',
  );
});

test('a file takes the place of a folder that the same commit empties, and the other way round', async () => {
  const { commit, git } = await scene({ 'a/b': '1', 'a/c': '1', d: '1' });
  const made = await commit([put('a', '1'), remove('a/b'), remove('a/c'), remove('d'), put('d/e', '1')]);
  expect(await git('ls-tree', '-r', '--name-only', made.commit)).toBe('a\nd/e\n');
});

test('folders that lose their last file go, and removing what is not there changes nothing', async () => {
  const { commit, git, parent } = await scene({ 'a/b/c': '1', d: '1' });
  const made = await commit([remove('a/b/c')]);
  expect(await git('ls-tree', '-r', '--name-only', made.commit)).toBe('d\n');
  expect(await commit([remove('a/b/x'), remove('d/e/f'), remove('q/r')])).toMatchObject({
    commit: parent,
    changed: false,
  });
});

test('a commit that removes everything has the empty tree', async () => {
  const { commit, git } = await scene({ 'a/b': '1' });
  const made = await commit([remove('a/b')]);
  expect(made.changed).toBe(true);
  expect(await git('ls-tree', '-r', made.commit)).toBe('');
});

test.for([
  ['', 'git.path-refused'],
  ['/etc/passwd', 'git.path-outside'],
  ['../x', 'git.path-outside'],
  ['a/../../x', 'git.path-outside'],
  ['a//b', 'git.path-refused'],
  ['a/./b', 'git.path-refused'],
  ['a/', 'git.path-refused'],
  ['.git/config', 'git.path-refused'],
  ['a/.GIT/hooks/x', 'git.path-refused'],
  ['.git ./x', 'git.path-refused'],
  ['.git::$INDEX_ALLOCATION/x', 'git.path-refused'],
  ['.g\u200cit/x', 'git.path-refused'],
  ['GIT~1/x', 'git.path-refused'],
  ['.gitmodules', 'git.path-refused'],
  ['a\\b', 'git.path-refused'],
  ['a\nb', 'git.path-refused'],
  ['a\0b', 'git.path-refused'],
  ['\ud800', 'git.path-refused'],
  ['n'.repeat(256), 'git.path-refused'],
  [`${'d/'.repeat(2100)}x`, 'git.path-refused'],
] as const)('the path %j is refused', async ([path, code]) => {
  const { commit } = await scene({ 'a/b': '1' });
  expect(await codesOf(commit([put(path, 'x')]))).toEqual([code]);
  expect(await codesOf(commit([remove(path)]))).toEqual([code]);
});

test('links, submodules and folders are not written to or through, and every refused path is told', async () => {
  const { commit, parent, git } = await scene({
    'real/x': '1',
    link: { link: 'real' },
    'to-file': { link: 'real/x' },
    out: { link: '../../etc' },
    sub: { submodule: '1'.repeat(40) },
    file: '1',
  });
  const refused = await commit([
    put('link/x', '2'),
    put('to-file', '2'),
    put('out/passwd', '2'),
    put('sub', '2'),
    put('sub/x', '2'),
    put('real', '2'),
    remove('real'),
    put('file/x', '2'),
    put('fine', '2'),
    put('fine', '3'),
  ]).catch((error: unknown) => error);
  const told = problemsOf(refused).map(({ code, message }) => `${code} ${/"(.*?)"/.exec(message)?.[1]}`);
  expect(told.toSorted()).toEqual([
    'git.path-refused file',
    'git.path-refused fine',
    'git.path-refused link',
    'git.path-refused out',
    'git.path-refused real',
    'git.path-refused real',
    'git.path-refused to-file',
    'git.submodule sub',
  ]);
  const made = await commit([remove('link'), remove('to-file'), put('real/x', '2')]);
  expect(await git('diff', '--name-status', '--no-renames', parent, made.commit)).toBe(
    'D\tlink\nM\treal/x\nD\tto-file\n',
  );
});

test('a file, a message and a number of changes over the limit are refused', async () => {
  const { commit, mirror, parent, workshop } = await scene({ a: '1' }, { blobBytes: 100 });
  expect(await codesOf(commit([put('b', 'x'.repeat(101))]))).toEqual(['git.too-large']);
  expect(await codesOf(commit(Array.from({ length: 10_001 }, (_, index) => put(`f${index}`, ''))))).toEqual([
    'git.too-large',
  ]);
  const wish = { parent, changes: [put('a', '2')], author, committer: author };
  const { signal } = workshop;
  expect(await codesOf(mirror.commit({ ...wish, message: 'x'.repeat(70_000) }, { signal }))).toEqual(['git.too-large']);
  expect(await codesOf(mirror.commit({ ...wish, message: ' \n' }, { signal }))).toEqual(['git.commit-invalid']);
  expect(await codesOf(mirror.commit({ ...wish, message: 'a\0b' }, { signal }))).toEqual(['git.commit-invalid']);
  const nobody = { ...author, name: ' <> ' };
  expect(await codesOf(mirror.commit({ ...wish, message: 'a', author: nobody }, { signal }))).toEqual([
    'git.commit-invalid',
  ]);
});

for (const [name, format] of [
  ['SHA-256', 'sha256'],
  ['SHA-1', 'sha1'],
] as const) {
  test(`a repository with ids of ${name} gets commits of that kind, the first one too`, async () => {
    const workshop = await openWorkshop();
    const { signal, cache } = workshop;
    const repository = await workshop.repository('app', format);
    const mirror = await openMirror({ url: repository.url, directory: cache, signal });
    expect(await codesOf(mirror.fetch({ branch: 'main' }, { signal }))).toEqual(['git.ref-not-found']);
    const wish = { message: 'Begin', author, committer: author };
    const begin = async (): Promise<CommitId> => {
      const { commit } = await mirror.commit({ ...wish, parent: undefined, changes: [put('a/b', '1')] }, { signal });
      const { state } = await mirror.push({ branch: 'main', expected: undefined, commit }, { signal });
      expect(state).toBe('pushed');
      return commit;
    };
    // Which ids it has is told by the first push to it alone.
    const first = await begin().catch((error: unknown) => {
      expect([format, problemsOf(error)[0].code]).toEqual(['sha256', 'git.ref-not-found']);
      return begin();
    });
    const second = await mirror.commit({ ...wish, parent: first, changes: [put('a/c', '1')] }, { signal });
    await mirror.push({ branch: 'main', expected: first, commit: second.commit }, { signal });
    expect((await repository.git('rev-parse', 'main')).trim()).toBe(second.commit);
    expect(second.commit).toHaveLength(format === 'sha256' ? 64 : 40);
    expect(await repository.git('ls-tree', '-r', '--name-only', 'main')).toBe('a/b\na/c\n');
    expect(await repository.git('fsck', '--strict', '--full')).toBe('');
  });
}

test('a shallow mirror takes commits, which are pushed from it', async () => {
  const { workshop, repository, mirror, git } = await scene({ a: '1' }, { history: 'shallow' });
  const { signal } = workshop;
  let tip = await repository.commit({ a: '2' });
  await mirror.fetch({ branch: 'main' }, { signal });
  for (const text of ['3', '4', '5']) {
    const wish = { parent: tip, changes: [put('a', text)], message: text, author, committer: author };
    const made = await mirror.commit(wish, { signal });
    expect(await mirror.push({ branch: 'main', expected: tip, commit: made.commit }, { signal })).toEqual({
      state: 'pushed',
    });
    expect((await mirror.fetch({ branch: 'main' }, { signal })).resolved.commit).toBe(made.commit);
    tip = made.commit;
  }
  const subjects = (await repository.git('log', '--format=%s', 'main')).trim().split('\n');
  expect(subjects).toEqual(['5', '4', '3', 'change', 'change']);
  expect((await git('rev-parse', '--is-shallow-repository')).trim()).toBe('true');
});

test('a file may be made where something is removed below it, which need not be there', async () => {
  const { mirror, workshop, parent, git } = await scene({ 'a/b': '1' });
  const { signal } = workshop;
  const changes = [remove('a/b'), put('a', '2'), remove('new/b'), put('new', '3')];
  const wish = { parent, changes, message: 'x', author, committer: author };
  const { tree } = await mirror.commit(wish, { signal });
  expect(await git('ls-tree', '-r', '--name-only', tree)).toBe('a\nnew\n');
});

const names = fc.constantFrom('a', 'b', 'a.b', 'a-b', 'ab', 'é', 'a b', '"', '-x');
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const changeOf = fc.record({ path: paths, text: fc.option(fc.constantFrom('', '1', '2\n')), executable: fc.boolean() });

test('whatever changes, the files are those that are wished for, or the change is refused for a reason', async () => {
  const { mirror, workshop, parent, git } = await scene({ 'a/b': '1', 'a.b': '1', 'ab/a': '1', é: '1' });
  const { signal } = workshop;
  const ids = new Map<string, string>();
  for (const text of ['', '1', '2\n']) ids.set(text, (await realGit(['hash-object', '--stdin'], text)).trim());
  const filesOf = async (
    tree: string,
    ...flags: readonly string[]
  ): Promise<readonly (readonly [string, string])[]> => {
    const lines = (await git('ls-tree', '-r', '-z', ...flags, tree)).split('\0').filter((line) => line !== '');
    return lines.map((line) => {
      const [mode = '', , id = ''] = line.split(/[ \t]/);
      return [line.slice(line.indexOf('\t') + 1), `${mode} ${id}`] as const;
    });
  };
  let tip: CommitId = parent;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(changeOf, { selector: ({ path }) => path, maxLength: 6 }), async (wished) => {
      const changes = wished.map(({ path, text, executable }): FileChange =>
        text === null ? remove(path) : put(path, text, executable ? '100755' : '100644'),
      );
      const expected = new Map(await filesOf(tip));
      const folders = new Set((await filesOf(tip, '-d')).map(([path]) => path));
      for (const { path, text } of wished) if (text === null) expected.delete(path);
      for (const { path, text, executable } of wished)
        if (text !== null) expected.set(path, `${executable ? '100755' : '100644'} ${ids.get(text)}`);
      const all = [...expected.keys()];
      const clashes = all.some((path) => all.some((other) => other.startsWith(`${path}/`)));
      const removesFolder = wished.some(({ path, text }) => text === null && folders.has(path));
      const wish = { parent: tip, changes, message: 'x', author, committer: author };
      if (clashes || removesFolder) {
        expect(new Set(await codesOf(mirror.commit(wish, { signal })))).toEqual(new Set(['git.path-refused']));
        return;
      }
      const made = await mirror.commit(wish, { signal });
      expect(new Map(await filesOf(made.tree))).toEqual(expected);
      tip = made.commit;
    }),
    { numRuns: 60 },
  );
  expect(await git('fsck', '--strict', '--full')).not.toMatch(/error|warning|missing/);
});

test('many commits of our own are packed in time, those that were never pushed, too', async () => {
  const { mirror, workshop, parent, git } = await scene({ a: '1' });
  const { signal } = workshop;
  const wish = { message: 'x', author, committer: author };
  const aside = (await mirror.commit({ ...wish, parent, changes: [put('b', '1')] }, { signal })).commit;
  const changes = Array.from({ length: 6000 }, (_, index) => put(`many/${index}`, `${index}`));
  const made = await mirror.commit({ ...wish, parent, changes }, { signal });
  await mirror.push({ branch: 'main', expected: parent, commit: made.commit }, { signal });
  // In the background, so that nobody waits for it.
  await expect.poll(() => git('count-objects', '-v')).toMatch(/^count: 0$/m);
  expect((await git('cat-file', '-t', aside)).trim()).toBe('commit');
  expect(Buffer.from((await (await mirror.tree(made.commit)).read('many/17')) ?? []).toString()).toBe('17');
});
