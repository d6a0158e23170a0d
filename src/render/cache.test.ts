import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { disposableRenderer, forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import type { RenderRequest } from './index.ts';

const files = {
  'app/kustomization.yaml': 'resources: [../base]\n',
  'base/kustomization.yaml': 'resources: [a.yaml]\n',
  'base/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: correct-horse}\n',
  'clock/Chart.yaml': 'apiVersion: v2\nname: clock\nversion: 1.0.0\n',
  'clock/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {time: "{{ now | unixEpoch }}"}\n',
};

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'plumbline-render-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function entriesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.render')).map((name) => join(directory, name));
}

test.each(hosts)('a known result is given again without a render, %s', async (host) => {
  await using renderer = disposableRenderer({ host });
  const first = await renderer.render(renderRequest('app'), memoryTree(files), forever);
  const other = { ...files, 'app/notes.txt': 'not read', 'elsewhere/b.yaml': 'nor this' };
  const again = await renderer.render(renderRequest('app'), memoryTree(other), forever);
  expect(again).toEqual({ ...first, cached: true });
  expect(renderer.stats).toMatchObject({ renders: 1, memoryHits: 1 });
  // The old state comes back, as a revert brings it.
  const changed = { ...files, 'base/a.yaml': files['base/a.yaml'].replace('horse', 'mule') };
  const second = await renderer.render(renderRequest('app'), memoryTree(changed), forever);
  expect(second.digest).not.toBe(first.digest);
  expect((await renderer.render(renderRequest('app'), memoryTree(files), forever)).digest).toBe(first.digest);
  expect(renderer.stats).toMatchObject({ renders: 2, memoryHits: 2 });
});

test('a warm render asks nothing: all that it reads is sent along', async () => {
  for (const host of hosts) {
    await using renderer = disposableRenderer({ host, workers: 1 });
    await renderer.render(renderRequest('app'), memoryTree(files), forever);
    const { questions } = renderer.stats;
    expect(questions).toBeGreaterThan(0);
    const changed = memoryTree({ ...files, 'base/a.yaml': files['base/a.yaml'].replace('horse', 'mule') });
    const result = await renderer.render(renderRequest('app'), changed, forever);
    expect(result.cached).toBe(false);
    expect(renderer.stats.questions).toBe(questions);
    // Only what changed had to be read; the rest was in the renderer already.
    expect(changed.asked.filter((question) => question.startsWith('read'))).toEqual(['read base/a.yaml']);
  }
});

test('a neighbour tells what will be read', async () => {
  const overlays = Object.fromEntries(
    ['one', 'two', 'three'].map((name): [string, string] => [
      `apps/${name}/kustomization.yaml`,
      `resources: [../../base]\nnamePrefix: ${name}-\n`,
    ]),
  );
  await using renderer = disposableRenderer({ host: 'native' });
  const tree = memoryTree({ ...files, ...overlays });
  await renderer.render(renderRequest('apps/one'), tree, forever);
  const { questions } = renderer.stats;
  const { objects, record } = await renderer.render(renderRequest('apps/two'), tree, forever);
  expect(objects[0]?.metadata.name).toBe('two-a');
  expect(renderer.stats.questions).toBe(questions);
  expect([...record.files.keys()].toSorted()).toEqual([
    'apps/two/kustomization.yaml',
    'base/a.yaml',
    'base/kustomization.yaml',
  ]);
});

test('the time counts only where it is asked for', async () => {
  await using renderer = disposableRenderer({ host: 'native' });
  const at = (path: string, now: Date) => renderer.render(renderRequest(path, { now }), memoryTree(files), forever);
  const [monday, tuesday] = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-24T00:00:00Z')];
  await at('app', monday);
  expect((await at('app', tuesday)).cached).toBe(true);
  expect((await at('clock', monday)).objects[0]?.['data']).toEqual({ time: String(monday.getTime() / 1000) });
  expect((await at('clock', tuesday)).objects[0]?.['data']).toEqual({ time: String(tuesday.getTime() / 1000) });
  expect((await at('clock', monday)).cached).toBe(true);
});

test.each<[string, Partial<RenderRequest>]>([
  ['source', { source: { kind: 'kustomize', namePrefix: 'x-' } }],
  ['namespace', { namespace: 'other' }],
  ['name', { name: 'other' }],
  ['version of the cluster', { kubeVersion: 'v1.35.0' }],
  ['apis of the cluster', { apiVersions: ['v1'] }],
  ['seed', { seed: Buffer.from('another secret') }],
])('another %s is another render', async (_, given) => {
  await using renderer = disposableRenderer({ host: 'native' });
  await renderer.render(renderRequest('app'), memoryTree(files), forever);
  expect((await renderer.render(renderRequest('app', given), memoryTree(files), forever)).cached).toBe(false);
});

test('results survive a restart, encrypted and for their owner only', async () => {
  await using directory = await temporaryDirectory();
  await using first = disposableRenderer({ host: 'native', cacheDirectory: directory.path });
  const made = await first.render(renderRequest('app'), memoryTree(files), forever);
  await first.close();

  await using second = disposableRenderer({ host: 'native', cacheDirectory: directory.path });
  expect(await second.render(renderRequest('app'), memoryTree(files), forever)).toEqual({ ...made, cached: true });
  expect(second.stats).toMatchObject({ renders: 0, diskHits: 1, workersStarted: 0 });

  const [entry = '', ...others] = await entriesIn(directory.path);
  expect(others).toEqual([]);
  expect((await stat(entry)).mode & 0o777).toBe(0o600);
  expect((await stat(join(entry, '..'))).mode & 0o777).toBe(0o700);
  expect((await readFile(entry)).includes('horse')).toBe(false);
});

test('an entry that is no longer true, damaged or in a wrong place is not used', async () => {
  await using directory = await temporaryDirectory();
  const render = async (tree: Record<string, string>, given: Partial<RenderRequest> = {}) => {
    await using renderer = disposableRenderer({ host: 'native', cacheDirectory: directory.path });
    const result = await renderer.render(renderRequest('app', given), memoryTree(tree), forever);
    return { ...result, ...renderer.stats };
  };
  const { digest } = await render(files);
  const [entry = ''] = await entriesIn(directory.path);

  const changed = { ...files, 'base/a.yaml': files['base/a.yaml'].replace('horse', 'mule') };
  expect(await render(changed)).toMatchObject({ renders: 1, diskHits: 0 });
  expect(await render(files)).toMatchObject({ renders: 1, diskHits: 0, digest });

  const sound = await readFile(entry);
  const damaged: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['cut off', sound.subarray(0, sound.length / 2)],
    ['changed', Buffer.from(sound.map((byte, index) => (index === sound.length - 20 ? byte ^ 1 : byte)))],
    ['not ours', Buffer.from('{"objects": []}')],
  ];
  for (const [how, bytes] of damaged) {
    await writeFile(entry, bytes);
    expect(await render(files), how).toMatchObject({ renders: 1, diskHits: 0, digest });
    expect(await render(files), `${how}, mended`).toMatchObject({ renders: 0, diskHits: 1, digest });
  }

  await render(files, { name: 'other' });
  const other = (await entriesIn(directory.path)).find((path) => path !== entry) ?? '';
  await writeFile(other, await readFile(entry));
  expect(await render(files, { name: 'other' })).toMatchObject({ renders: 1, diskHits: 0 });
});

test('a directory that cannot be written costs nothing but the time', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'file');
  await writeFile(file, 'in the way');
  await chmod(file, 0o400);
  await using renderer = disposableRenderer({ host: 'native', cacheDirectory: join(file, 'cache') });
  expect((await renderer.render(renderRequest('app'), memoryTree(files), forever)).objects).toHaveLength(1);
});

test('the directory is kept within its bound', async () => {
  await using directory = await temporaryDirectory();
  const cacheBytes = 20_000;
  const write = async (from: number, to: number): Promise<void> => {
    await using renderer = disposableRenderer({ host: 'native', cacheDirectory: directory.path, cacheBytes });
    const names = Array.from({ length: to - from }, (_, index) => `app-${from + index}`);
    await Promise.all(names.map((name) => renderer.render(renderRequest('app', { name }), memoryTree(files), forever)));
  };
  await write(0, 60);
  // A new process looks at the whole with its first write.
  await write(60, 61);
  const sizes = await Promise.all((await entriesIn(directory.path)).map(async (path) => (await stat(path)).size));
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(cacheBytes);
});

test('two renderers share a directory', async () => {
  await using directory = await temporaryDirectory();
  await using one = disposableRenderer({ host: 'native', cacheDirectory: directory.path });
  await using two = disposableRenderer({ host: 'native', cacheDirectory: directory.path });
  const names = Array.from({ length: 40 }, (_, index) => `app-${index}`);
  const digests = await Promise.all(
    [one, two].map((renderer) =>
      Promise.all(
        names.map((name) =>
          renderer.render(renderRequest('app', { name }), memoryTree(files), forever).then(({ digest }) => digest),
        ),
      ),
    ),
  );
  expect(new Set(digests.flat()).size).toBe(1);
  await Promise.all([one.close(), two.close()]);
  expect(await entriesIn(directory.path)).toHaveLength(names.length);
});
