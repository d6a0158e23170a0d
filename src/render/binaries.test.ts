import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { disposableRenderer, forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { findRenderer } from './index.ts';

const files = { 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' };

test('the renderer as it lies in the package, compressed, gives the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-renderer-'));
  try {
    const packaged = join(folder, 'renderer.wasm.gz');
    const { path } = await findRenderer('wasm');
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    await pipeline(createReadStream(path), gzip, createWriteStream(packaged));
    const environment = { PLUMBLINE_RENDERER_WASM: packaged };
    await using renderer = disposableRenderer({ host: 'wasm', environment });
    const { objects } = await renderer.render(renderRequest('app'), memoryTree(files), forever);
    expect(objects).toHaveLength(1);
    expect((await findRenderer('wasm', environment)).version).not.toBe((await findRenderer('wasm', {})).version);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each(hosts)('a renderer that is not there is an error that says what to do, %s', async (host) => {
  const environment = { PLUMBLINE_RENDERER_WASM: '/nowhere/renderer', PLUMBLINE_RENDERER_NATIVE: '/nowhere/renderer' };
  await using renderer = disposableRenderer({ host, environment });
  await expect(renderer.render(renderRequest('app'), memoryTree(files), forever)).rejects.toMatchObject({
    problems: [{ code: 'local.binary-missing' }],
  });
});

test.each(hosts)('a renderer that is damaged is an error, and no wait without end, %s', async (host) => {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-renderer-'));
  try {
    const damaged = join(folder, 'renderer');
    await writeFile(damaged, 'not a renderer', { mode: 0o700 });
    const environment = { PLUMBLINE_RENDERER_WASM: damaged, PLUMBLINE_RENDERER_NATIVE: damaged };
    await using renderer = disposableRenderer({ host, environment });
    await expect(renderer.render(renderRequest('app'), memoryTree(files), forever)).rejects.toMatchObject({
      problems: [{ code: 'render.crashed' }],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
