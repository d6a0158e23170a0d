import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { defaultClusterDirectory } from './cluster-directory.ts';
import { devclusterBinary } from './devcluster-binary.ts';

function file(mode: number): string {
  const path = join(temporaryFolder(), 'devcluster');
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

test('PLUMBLINE_DEVCLUSTER names the binary', async () => {
  const path = file(0o755);
  expect(await devclusterBinary({ PLUMBLINE_DEVCLUSTER: path })).toBe(path);
});

test('a binary that is not there is an error that names it', async () => {
  const path = `${file(0o755)}-gone`;
  await expect(devclusterBinary({ PLUMBLINE_DEVCLUSTER: path })).rejects.toMatchObject({
    code: 'local.binary-missing',
    message: expect.stringContaining(path) as string,
  });
});

test('the background cluster lives where the XDG specification puts state', () => {
  expect(defaultClusterDirectory({ XDG_STATE_HOME: '/state' })).toBe('/state/plumbline/cluster');
  expect(defaultClusterDirectory({ XDG_STATE_HOME: 'relative' })).toMatch(/^\/.*\/\.local\/state\/plumbline\/cluster$/);
  expect(defaultClusterDirectory({})).toMatch(/\/\.local\/state\/plumbline\/cluster$/);
});
