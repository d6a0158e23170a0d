import { expect, test } from 'vitest';
import { memoryTree } from '../../../test/support/render.ts';
import type { FileTree } from '../../render/index.ts';
import { overlaidTree } from './overlaid-tree.ts';

const content = (text: string): Uint8Array => Buffer.from(text);
const names = async (tree: FileTree, path: string) =>
  (await tree.list(path))?.map(({ name, kind }) => `${kind} ${name}`);
const text = async (tree: FileTree, path: string) => {
  const read = await tree.read(path);
  return read === undefined ? undefined : Buffer.from(read).toString();
};

test('files are added, changed and removed, and folders come and go with them', async () => {
  const below = memoryTree({ 'a/x.yaml': 'x', 'a/y.yaml': 'y', 'b/only.yaml': 'b', 'top.yaml': 't' });
  const tree = overlaidTree(below, [
    { path: 'a/x.yaml', content: content('X') },
    { path: 'a/deep/new.yaml', content: content('n') },
    { path: 'b/only.yaml', content: undefined },
    { path: 'c.yaml', content: content('c') },
  ]);
  expect(await names(tree, '.')).toEqual(['directory a', 'file c.yaml', 'file top.yaml']);
  expect(await names(tree, 'a')).toEqual(['directory deep', 'file x.yaml', 'file y.yaml']);
  expect(await names(tree, 'a/deep')).toEqual(['file new.yaml']);
  expect(await names(tree, 'b')).toBeUndefined();
  expect(await tree.stat('b')).toBeUndefined();
  expect(await tree.stat('b/only.yaml')).toBeUndefined();
  expect(await tree.stat('a/deep')).toMatchObject({ kind: 'directory' });
  expect(await text(tree, 'a/x.yaml')).toBe('X');
  expect(await text(tree, 'a/y.yaml')).toBe('y');
  expect(await text(tree, 'b/only.yaml')).toBeUndefined();
});

test('another content has another identity, and the same content the same', async () => {
  const below = memoryTree({ 'a.yaml': 'x' });
  const id = async (made: string) =>
    (await overlaidTree(below, [{ path: 'a.yaml', content: content(made) }]).stat('a.yaml'))?.id;
  expect(await id('1')).toBe(await id('1'));
  expect(await id('1')).not.toBe(await id('2'));
  expect(await id('1')).not.toBe((await below.stat('a.yaml'))?.id);
});

test('a change of what a link leads to is seen through the link', async () => {
  const below: FileTree = {
    ...memoryTree({ 'real/a.yaml': 'x', 'link/a.yaml': 'x' }),
    linksFollowed: async (path) => (path.startsWith('link') ? [path.replace('link', 'real')] : []),
  };
  const tree = overlaidTree(below, [{ path: 'real/a.yaml', content: content('X') }]);
  expect(await text(tree, 'link/a.yaml')).toBe('X');
  expect((await tree.stat('link/a.yaml'))?.id).toBe((await tree.stat('real/a.yaml'))?.id);
  expect(await tree.linksFollowed?.('link/a.yaml')).toEqual(['real/a.yaml']);
});

test('without changes it is the tree itself', () => {
  const below = memoryTree({});
  expect(overlaidTree(below, [])).toBe(below);
});
