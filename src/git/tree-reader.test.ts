import { expect, test } from 'vitest';
import { openWorkshop, type Change } from '../../test/support/git-workshop.ts';
import { PlumbError } from '../errors.ts';
import type { FileTree } from '../render/index.ts';
import { openMirror, type TreeReader } from './index.ts';

async function treeOf(changes: Readonly<Record<string, Change>>): Promise<TreeReader> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit(changes);
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  return mirror.tree(commit);
}

async function readText(tree: TreeReader, path: string): Promise<string | undefined> {
  const bytes = await tree.read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

async function failure(promise: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlumbError);
  return error as PlumbError;
}

test('files and folders are found, and what is not there is undefined', async () => {
  const tree = await treeOf({ 'a/b/c.yaml': 'x', 'a/run.sh': { executable: '#!' }, 'a b/ü.txt': 'y', empty: '' });
  // It is what a render reads.
  const fileTree: FileTree = tree;
  expect(await fileTree.stat('.')).toBeDefined();
  expect(await tree.stat('')).toEqual({ kind: 'directory', id: tree.root });
  expect(await tree.stat('.')).toEqual({ kind: 'directory', id: tree.root });
  expect(await tree.stat('a/b/c.yaml')).toMatchObject({ kind: 'file' });
  expect(await tree.stat('./a//b/../b/c.yaml')).toEqual(await tree.stat('a/b/c.yaml'));
  expect(await readText(tree, 'a b/ü.txt')).toBe('y');
  expect(await readText(tree, 'empty')).toBe('');
  expect(await tree.list('a')).toEqual([
    { name: 'b', kind: 'directory' },
    { name: 'run.sh', kind: 'file' },
  ]);
  for (const path of ['nope', 'a/nope', 'a/b/c.yaml/d', 'a/b/c.yaml/..', 'nope/..']) {
    expect(await tree.stat(path), path).toBeUndefined();
    expect(await tree.read(path), path).toBeUndefined();
    expect(await tree.list(path), path).toBeUndefined();
  }
  expect(await tree.read('a')).toBeUndefined();
  expect(await tree.list('a/b/c.yaml')).toBeUndefined();
});

test('a path never leads out of the repository', async () => {
  const tree = await treeOf({ 'a/b': 'x' });
  for (const path of ['..', '../etc/passwd', 'a/../..', 'a/b/../../..']) {
    const result = await tree.read(path).catch((error: unknown) => error);
    // Beyond a file nothing is: there is nowhere to go up from.
    if (path.startsWith('a/b')) expect(result).toBeUndefined();
    else expect((result as PlumbError).code).toBe('git.path-outside');
  }
  // A leading slash is the root of the repository, and not of the machine.
  expect(await readText(tree, '/a/b')).toBe('x');
  expect(await tree.read('/etc/passwd')).toBeUndefined();
});

test('links are followed inside the tree, to files, to folders and through one another', async () => {
  const tree = await treeOf({
    'base/x.yaml': 'x',
    'base/deep/y.yaml': 'y',
    file: { link: 'base/x.yaml' },
    folder: { link: 'base' },
    'over/up': { link: '../folder/deep/../x.yaml' },
    'over/there': { link: '../folder' },
    dangling: { link: 'base/none' },
    'base/back': { link: '..' },
  });
  expect(await readText(tree, 'file')).toBe('x');
  expect(await readText(tree, 'folder/deep/y.yaml')).toBe('y');
  expect(await readText(tree, 'over/up')).toBe('x');
  expect(await readText(tree, 'over/there/x.yaml')).toBe('x');
  expect(await readText(tree, 'base/back/base/back/base/x.yaml')).toBe('x');
  expect(await tree.stat('folder')).toEqual(await tree.stat('base'));
  expect(await tree.stat('file')).toEqual(await tree.stat('base/x.yaml'));
  expect(await tree.read('dangling')).toBeUndefined();
  expect(await tree.list('')).toEqual([
    { name: 'base', kind: 'directory' },
    { name: 'dangling', kind: 'file' },
    { name: 'file', kind: 'file' },
    { name: 'folder', kind: 'directory' },
    { name: 'over', kind: 'directory' },
  ]);
});

test('all paths that decide about a read through links are told, also where nothing is in the end', async () => {
  const tree = await treeOf({
    'base/x.yaml': 'x',
    one: { link: 'two' },
    two: { link: 'base/x.yaml' },
    folder: { link: 'base' },
    dangling: { link: 'base/none/deeper' },
  });
  expect(await tree.linksFollowed('base/x.yaml')).toEqual([]);
  expect(await tree.linksFollowed('base/nothing')).toEqual([]);
  expect(await tree.linksFollowed('one')).toEqual(['one', 'two', 'base/x.yaml']);
  expect(await tree.linksFollowed('folder/x.yaml')).toEqual(['folder', 'base/x.yaml']);
  expect(await tree.linksFollowed('folder/missing')).toEqual(['folder', 'base/missing']);
  expect(await tree.linksFollowed('dangling')).toEqual(['dangling', 'base/none/deeper']);
  expect(await tree.linksFollowed('folder')).toEqual(['folder', 'base']);
});

test('a link that leads out of the repository, or round in a circle, is an error that names it', async () => {
  const tree = await treeOf({
    'a/up': { link: '../../secret' },
    absolute: { link: '/etc/passwd' },
    'a/fine': { link: '../b' },
    b: 'b',
    loop: { link: 'pool' },
    pool: { link: 'loop' },
    self: { link: 'self/x' },
  });
  for (const [path, code, file] of [
    ['a/up', 'git.path-outside', 'a/up'],
    ['absolute', 'git.path-outside', 'absolute'],
    ['absolute/x', 'git.path-outside', 'absolute'],
  ] as const) {
    const error = await failure(tree.read(path));
    expect(error.code).toBe(code);
    expect(error.problems[0].where).toMatchObject({ file, commit: tree.commit });
  }
  expect((await failure(tree.read('loop'))).code).toBe('git.link-loop');
  expect((await failure(tree.stat('self'))).code).toBe('git.link-loop');
  expect(await readText(tree, 'a/fine')).toBe('b');
  // A listing is not spoilt by a link that nobody reads.
  expect((await tree.list(''))?.map(({ name }) => name)).toEqual(['a', 'absolute', 'b', 'loop', 'pool', 'self']);
});

test('a submodule is listed as a folder, and to look into it is an error that says what it is', async () => {
  const tree = await treeOf({
    '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ext::sh -c touch% pwned\n',
    lib: { submodule: '1'.repeat(40) },
    'to-lib': { link: 'lib/x.yaml' },
  });
  expect(await tree.list('')).toContainEqual({ name: 'lib', kind: 'directory' });
  for (const path of ['lib', 'lib/x.yaml', 'to-lib']) {
    const error = await failure(tree.read(path));
    expect(error.code).toBe('git.submodule');
    expect(error.problems[0].where?.file).toBe('lib');
  }
});

test('an LFS pointer is an error where it stands for a manifest, and passes where it stands for a picture', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`;
  const tree = await treeOf({
    'a/deployment.yaml': pointer,
    'chart.tgz': pointer,
    'logo.png': pointer,
    link: { link: 'a/deployment.yaml' },
  });
  const error = await failure(tree.read('a/deployment.yaml'));
  expect(error.code).toBe('git.lfs-pointer');
  expect(error.problems[0].where?.file).toBe('a/deployment.yaml');
  expect((await failure(tree.read('chart.tgz'))).code).toBe('git.lfs-pointer');
  expect(await readText(tree, 'logo.png')).toBe(pointer);
});

test('the content of a file is as it was committed, whatever .gitattributes says', async () => {
  const tree = await treeOf({
    '.gitattributes': '* text eol=crlf filter=evil ident working-tree-encoding=UTF-16\n',
    'a.yaml': 'a: $Id$\n',
    binary: new Uint8Array([0, 1, 10, 13, 255, 10]),
  });
  expect(await readText(tree, 'a.yaml')).toBe('a: $Id$\n');
  expect([...((await tree.read('binary')) ?? [])]).toEqual([0, 1, 10, 13, 255, 10]);
});
