import { expect, test } from 'vitest';
import type { TreeId } from './ids.ts';
import { parseTree } from './tree.ts';

const id = '12'.repeat(20) as TreeId;

function entry(mode: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.alloc(20, 0xab)]);
}

test('every kind of entry is told', () => {
  const tree = parseTree(
    id,
    Buffer.concat([
      entry('100644', 'f'),
      entry('100755', 'x'),
      entry('100664', 'old'),
      entry('40000', 'd'),
      entry('120000', 'l'),
      entry('160000', 's'),
    ]),
  );
  expect(Object.fromEntries([...tree].map(([name, { kind }]) => [name, kind]))).toEqual({
    f: 'file',
    x: 'file',
    old: 'file',
    d: 'directory',
    l: 'link',
    s: 'submodule',
  });
  expect(tree.get('f')?.id).toBe('ab'.repeat(20));
  expect(parseTree(id, Buffer.alloc(0)).size).toBe(0);
});

test.each([
  ['a truncated id', entry('100644', 'f').subarray(0, -1)],
  ['no name', Buffer.from('100644')],
  ['no end of the name', Buffer.from('100644 name')],
  ['an empty name', entry('100644', '')],
  ['the folder itself', entry('40000', '.')],
  ['the folder above', entry('40000', '..')],
  ['a path', entry('100644', 'a/b')],
  ['a device', entry('20000', 'a')],
])('a tree with %s is refused', (_, bytes) => {
  expect(() => parseTree(id, bytes)).toThrow(/git\.invalid-object/);
});
