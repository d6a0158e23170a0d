import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { startCluster } from './start-cluster.ts';

// What a start makes of a binary that is not as it should be. All else is tested on real clusters.

function program(script: string): string {
  const path = join(temporaryFolder(), 'devcluster');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a binary that ends at once is reported with its last words', async () => {
  const binary = program('echo out of luck >&2; exit 3');
  await expect(startCluster({ binary })).rejects.toMatchObject({
    code: 'local.cluster-ended',
    message: expect.stringMatching(/exit code 3: out of luck/) as string,
  });
});

test('a binary that is something else is killed and named', async () => {
  const binary = program('echo hello; exec sleep 600');
  await expect(startCluster({ binary })).rejects.toMatchObject({
    code: 'local.cluster-failed',
    message: expect.stringContaining(`${binary} is no devcluster: it wrote hello`) as string,
  });
});

test('a failure that the supervisor tells gets its code', async () => {
  const binary = program(`echo '{"event":"failed","code":"directory-in-use","message":"taken"}'`);
  await expect(startCluster({ binary })).rejects.toMatchObject({ code: 'local.directory-in-use' });
});

test('a start that is cancelled before it begins starts nothing', async () => {
  const binary = program('exit 1');
  await expect(startCluster({ binary, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});

test('nothing of the environment reaches the cluster but the place of temporary files', async () => {
  process.env['PLUMBLINE_TEST_SECRET'] = 'hidden';
  onTestFinished(() => {
    delete process.env['PLUMBLINE_TEST_SECRET'];
  });
  const binary = program('/usr/bin/env >&2; exit 1');
  const error = await startCluster({ binary }).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('PWD=');
  expect(String(error)).not.toContain('hidden');
});
