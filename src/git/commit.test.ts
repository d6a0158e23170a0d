import { expect, test } from 'vitest';
import { parseCommit } from './commit.ts';
import type { CommitId } from './ids.ts';

const id = '12'.repeat(20) as CommitId;
const tree = 'ab'.repeat(20);
const parent = 'cd'.repeat(20);

test('a signed merge with a long subject', () => {
  const commit = parseCommit(
    id,
    Buffer.from(
      `tree ${tree}\nparent ${parent}\nparent ${tree}\nauthor Ada L. <ada@example.org> 1700000000 +0100\ncommitter Bob <bob@example.org> 1700000001 -0200\ngpgsig -----BEGIN\n tree of nothing\n -----END\n\nFirst line\ngoes on\n\nBody\n`,
    ),
  );
  expect(commit).toEqual({
    id,
    tree,
    parents: [parent, tree],
    author: { name: 'Ada L.', email: 'ada@example.org', at: new Date(1_700_000_000_000) },
    committer: { name: 'Bob', email: 'bob@example.org', at: new Date(1_700_000_001_000) },
    subject: 'First line goes on',
    message: 'First line\ngoes on\n\nBody\n',
  });
});

test('what old commits leave out is empty', () => {
  expect(parseCommit(id, Buffer.from(`tree ${tree}\nauthor nobody\n\n`))).toMatchObject({
    parents: [],
    author: { name: '', email: '', at: new Date(0) },
    subject: '',
  });
});

test('a message in another encoding is read in it; in an unknown one, as far as it is ASCII', () => {
  const head = `tree ${tree}\nauthor A <a@example.org> 1 +0000\nencoding `;
  expect(parseCommit(id, Buffer.from(`${head}ISO-8859-1\n\nGr\u00fcn`, 'latin1')).subject).toBe('Gr\u00fcn');
  expect(parseCommit(id, Buffer.from(`${head}x-nonsense\n\nplain`)).subject).toBe('plain');
});

test('a commit without a tree is refused', () => {
  expect(() => parseCommit(id, Buffer.from('author x\n\n'))).toThrow(/git\.invalid-object/);
});
