import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinRecords, mountedPath, mountedTree, splitRecord } from './mounted-tree.ts';
import type { FileTree, ReadRecord } from './types.ts';

/** A tree of these files, with links. */
function treeOf(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, readonly string[]>> = {},
): FileTree {
  return {
    async stat(path) {
      return files[path] === undefined ? undefined : { kind: 'file', id: `id of ${files[path]}` };
    },
    async read(path) {
      return files[path] === undefined ? undefined : Buffer.from(files[path]);
    },
    async list(path) {
      return path === '.' ? Object.keys(files).map((name) => ({ name, kind: 'file' as const })) : undefined;
    },
    linksFollowed: async (path) => links[path] ?? [],
  };
}

const text = async (tree: FileTree, path: string) => {
  const bytes = await tree.read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

test('a file of another tree is found by its name, and only by it', async () => {
  const tree = mountedTree(treeOf({ a: 'main' }), new Map([['values', treeOf({ a: 'other' }, { a: ['b', 'c'] })]]));
  expect(await text(tree, 'a')).toBe('main');
  expect(await text(tree, '$values/a')).toBe('other');
  expect(await tree.stat('$values/a')).toEqual({ kind: 'file', id: 'id of other' });
  expect(await tree.stat('$unknown/a')).toBeUndefined();
  expect(await tree.list('.')).toEqual([{ name: 'a', kind: 'file' }]);
  expect(await tree.list('$values')).toEqual([{ name: 'a', kind: 'file' }]);
  expect(await tree.linksFollowed?.('$values/a')).toEqual(['$values/b', '$values/c']);
});

test('a name that nobody has is a path like others', async () => {
  const tree = mountedTree(treeOf({ '$values/a': 'a folder of that name' }), new Map([['other', treeOf({})]]));
  expect(await text(tree, '$values/a')).toBe('a folder of that name');
});

const record = (part: Partial<Record<keyof ReadRecord, readonly string[]>>, id = 'id'): ReadRecord => ({
  files: new Map((part.files ?? []).map((path) => [path, id])),
  missed: new Set(part.missed),
  directories: new Map((part.directories ?? []).map((path) => [path, id])),
  links: new Set(part.links),
});

test('a record is split into what was read of each tree', () => {
  const names = new Set(['values']);
  const whole = record({
    files: ['a', '$values/b'],
    missed: ['$values/c', '$x/d'],
    directories: ['$values'],
    links: ['e'],
  });
  expect(splitRecord(whole, names)).toEqual(
    new Map([
      [undefined, record({ files: ['a'], missed: ['$x/d'], links: ['e'] })],
      ['values', record({ files: ['b'], missed: ['c'], directories: ['.'] })],
    ]),
  );
});

test('nothing that was read is lost or counted twice', () => {
  const path = fc.constantFrom('a', 'a/b', '$one/a', '$two', '$two/x/y', '$three/z', '$');
  const records = fc.record({
    files: fc.uniqueArray(path),
    missed: fc.uniqueArray(path),
    directories: fc.uniqueArray(path),
    links: fc.uniqueArray(path),
  });
  const names = new Set(['one', 'two']);
  fc.assert(
    fc.property(records, (parts) => {
      const whole = record(parts);
      const split = [...splitRecord(whole, names)];
      for (const key of ['files', 'missed', 'directories', 'links'] as const) {
        const back = split.flatMap(([name, own]) =>
          [...own[key].keys()].map((below) => mountedPath(name === undefined ? below : `$${name}/${below}`, names)),
        );
        const expected = [...whole[key].keys()].map((each) => mountedPath(each, names));
        expect(new Set(back.map((each) => JSON.stringify(each)))).toEqual(
          new Set(expected.map((each) => JSON.stringify(each))),
        );
        expect(back).toHaveLength(expected.length);
      }
    }),
  );
});

test('joined records hold what each holds, and a listing wins over mere existence', () => {
  const exists: ReadRecord = { ...record({ files: ['a'] }), directories: new Map([['d', 'exists']]) };
  const listed: ReadRecord = { ...record({ missed: ['b'] }), directories: new Map([['d', 'digest']]) };
  for (const joined of [joinRecords([exists, listed]), joinRecords([listed, exists])]) {
    expect([...joined.files.keys()]).toEqual(['a']);
    expect([...joined.missed]).toEqual(['b']);
    expect(joined.directories.get('d')).toBe('digest');
  }
});
