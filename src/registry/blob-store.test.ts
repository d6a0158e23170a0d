import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openBlobStore } from './blob-store.ts';
import { asDigest, digestOf } from './digest.ts';

const content = (text: string, bytes = 100): Buffer => Buffer.from(text.repeat(bytes / text.length));

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

test('content is found by its digest, by another process as well, and by nobody of another scope', async () => {
  const folder = temporaryFolder();
  const digest = digestOf(content('a'));
  const store = openBlobStore(folder, 1000);
  expect(await store.get('one', digest)).toBeUndefined();
  await store.put('one', digest, content('a'));
  expect(await openBlobStore(folder, 1000).get('one', digest)).toEqual(content('a'));
  expect(await store.get('two', digest)).toBeUndefined();
});

test('what was changed on the disk is not given out, and taken away', async () => {
  const folder = temporaryFolder();
  const store = openBlobStore(folder, 1000);
  const digest = digestOf(content('a'));
  await store.put('one', digest, content('a'));
  const [file = ''] = await filesIn(folder);
  await writeFile(file, content('b'));
  expect(await store.get('one', digest)).toBeUndefined();
  expect(await filesIn(folder)).toEqual([]);
});

test('it stays within its bound, and what was used longest ago goes first', async () => {
  const folder = temporaryFolder();
  const store = openBlobStore(folder, 1000);
  const digests = Array.from('abcdefghij', (letter) => digestOf(content(letter)));
  for (const [index, letter] of Array.from('abcdefghij').entries()) {
    const digest = digests[index] ?? digestOf(content(letter));
    await store.put('one', digest, content(letter));
    const file = (await filesIn(folder)).find((path) => path.endsWith(digest.replace(':', '-')));
    await utimes(file ?? '', index, index);
  }
  // The first was used just now.
  expect(await store.get('one', digests[0] ?? digestOf(content('a')))).toEqual(content('a'));
  await store.put('one', digestOf(content('k')), content('k'));
  const kept = await Promise.all(digests.map(async (digest) => (await store.get('one', digest)) !== undefined));
  expect(kept).toEqual([true, false, false, ...Array.from({ length: 7 }, () => true)]);
  await store.put('one', digestOf(content('x', 2000)), content('x', 2000));
  expect(await store.get('one', digestOf(content('x', 2000)))).toBeUndefined();
});

test('what a killed process left is taken away in time, and what one writes now is not', async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, 'one'));
  const [old, fresh] = [join(folder, 'one', 'a.1.tmp'), join(folder, 'one', 'b.2.tmp')];
  await Promise.all([writeFile(old, 'a'), writeFile(fresh, 'b')]);
  await utimes(old, 1, 1);
  await openBlobStore(folder, 1000).put('one', digestOf(content('a')), content('a'));
  await expect(stat(old)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await stat(fresh)).isFile()).toBe(true);
});

test('a folder that cannot be written costs nothing but the fetch', async () => {
  const folder = join(temporaryFolder(), 'file');
  await writeFile(folder, '');
  const store = openBlobStore(folder, 1000);
  await store.put('one', digestOf(content('a')), content('a'));
  expect(await store.get('one', digestOf(content('a')))).toBeUndefined();
});

test.each(['', 'sha256:', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, `md5:${'a'.repeat(32)}`, '../x'])(
  '%j is no digest',
  (text) => {
    expect(asDigest(text)).toBeUndefined();
  },
);
