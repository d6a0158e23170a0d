import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { chartFiles, packCharts, pushCharts, type PackedChart } from '../../test/support/helm-charts.ts';
import { startRegistry, type TestRegistry } from '../../test/support/registry.ts';
import { startStaticServer, type StaticAnswer, type StaticServer } from '../../test/support/static-server.ts';
import { createEgress } from '../egress.ts';
import { sensitive } from '../sensitive.ts';
import { openRegistryCache, openRegistrySource, type RegistryCache, type RegistrySourceOptions } from './index.ts';

const signal = new AbortController().signal;
let registry: TestRegistry;
let charts: { readonly packed: readonly PackedChart[]; readonly index: string };
beforeAll(async () => {
  const versions = ['1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1', '0.9.0+build.1'];
  [registry, charts] = await Promise.all([
    startRegistry(),
    packCharts(versions.map((version) => chartFiles('web', version))),
  ]);
});
afterAll(() => registry.stop());

let cache: RegistryCache;
let server: StaticServer;
beforeEach(async () => {
  cache = openRegistryCache({ directory: temporaryFolder(), egress: createEgress() });
  server = await startStaticServer();
  serve('/index.yaml', charts.index);
  for (const { file, bytes } of charts.packed) serve(`/${file}`, bytes);
  onTestFinished(async () => {
    await cache.close();
    await server.stop();
  });
});

function serve(path: string, content: string | Uint8Array | StaticAnswer): void {
  server.files.set(`/charts${path}`, content);
}

function open(options: Partial<RegistrySourceOptions> = {}) {
  return openRegistrySource({ url: `${server.url}/charts`, type: 'Helm', chart: 'web', cache, signal, ...options });
}

const digestOf = (version: string): string => {
  const bytes = charts.packed.find(({ file }) => file === `web-${version}.tgz`)?.bytes ?? Buffer.alloc(0);
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
};

test('a chart is found by range, version and digest, and its root is the folder of the chart', async () => {
  const source = open();
  expect(source.url).toBe(`${server.url}/charts/web`);
  const { artifact } = await source.fetch({ semver: '^1.0' }, { signal });
  const created = /created: "?([^"\n]+)/.exec(charts.index)?.[1] ?? '';
  expect(artifact).toMatchObject({ version: '1.10.0', digest: digestOf('1.10.0'), verified: false });
  expect(artifact.ref).toBe(`${server.url}/charts/web-1.10.0@${digestOf('1.10.0')}`);
  expect(Math.abs(artifact.createdAt.getTime() - Date.parse(created))).toBeLessThan(60_000);
  expect([...artifact.tree.files.keys()]).toEqual(['Chart.yaml', 'templates/config.yaml', 'values.yaml']);
  expect((await source.fetch({}, { signal })).artifact.version).toBe('1.10.0');
  expect((await source.fetch({ semver: '>0.0.0-0' }, { signal })).artifact.version).toBe('2.0.0-rc.1');
  expect((await source.fetch({ tag: 'v1.2.0' }, { signal })).artifact.version).toBe('1.2.0');
  expect((await source.fetch({ tag: '0.9.0+build.1' }, { signal })).artifact.version).toBe('0.9.0+build.1');
  expect((await source.fetch({ digest: digestOf('1.0.0') }, { signal })).artifact.version).toBe('1.0.0');
});

test('a poll that finds nothing new is one request with the validators of the last, and no archive', async () => {
  const source = open();
  const first = await source.fetch({ semver: '1.x' }, { signal });
  expect(server.requests.map(({ path }) => path)).toEqual(['/charts/index.yaml', '/charts/web-1.10.0.tgz']);
  server.requests.length = 0;
  const again = await source.fetch({ semver: '1.x' }, { signal });
  expect(again.change).toBe('unchanged');
  expect(again.artifact).toBe(first.artifact);
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.headers['if-none-match']).toMatch(/^"/);
  serve('/index.yaml', charts.index.replace('version: 1.10.0', 'version: 1.9.0'));
  expect((await source.fetch({ semver: '>=1.2 <1.10' }, { signal })).artifact.version).toBe('1.9.0');
});

test('an archive that is here stays readable by its digest when the repository has it no more, or is away', async () => {
  const source = open();
  const { artifact } = await source.fetch({ tag: '1.2.0' }, { signal });
  const digest = { digest: digestOf('1.2.0') };
  serve('/index.yaml', 'apiVersion: v1\nentries: {}\n');
  const expected = { version: '1.2.0', createdAt: artifact.createdAt, digest: digestOf('1.2.0') };
  expect((await open().fetch(digest, { signal })).artifact).toMatchObject(expected);
  await expect(source.fetch({ digest: digestOf('1.0.0') }, { signal })).rejects.toMatchObject({
    code: 'registry.not-found',
  });
  server.files.delete('/charts/index.yaml');
  expect((await open().fetch(digest, { signal })).artifact.tree.id).toBe(artifact.tree.id);
  // Who comes with other credentials was not let in to it.
  await expect(open({ credentials }).fetch(digest, { signal })).rejects.toMatchObject({ code: 'registry.not-found' });
});

test('what many ask for at the same time is fetched once', async () => {
  const found = await Promise.all([1, 2, 3, 4].map(() => open().fetch({ tag: '1.0.0' }, { signal })));
  expect(new Set(found.map(({ artifact }) => artifact.digest)).size).toBe(1);
  expect(server.requests.map(({ path }) => path)).toEqual(['/charts/index.yaml', '/charts/web-1.0.0.tgz']);
});

test('an archive that is not what the index says is refused; without a digest its content names it', async () => {
  serve('/web-1.0.0.tgz', charts.packed[1]?.bytes ?? '');
  await expect(open().fetch({ tag: '1.0.0' }, { signal })).rejects.toMatchObject({ code: 'registry.digest-mismatch' });
  serve('/index.yaml', charts.index.replaceAll(/ +digest: .*\n/g, ''));
  const { artifact } = await open().fetch({ tag: '1.0.0' }, { signal });
  expect(artifact).toMatchObject({ version: '1.0.0', digest: digestOf('1.2.0') });
});

test('what is not there is named, with what there is', async () => {
  await expect(open({ chart: 'none' }).fetch({}, { signal })).rejects.toMatchObject({ code: 'registry.not-found' });
  await expect(open().fetch({ semver: '^9' }, { signal })).rejects.toMatchObject({
    code: 'registry.not-found',
    message: expect.stringMatching(/no version \^9 of the chart web; there are .*1\.10\.0/) as unknown,
  });
  const elsewhere = open({ url: `${server.url}/nothing` });
  await expect(elsewhere.fetch({}, { signal })).rejects.toMatchObject({ code: 'registry.not-found' });
  server.files.delete('/charts/web-1.0.0.tgz');
  await expect(open().fetch({ tag: '1.0.0' }, { signal })).rejects.toMatchObject({ code: 'registry.not-found' });
  const verify = { keys: [] };
  expect(() => open({ verify })).toThrow(expect.objectContaining({ code: 'registry.signature-missing' }));
  expect(() => open({ chart: '../web' })).toThrow(expect.objectContaining({ code: 'registry.selector-invalid' }));
  expect(() => open({ url: 'http://charts.example.com' })).toThrow(
    expect.objectContaining({ code: 'registry.url-invalid' }),
  );
  expect(() => open({ url: 'ftp://localhost/' })).toThrow(expect.objectContaining({ code: 'registry.url-invalid' }));
  const secret = 'https://me:hunter2@charts.example.com';
  expect(() => open({ url: secret })).toThrow(expect.objectContaining({ code: 'registry.url-credentials' }));
  expect(() => open({ url: secret })).not.toThrow(/hunter2/);
});

const credentials = { kind: 'password', username: 'me', password: sensitive('hunter2') } as const;
const expected = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
const guarded =
  (content: string | Uint8Array): StaticAnswer =>
  (response, { headers }) => {
    if (headers.authorization === expected) response.writeHead(200).end(content);
    else response.writeHead(401).end();
  };

test('credentials go to the repository, and to another host only where that is allowed', async () => {
  const other = await startStaticServer();
  onTestFinished(() => other.stop());
  const index = charts.index.replaceAll(/^( *- )(web-.*\.tgz)$/gm, `$1http://localhost:${new URL(other.url).port}/$2`);
  serve('/index.yaml', guarded(index));
  for (const { file, bytes } of charts.packed) other.files.set(`/${file}`, bytes);
  await expect(open().fetch({}, { signal })).rejects.toMatchObject({ code: 'registry.auth-failed' });
  expect((await open({ credentials }).fetch({ tag: '1.0.0' }, { signal })).artifact.version).toBe('1.0.0');
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  for (const { file, bytes } of charts.packed) other.files.set(`/${file}`, guarded(bytes));
  await expect(open({ credentials }).fetch({ tag: '1.2.0' }, { signal })).rejects.toMatchObject({
    code: 'registry.auth-failed',
  });
  const allowed = open({ credentials, credentialHosts: ['localhost'] });
  expect((await allowed.fetch({ tag: '1.2.0' }, { signal })).artifact.version).toBe('1.2.0');
});

const redirect =
  (location: string): StaticAnswer =>
  (response) =>
    response.writeHead(302, { location }).end();

test('credentials are not carried along when the server redirects to another host', async () => {
  const other = await startStaticServer();
  onTestFinished(() => other.stop());
  other.files.set('/index.yaml', charts.index);
  serve('/index.yaml', redirect(`http://localhost:${new URL(other.url).port}/index.yaml`));
  expect((await open({ credentials }).fetch({ tag: '1.0.0' }, { signal })).artifact.version).toBe('1.0.0');
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  for (const location of ['http://example.com/index.yaml', 'file:///etc/passwd', 'http://me:x@localhost/']) {
    serve('/index.yaml', redirect(location));
    await expect(open().fetch({}, { signal })).rejects.toMatchObject({ code: 'registry.redirected' });
  }
  serve('/index.yaml', redirect('/charts/index.yaml'));
  await expect(open().fetch({}, { signal })).rejects.toMatchObject({ code: 'registry.redirected' });
  serve('/index.yaml', redirect('https://169.254.169.254/index.yaml'));
  await expect(open().fetch({}, { signal })).rejects.toMatchObject({ code: 'egress.refused' });
});

test('charts in a registry are found as in a Helm repository, also those that an index leads to', async () => {
  await pushCharts(charts.packed, registry.host, 'team/charts');
  const source = open({ url: `oci://${registry.host}/team/charts/` });
  expect(source.url).toBe(`oci://${registry.host}/team/charts/web`);
  const { artifact } = await source.fetch({ semver: '^1.0' }, { signal });
  expect(artifact.version).toBe('1.10.0');
  expect([...artifact.tree.files.keys()]).toEqual(['Chart.yaml', 'templates/config.yaml', 'values.yaml']);
  expect((await source.fetch({}, { signal })).artifact.version).toBe('1.10.0');
  expect((await source.fetch({ tag: '0.9.0+build.1' }, { signal })).artifact.version).toBe('0.9.0+build.1');
  expect((await source.fetch({ semver: '1.2.0' }, { signal })).artifact.version).toBe('1.2.0');
  expect((await source.fetch({ digest: artifact.digest }, { signal })).artifact.tree.id).toBe(artifact.tree.id);
  // The same files, whichever way they came.
  const byIndex = await open().fetch({ tag: '1.10.0' }, { signal });
  expect(byIndex.artifact.tree.id).toBe(artifact.tree.id);
  const prefix = `oci://${registry.host}/team/charts/web:`;
  serve(
    '/index.yaml',
    charts.index.replaceAll(
      /^( *- )web-(.*)\.tgz$/gm,
      (_, dash: string, version: string) => `${dash}${prefix}${version.replace('+', '_')}`,
    ),
  );
  const led = await open({ credentials }).fetch({ tag: '1.10.0' }, { signal });
  expect(led.artifact).toMatchObject({ version: '1.10.0', digest: artifact.digest });
});
