import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SourceOptions } from './flags.ts';
import { locate, locateFile } from './locate.ts';
import { renderSource } from './render-source.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plumb-source-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(join(folder, 'work', '.git'), { recursive: true });
mkdirSync(join(folder, 'work', 'overlays', 'prod'), { recursive: true });
mkdirSync(join(folder, 'plain', 'app'), { recursive: true });
writeFileSync(join(folder, 'work', 'values.yaml'), '');
writeFileSync(join(folder, 'outside.yaml'), '');
symlinkSync(join(folder, 'outside.yaml'), join(folder, 'work', 'link.yaml'));

const none: SourceOptions = {
  type: 'auto',
  fetch: true,
  include: [],
  exclude: [],
  values: [],
  set: [],
  setString: [],
  tla: [],
  tlaCode: [],
  extVar: [],
  extCode: [],
  libraryPath: [],
};
const place = { root: join(folder, 'work'), path: '.', name: 'work' };

test('the root is the Git work tree around the path, else the present folder, else the path', async () => {
  expect(await locate(folder, 'work/overlays/prod', undefined)).toEqual({
    root: join(folder, 'work'),
    path: 'overlays/prod',
    name: 'prod',
  });
  expect(await locate(join(folder, 'plain'), 'app', undefined)).toEqual({
    root: join(folder, 'plain'),
    path: 'app',
    name: 'app',
  });
  expect(await locate(join(folder, 'work'), join(folder, 'plain', 'app'), undefined)).toEqual({
    root: join(folder, 'plain', 'app'),
    path: '.',
    name: 'app',
  });
});

test('a path outside the given root is refused, also by way of a link', async () => {
  await expect(locate(folder, 'plain/app', 'work')).rejects.toMatchObject({ code: 'cli.usage' });
  await expect(locateFile(folder, place.root, 'outside.yaml')).rejects.toMatchObject({ code: 'cli.usage' });
  await expect(locateFile(folder, place.root, 'work/link.yaml')).rejects.toMatchObject({ code: 'cli.usage' });
  await expect(locate(folder, 'nowhere', undefined)).rejects.toMatchObject({ code: 'cli.folder-unreadable' });
});

test('flags become the options of the kind that they speak of', async () => {
  expect(await renderSource(none, place, folder)).toEqual({ kind: 'auto' });
  expect(
    await renderSource({ ...none, values: ['work/values.yaml'], set: ['a.b=c=d'], setString: ['e=1'] }, place, folder),
  ).toEqual({
    kind: 'helm',
    valueFiles: ['values.yaml'],
    parameters: [
      { name: 'a.b', value: 'c=d' },
      { name: 'e', value: '1', forceString: true },
    ],
  });
  expect(await renderSource({ ...none, tla: ['x=1'], tlaCode: ['y=[1]'] }, place, folder)).toEqual({
    kind: 'jsonnet',
    tlas: [
      { name: 'x', value: '1' },
      { name: 'y', value: '[1]', code: true },
    ],
    extVars: [],
    libraryPaths: [],
  });
  expect(await renderSource({ ...none, recurse: true }, place, folder)).toEqual({ kind: 'directory', recurse: true });
});

test('flags of two kinds, or without a value, are refused', async () => {
  await expect(renderSource({ ...none, recurse: true, set: ['a=b'] }, place, folder)).rejects.toThrow(
    'directory and for helm do not go together',
  );
  await expect(renderSource({ ...none, type: 'kustomize', set: ['a=b'] }, place, folder)).rejects.toThrow('kustomize');
  await expect(renderSource({ ...none, set: ['a'] }, place, folder)).rejects.toThrow('NAME=VALUE');
});
