import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openHttpRelay, type HttpRelay } from '../../test/support/http-relay.ts';
import { flux, pushArtifact, pushManifest, startRegistry, type TestRegistry } from '../../test/support/registry.ts';
import { tarGzOf, tarOf } from '../../test/support/tar.ts';
import { createEgress } from '../egress.ts';
import { changedPaths, openRegistryCache, openRegistrySource, type RegistrySource } from './index.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

const signal = new AbortController().signal;

async function openCache(directory?: string) {
  const cache = openRegistryCache({ directory: directory ?? temporaryFolder(), egress: createEgress() });
  onTestFinished(() => cache.close());
  return cache;
}

/** A relay that counts what is asked of the registry. */
function relay(): Promise<HttpRelay> {
  return openHttpRelay(Number(registry.host.split(':')[1]));
}

async function sourceOf(repository: string, host = registry.host, directory?: string): Promise<RegistrySource> {
  return openRegistrySource({
    url: `oci://${host}/${repository}`,
    type: 'OCI',
    cache: await openCache(directory),
    signal,
  });
}

const hostOf = ({ url }: HttpRelay): string => new URL(url).host;

const title = (name: string, unpack = false) => ({
  'org.opencontainers.image.title': name,
  ...(unpack ? { 'io.deis.oras.content.unpack': 'true' } : {}),
});

const index = (manifests: readonly object[]) => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests,
});

const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });

const failure = (code: string) => expect.objectContaining({ code });

test('an artifact as Flux pushes it is found by tag, digest and range, with what it says of itself', async () => {
  const content = await tarGzOf({ './': { type: 'directory' }, './app/web.yaml': 'kind: Web\n', './README.md': '#\n' });
  const annotations = {
    'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
    'org.opencontainers.image.source': 'https://example.com/app.git',
    'org.opencontainers.image.revision': 'main@sha1:0a1b',
  };
  const digest = await pushArtifact(registry.host, 'flux/app', '1.2.0', [{ mediaType: flux.content, content }], {
    annotations,
  });
  await pushArtifact(registry.host, 'flux/app', 'latest', [{ mediaType: flux.content, content }], { annotations });
  await pushArtifact(registry.host, 'flux/app', '1.10.0-rc.1', [{ mediaType: flux.content, content }]);
  const source = await sourceOf('flux/app');

  const { artifact, change } = await source.fetch({ tag: '1.2.0' }, { signal });
  expect(change).toBe('created');
  expect(artifact).toMatchObject({
    digest,
    version: '1.2.0',
    ref: `oci://${registry.host}/flux/app:1.2.0@${digest}`,
    createdAt: new Date('2026-01-02T03:04:05Z'),
    source: 'https://example.com/app.git',
    revision: 'main@sha1:0a1b',
    verified: false,
  });
  const { tree } = artifact;
  expect([...tree.files.keys()]).toEqual(['README.md', 'app/web.yaml']);
  expect(await tree.list('.')).toEqual([
    { name: 'README.md', kind: 'file' },
    { name: 'app', kind: 'directory' },
  ]);
  expect(await tree.list('app/')).toEqual([{ name: 'web.yaml', kind: 'file' }]);
  expect(Buffer.from((await tree.read('app/web.yaml')) ?? []).toString()).toBe('kind: Web\n');
  expect(await tree.stat('app')).toMatchObject({ kind: 'directory' });
  expect(await tree.stat('../app')).toBeUndefined();
  expect(await tree.read('app')).toBeUndefined();
  expect(await tree.list('nothing')).toBeUndefined();

  expect((await source.fetch({ digest }, { signal })).artifact).toMatchObject({ digest, version: undefined });
  expect((await source.fetch({}, { signal })).artifact.version).toBe('latest');
  expect((await source.fetch({ semver: '>=1' }, { signal })).artifact.version).toBe('1.2.0');
  expect((await source.fetch({ semver: '>=1-0' }, { signal })).artifact.version).toBe('1.10.0-rc.1');
});

test('a poll of a tag that did not move is one HEAD request, and one that did fetches what is new only', async () => {
  const shared = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    content: await tarGzOf({ 'a.yaml': 'a' }),
  };
  const layer = async (text: string) => ({ ...shared, content: await tarGzOf({ 'b.yaml': text }) });
  await pushArtifact(registry.host, 'poll/app', 'main', [shared, await layer('1')]);
  const asked = await relay();
  const directory = temporaryFolder();
  const source = await sourceOf('poll/app', hostOf(asked), directory);
  const first = await source.fetch({ tag: 'main' }, { signal });
  expect(
    asked.requests.map(({ method, path }) => `${method} ${path.replace(/sha256:.*/, 'DIGEST')}`).toSorted(),
  ).toEqual([
    'GET /v2/poll/app/blobs/DIGEST',
    'GET /v2/poll/app/blobs/DIGEST',
    'GET /v2/poll/app/manifests/DIGEST',
    'HEAD /v2/poll/app/manifests/main',
  ]);
  asked.requests.length = 0;
  const again = await source.fetch({ tag: 'main' }, { signal });
  expect(again).toMatchObject({ change: 'unchanged', previous: first.artifact.digest });
  expect(again.artifact).toBe(first.artifact);
  expect(asked.requests.map(({ method }) => method)).toEqual(['HEAD']);

  await pushArtifact(registry.host, 'poll/app', 'main', [shared, await layer('2')]);
  asked.requests.length = 0;
  const moved = await source.fetch({ tag: 'main' }, { signal });
  expect(moved.change).toBe('changed');
  expect(changedPaths(first.artifact.tree, moved.artifact.tree)).toEqual([{ path: 'b.yaml', change: 'modified' }]);
  expect(asked.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'GET']);

  // Another process with the same folder asks what the tag stands for, and has all else.
  asked.requests.length = 0;
  const other = await sourceOf('poll/app', hostOf(asked), directory);
  expect((await other.fetch({ tag: 'main' }, { signal })).artifact.tree.id).toBe(moved.artifact.tree.id);
  expect(asked.requests.map(({ method }) => method)).toEqual(['HEAD']);
});

test('however many ask at the same time, an artifact is fetched once; who gives up leaves it to the others', async () => {
  const content = await tarGzOf({ 'a.yaml': 'a' });
  await pushArtifact(registry.host, 'many/app', 'main', [{ mediaType: flux.content, content }]);
  const asked = await relay();
  const cache = await openCache();
  const impatient = new AbortController();
  asked.onRequest = (request) => {
    if (request.path.includes('/blobs/')) impatient.abort();
    return request;
  };
  const open = () => openRegistrySource({ url: `oci://${hostOf(asked)}/many/app`, type: 'OCI', cache, signal });
  const left = open().fetch({ tag: 'main' }, { signal: impatient.signal });
  const fetches = [1, 2, 3].map(() => open().fetch({ tag: 'main' }, { signal }));
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  const found = await Promise.all(fetches);
  expect(new Set(found.map(({ artifact }) => artifact.tree.id)).size).toBe(1);
  expect(asked.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
});

test('layers of an image lie over one another, and one can take away what is below it', async () => {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+zstd';
  const layers = [
    { 'keep.yaml': 'old', 'gone.yaml': 'x', 'cleared/a.yaml': 'a', 'folder/b.yaml': 'b' },
    { 'keep.yaml': 'new', '.wh.gone.yaml': '', 'cleared/.wh..wh..opq': '', 'cleared/c.yaml': 'c', '.wh.folder': '' },
  ];
  const packed = await Promise.all(layers.map(async (files) => zstdCompressSync(await tarOf(files))));
  await pushArtifact(
    registry.host,
    'image/app',
    'main',
    packed.map((content) => ({ mediaType, content })),
    { configType: 'application/vnd.oci.image.config.v1+json' },
  );
  const { tree } = (await (await sourceOf('image/app')).fetch({ tag: 'main' }, { signal })).artifact;
  const texts = [...tree.files].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString()]);
  expect(texts).toEqual([
    ['cleared/c.yaml', 'c'],
    ['keep.yaml', 'new'],
  ]);
});

test('files and folders as ORAS pushes them keep their names', async () => {
  await pushArtifact(
    registry.host,
    'oras/app',
    'main',
    [
      { mediaType: 'application/yaml', content: Buffer.from('one'), annotations: title('one.yaml') },
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        content: Buffer.from('two'),
        annotations: title('b/two.yaml'),
      },
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        content: await tarGzOf({ 'folder/three.yaml': 'three' }),
        annotations: title('folder', true),
      },
    ],
    { configType: 'application/vnd.oci.empty.v1+json' },
  );
  const { tree } = (await (await sourceOf('oras/app')).fetch({ tag: 'main' }, { signal })).artifact;
  expect([...tree.files.keys()]).toEqual(['b/two.yaml', 'folder/three.yaml', 'one.yaml']);
});

test('an index leads to its one manifest; one of several platforms is refused', async () => {
  const content = await tarGzOf({ 'a.yaml': 'a' });
  const inner = await pushArtifact(registry.host, 'index/app', 'inner', [{ mediaType: flux.content, content }]);
  const other = await pushArtifact(registry.host, 'index/app', 'other', [
    { mediaType: flux.content, content: await tarGzOf({}) },
  ]);
  const manifest = async (digest: string, more: object = {}) => {
    const bytes = await (
      await fetch(`http://${registry.host}/v2/index/app/manifests/${digest}`, { headers: { accept: mediaType } })
    ).arrayBuffer();
    return { mediaType, digest, size: bytes.byteLength, ...more };
  };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const attestation = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
  const digest = await pushManifest(
    registry.host,
    'index/app',
    'main',
    index([await manifest(inner), await manifest(other, attestation)]),
  );
  const source = await sourceOf('index/app');
  const { artifact } = await source.fetch({ tag: 'main' }, { signal });
  expect(artifact.digest).toBe(digest);
  expect([...artifact.tree.files.keys()]).toEqual(['a.yaml']);
  await pushManifest(
    registry.host,
    'index/app',
    'many',
    index([await manifest(inner, platform('arm64')), await manifest(other, platform('s390x'))]),
  );
  await expect(source.fetch({ tag: 'many' }, { signal })).rejects.toMatchObject({ code: 'registry.artifact-invalid' });
});

test('what is not there, or holds nothing to read, is said in the words of the catalogue', async () => {
  await pushArtifact(registry.host, 'errors/app', 'main', [{ mediaType: 'text/plain', content: Buffer.from('x') }]);
  await pushArtifact(registry.host, 'errors/app', '1.0.0', [{ mediaType: flux.content, content: Buffer.from('x') }]);
  const source = await sourceOf('errors/app');
  await expect(source.fetch({ tag: 'none' }, { signal })).rejects.toEqual(failure('registry.not-found'));
  await expect(source.fetch({ semver: '^2' }, { signal })).rejects.toEqual(failure('registry.not-found'));
  await expect(source.fetch({ digest: `sha256:${'0'.repeat(64)}` }, { signal })).rejects.toEqual(
    failure('registry.not-found'),
  );
  await expect(source.fetch({ tag: 'main' }, { signal })).rejects.toEqual(failure('registry.artifact-invalid'));
  await expect(source.fetch({ tag: '1.0.0' }, { signal })).rejects.toEqual(failure('registry.artifact-invalid'));
  await expect(source.fetch({ tag: 'a', digest: 'b' }, { signal })).rejects.toEqual(
    failure('registry.selector-invalid'),
  );
  await expect(source.fetch({ tag: 'a/b' }, { signal })).rejects.toEqual(failure('registry.selector-invalid'));
  await expect(source.fetch({ digest: 'sha256:1' }, { signal })).rejects.toEqual(failure('registry.selector-invalid'));
  await expect(source.fetch({ semver: '1 -' }, { signal })).rejects.toEqual(failure('registry.selector-invalid'));
  await expect((await sourceOf('errors/none')).fetch({ semver: '*' }, { signal })).rejects.toEqual(
    failure('registry.not-found'),
  );
});

test('content that is not what its digest says is refused, and nothing of it is kept', async () => {
  const content = await tarGzOf({ 'a.yaml': 'a' });
  await pushArtifact(registry.host, 'changed/app', 'main', [{ mediaType: flux.content, content }]);
  const asked = await relay();
  const source = await sourceOf('changed/app', hostOf(asked));
  for (const part of ['/manifests/sha256', '/blobs/']) {
    asked.onAnswer = ({ path }, answer) =>
      path.includes(part)
        ? { ...answer, body: Buffer.from(answer.body.toString('latin1').replace(/a/, 'b'), 'latin1') }
        : answer;
    asked.onAnswer = ({ path, method }, answer) => {
      if (!path.includes(part) || method === 'HEAD') return answer;
      const body = Buffer.from(answer.body);
      body[body.length - 2] = (body[body.length - 2] ?? 0) ^ 1;
      return { ...answer, body };
    };
    await expect(source.fetch({ tag: 'main' }, { signal })).rejects.toMatchObject({ code: 'registry.digest-mismatch' });
  }
  asked.onAnswer = (_, answer) => answer;
  expect((await source.fetch({ tag: 'main' }, { signal })).artifact.tree.files.size).toBe(1);
});

test('all pages of a list of tags are read, and the list cannot lead elsewhere', async () => {
  const content = await tarGzOf({ 'a.yaml': 'a' });
  for (const tag of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
    await pushArtifact(registry.host, 'pages/app', tag, [{ mediaType: flux.content, content }]);
  }
  const asked = await relay();
  // Pages of two, which the real registry then makes.
  asked.onRequest = (request) => ({ ...request, path: request.path.replace('n=1000', 'n=2') });
  const source = await sourceOf('pages/app', hostOf(asked));
  expect((await source.fetch({ semver: '1.x' }, { signal })).artifact.version).toBe('1.3.0');
  expect(asked.requests.filter(({ path }) => path.includes('/tags/list')).length).toBeGreaterThan(1);
  asked.onAnswer = ({ path }, answer) =>
    path.includes('/tags/list')
      ? { ...answer, headers: { ...answer.headers, link: '</v2/other/tags/list?last=1.1.0>; rel="next"' } }
      : answer;
  await expect(source.fetch({ semver: '1.x' }, { signal })).rejects.toMatchObject({ code: 'registry.answer-invalid' });
});
