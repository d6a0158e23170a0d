import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { tarGzOf, tarOf, type TarContent } from '../../test/support/tar.ts';
import { PlumbError } from '../errors.ts';
import { defaultLimits, type RegistryLimits } from './limits.ts';
import { unpackChart, unpackParts } from './unpack.ts';

const unpackBytes = (bytes: Uint8Array, limits: Partial<RegistryLimits> = {}) =>
  unpackParts([{ kind: 'archive', bytes }], { limits: { ...defaultLimits, ...limits }, name: 'it', image: false });

async function unpack(entries: Readonly<Record<string, TarContent>>, limits: Partial<RegistryLimits> = {}) {
  return unpackBytes(await tarGzOf(entries), limits);
}

async function chart(entries: Readonly<Record<string, TarContent>>) {
  return unpackChart(await tarGzOf(entries), { limits: defaultLimits, name: 'it' });
}

const link = (linkname: string): TarContent => ({ type: 'symlink', linkname, size: 0 });
const refused = (code: string, text: string) => ({ code, message: expect.stringContaining(text) as unknown });

const both = (first: Uint8Array, second: Uint8Array) => Buffer.concat([first.subarray(0, -1024), second]);

test.each<[string, Readonly<Record<string, TarContent>>, string]>([
  ['an absolute path', { '/etc/passwd': 'x' }, 'absolute'],
  ['a path of Windows', { 'C:/x': 'x' }, 'absolute'],
  ['a backslash', { 'a\\..\\b': 'x' }, 'backslash'],
  ['a path that leads out', { 'a/../../b': 'x' }, 'leads out'],
  ['a path that leads out and back in', { 'a/../b': 'x' }, 'leads out'],
  ['a link to an absolute path', { a: link('/etc/passwd') }, 'leads out'],
  ['a link that leads out', { 'a/b': link('../../c') }, 'leads out'],
  [
    'a link through another that leads out',
    { 'p/q/x': 'x', l: link('p/q'), 'b/c': link('../l/../../../d') },
    'leads out',
  ],
  ['a link in a circle', { a: link('b'), b: link('a') }, 'circle'],
  ['a link to the folder it lies in', { 'a/x': 'x', 'a/b': link('.') }, 'circle'],
  ['a link in a circle on the way', { a: link('b'), b: link('a'), c: link('a/x') }, 'circle'],
  ['a device', { a: { type: 'character-device' } }, 'character-device'],
  ['a disk', { a: { type: 'block-device' } }, 'block-device'],
  ['a pipe', { a: { type: 'fifo' } }, 'fifo'],
  ['a name in two cases', { 'a/Web.yaml': 'x', 'a/web.yaml': 'y' }, 'one name on some systems'],
  ['a folder in two cases', { 'a/x': 'x', 'A/y': 'y' }, 'one name on some systems'],
  ['one name in two normal forms', { 'caf\u00e9': 'x', 'cafe\u0301': 'y' }, 'one name on some systems'],
  ['a file that is a folder too', { a: 'x', 'a/b': 'y' }, 'twice'],
  ['a control character', { 'a\nb': 'x' }, 'control character'],
  ['a hard link that leads out', { a: { type: 'link', linkname: '../x', size: 0 } }, 'leads out'],
])('an archive with %s is refused', async (_, entries, text) => {
  await expect(unpack(entries)).rejects.toMatchObject(refused('registry.archive-unsafe', text));
});

test('one name twice is refused, and a folder that is named twice is not', async () => {
  const [one, two] = await Promise.all([
    tarOf({ 'a.yaml': '1' }),
    tarOf({ './a.yaml': '2', 'b/': { type: 'directory' } }),
  ]);
  await expect(unpackBytes(both(one, two))).rejects.toMatchObject(refused('registry.archive-unsafe', 'twice'));
  const folders = await tarOf({ 'b/': { type: 'directory' }, 'b/c': 'c' });
  expect([...(await unpackBytes(both(two, folders))).files.keys()]).toEqual(['a.yaml', 'b/c']);
});

test('links lead to what they name, also through one another and to folders; those to nowhere are no files', async () => {
  const tree = await unpack({
    'base/web.yaml': 'web',
    'base/deep/x': 'x',
    'apps/one': link('../base'),
    'apps/two': link('one/web.yaml'),
    'apps/three': { type: 'link', linkname: 'base/web.yaml', size: 0 },
    nowhere: link('missing/../base'),
    dangling: link('none'),
    beyond: link('base/web.yaml/..'),
  });
  const texts = [...tree.files].map(([path, { bytes }]) => `${path}=${Buffer.from(bytes).toString()}`);
  expect(texts).toEqual([
    'apps/one/deep/x=x',
    'apps/one/web.yaml=web',
    'apps/three=web',
    'apps/two=web',
    'base/deep/x=x',
    'base/web.yaml=web',
    'nowhere/deep/x=x',
    'nowhere/web.yaml=web',
  ]);
});

test('an archive may not become much larger than it is, nor hold too much or too many', async () => {
  const zeros = '0'.repeat(1024 * 1024);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, zeros]));
  await expect(unpack(many)).rejects.toMatchObject(refused('registry.too-large', 'becomes larger than 16777216'));
  await expect(unpack({ a: zeros }, { unpackedBytes: 1000 })).rejects.toMatchObject({ code: 'registry.too-large' });
  await expect(unpack({ a: '1', b: '2', c: '3' }, { entries: 2 })).rejects.toMatchObject(
    refused('registry.too-large', 'more than 2 files'),
  );
  // Packed in itself, it does not unpack itself.
  const bomb = gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
  await expect(unpackBytes(bomb)).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
});

test('links that multiply are stopped, whether or not files are at their end', async () => {
  const levels = (end: Readonly<Record<string, TarContent>>) => {
    const entries: Record<string, TarContent> = { ...end };
    for (let level = 1; level < 30; level += 1) {
      for (const side of ['a', 'b', 'c']) entries[`l${level}/${side}`] = link(`../l${level - 1}`);
    }
    return entries;
  };
  await expect(unpack(levels({ 'l0/x': 'x' }))).rejects.toMatchObject({ code: 'registry.too-large' });
  await expect(unpack(levels({ 'l0/x': link('none') }))).rejects.toMatchObject({ code: 'registry.too-large' });
});

test.each([
  ['nothing at all', new Uint8Array()],
  ['no archive', Buffer.from('kind: ConfigMap\n')],
  ['a broken compression', gzipSync(Buffer.alloc(4096)).subarray(0, 20)],
])('%s is said to be none', async (_, bytes) => {
  await expect(unpackBytes(bytes)).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
});

test('a cut or changed archive is refused', async () => {
  const tar = Buffer.from(await tarOf({ 'a.yaml': 'a'.repeat(600), 'b.yaml': 'b' }));
  await expect(unpackBytes(tar.subarray(0, 1000))).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
  const changed = Buffer.from(tar);
  changed.write('z', 0);
  await expect(unpackBytes(changed)).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
});

test('archives of the real tar are read in all its formats, with names of any length', async () => {
  const folder = temporaryFolder();
  const long = join('a'.repeat(90), 'b'.repeat(90), `${'c'.repeat(120)}.yaml`);
  await mkdir(join(folder, long, '..'), { recursive: true });
  await writeFile(join(folder, long), 'long');
  await writeFile(join(folder, 'grün.yaml'), 'green');
  await symlink(long, join(folder, 'short.yaml'));
  for (const format of ['gnu', 'posix']) {
    const archive = join(folder, '..', `${format}-${process.pid}.tar`);
    await promisify(execFile)('tar', [`--format=${format}`, '-cf', archive, '-C', folder, '.']);
    const { stdout } = await promisify(execFile)('cat', [archive], { encoding: 'buffer', maxBuffer: 1 << 20 });
    await promisify(execFile)('rm', [archive]);
    const { files } = await unpackBytes(stdout);
    expect([...files.keys()]).toEqual([long, 'grün.yaml', 'short.yaml']);
    expect(Buffer.from(files.get('short.yaml')?.bytes ?? []).toString()).toBe('long');
  }
});

test('a chart loses the folder around it; what lies beside that is refused', async () => {
  const tree = await chart({
    'web/Chart.yaml': 'name: web',
    'web/templates/a.yaml': 'a',
    'web\\values.yaml': 'b: 1',
    'web/.helmignore': '*.yaml',
  });
  expect([...tree.files.keys()]).toEqual(['Chart.yaml', 'templates/a.yaml', 'values.yaml']);
  await expect(chart({ 'Chart.yaml': 'name: web' })).rejects.toMatchObject({ code: 'registry.archive-unsafe' });
  await expect(chart({ 'web/values.yaml': '' })).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
});

test('whatever files are packed, the same come out, and equal files have equal ids', async () => {
  const name = fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3}){0,2}\.yaml$/);
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, fc.string({ unit: 'grapheme' })), async (files) => {
      const [tree, again] = await Promise.all([unpack(files), unpack(files)]);
      const found = [...tree.files].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString()]);
      expect(Object.fromEntries(found)).toEqual({ ...files });
      expect(again.id).toBe(tree.id);
      for (const [path, text] of Object.entries(files)) {
        const changed = await unpack({ ...files, [path]: `${text}!` });
        expect(changed.id).not.toBe(tree.id);
      }
    }),
    { numRuns: 30 },
  );
});

test('whatever becomes of an archive on its way, it is read, or refused in the words of the catalogue', async () => {
  const tar = Buffer.from(
    await tarOf({
      'a/b.yaml': 'one',
      'a/c': link('b.yaml'),
      ['long/'.repeat(60)]: 'x',
      'd/': { type: 'directory' },
      'ü.yaml': { body: 'two', pax: { comment: 'x' } },
    }),
  );
  const change = fc.tuple(fc.nat({ max: tar.length - 1 }), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), fc.nat({ max: 2000 }), async (changes, cut) => {
      const changed = Buffer.from(tar.subarray(0, tar.length - cut));
      for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
      rightChecksums(changed);
      const found = await unpackBytes(changed).catch((error: unknown) => {
        expect(error).toBeInstanceOf(PlumbError);
        expect(error).not.toMatchObject({ code: 'internal' });
      });
      for (const path of found?.files.keys() ?? []) {
        expect(path.split('/')).not.toContain('..');
        expect(path).not.toMatch(/^\/|\\|\/\/|^$/);
      }
    }),
    { numRuns: 500 },
  );
});

/** Makes the checksums of all blocks right that look like headers, as somebody would who changes an archive on purpose. */
function rightChecksums(tar: Buffer): void {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    tar.fill(0x20, at + 148, at + 156);
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
}
