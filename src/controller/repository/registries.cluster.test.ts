import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { chartFiles, packCharts, pushCharts } from '../../../test/support/helm-charts.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { flux, pushArtifact, pushBlob, pushManifest, startRegistry } from '../../../test/support/registry.ts';
import { startStaticServer } from '../../../test/support/static-server.ts';
import { tarGzOf } from '../../../test/support/tar.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, wholeFile } from '../../../test/support/scene.ts';
import { createMetrics } from '../../metrics/index.ts';

const registry = wholeFile(startRegistry, (opened) => opened.stop());
const bench = controllerOfEachTest('registries');

const path = (plural: string) => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/${plural}`;
const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;

async function createRepository(name: string, spec: object): Promise<void> {
  await bench.kube.call('POST', path('repositories'), {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name, namespace: bench.namespace },
    spec: { interval: '1h', ...spec },
  });
}

const createSecret = (name: string, stringData: object, type = 'Opaque') =>
  bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, { metadata: { name }, type, stringData });

const createApplication = (name: string, source: object) => bench.createApplication(name, { source });

const trigger = (name: string) =>
  bench.kube.call('PATCH', `${path('repositories')}/${name}`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': String(Math.random()) } },
  });

const repositoryUntil = (name: string, reason: string) =>
  bench.kube.until(
    path('repositories'),
    (seen) =>
      seen.metadata.name === name &&
      ((seen.status as { conditions?: { type: string; reason: string }[] } | undefined)?.conditions ?? []).some(
        (condition) => condition.type === 'Ready' && condition.reason === reason,
      ),
    limit(),
  );

const readyMessage = ({ status }: SeenObject): string => {
  const { conditions } = status as unknown as { conditions: { type: string; message: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.message ?? '';
};

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: ${value}}\n`;

const dataUntil = (name: string, data: object) =>
  bench.kube.until(
    configMaps(),
    (seen) =>
      seen.metadata.name === name &&
      Object.entries(data).every(([key, value]) => (seen.data as Record<string, string>)[key] === value),
    limit(),
  );

async function push(repository: string, tag: string, files: Record<string, string>): Promise<string> {
  const annotations = { 'org.opencontainers.image.created': '2026-11-21T10:00:00Z' };
  return pushArtifact(registry.host, repository, tag, [{ mediaType: flux.content, content: await tarGzOf(files) }], {
    annotations,
  });
}

/**
 * What `cosign sign --key` writes, by its documentation: a payload that names the digest, under a tag made of it.
 * @param reference the repository that it names; where the artifact lies where it is not given
 */
async function signArtifact(repository: string, digest: string, key: KeyObject, reference?: string): Promise<void> {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference ?? `${registry.host}/${repository}` },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  const layer = await pushBlob(registry.host, repository, 'application/vnd.dev.cosign.simplesigning.v1+json', payload);
  const config = await pushBlob(
    registry.host,
    repository,
    'application/vnd.oci.image.config.v1+json',
    Buffer.from('{}'),
  );
  const signature = sign('sha256', payload, key).toString('base64');
  await pushManifest(registry.host, repository, `${digest.replace(':', '-')}.sig`, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [{ ...layer, annotations: { 'dev.cosignproject.cosign/signature': signature } }],
  } as { mediaType: string });
}

test('an artifact is synced by its tag, follows it, and can be rolled back to by its digest', async () => {
  const name = `${bench.namespace}/manifests`;
  const first = await push(name, 'stable', { 'deploy/a.yaml': configMap('a', 'one'), 'other.yaml': 'not: {rendered' });
  await createRepository('artifact', { url: `oci://${registry.host}/${name}`, ref: { tag: 'stable' } });
  await createApplication('web', { repositoryRef: { name: 'artifact' }, path: 'deploy' });
  const fetches: string[] = [];
  const { observer } = createMetrics({ version: '0.0.0', ofProcess: false });
  bench.start({ observer: { ...observer, registryFetched: (outcome) => void fetches.push(outcome) } });
  const synced = await bench.application('web', isReadyAt(first));
  expect(synced.status?.history?.[0]?.revision).toBe(first);
  expect(messageOf(synced, 'Synced')).toContain(`as in ${first.slice('sha256:'.length).slice(0, 12)}`);
  await dataUntil('a', { value: 'one' });
  expect(fetches).toContain('succeeded');
  expect(fetches).not.toContain('failed');

  // The same tag with other content; what no render looks at does not render anything.
  const renders = bench.renderer.stats.renders;
  const unread = await push(name, 'stable', { 'deploy/a.yaml': configMap('a', 'one'), 'other.yaml': 'other: 1' });
  await trigger('artifact');
  await bench.kube.until(
    path('repositories'),
    (seen) => (seen.status as { revision?: string } | undefined)?.revision === unread,
    limit(),
  );
  expect(bench.renderer.stats.renders).toBe(renders);
  const second = await push(name, 'stable', { 'deploy/a.yaml': configMap('a', 'two') });
  await trigger('artifact');
  await dataUntil('a', { value: 'two' });
  await bench.application('web', isReadyAt(second));

  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': first } } });
  await dataUntil('a', { value: 'one' });
  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': null } } });
  await dataUntil('a', { value: 'two' });
});

test('a chart of a registry takes the highest version of its range, with values from Git', async () => {
  const charts = [chartFiles('hello', '1.0.0'), chartFiles('hello', '2.0.0')];
  const folder = `${bench.namespace}/charts`;
  const { packed } = await packCharts(charts);
  await pushCharts(packed, registry.host, folder);
  const values = await bench.repository.commit({ 'prod.yaml': 'greeting: from Git\n' });
  await bench.createRepository();
  await createRepository('charts', { url: `oci://${registry.host}/${folder}`, type: 'Helm' });
  await bench.createApplication('web', {
    source: undefined,
    sources: [
      {
        repositoryRef: { name: 'charts' },
        chart: 'hello',
        ref: { semver: '^1.0.0' },
        helm: { valueFiles: ['$git/prod.yaml'] },
      },
      { name: 'git', repositoryRef: { name: 'apps' } },
    ],
  });
  bench.start();
  await dataUntil('web-hello', { version: '1.0.0', greeting: 'from Git', chart: 'hello' });
  const synced = await bench.application('web', hasCondition('Ready', 'True'));
  expect(synced.status?.revisions?.[1]).toBe(values);
  expect(synced.status?.revisions?.[0]).toMatch(/^sha256:/);
  expect(readyMessage(await repositoryUntil('charts', 'Fetched'))).toContain('1 versions of its charts');

  const next = await packCharts([chartFiles('hello', '1.2.3')]);
  await pushCharts(next.packed, registry.host, folder);
  await trigger('charts');
  await dataUntil('web-hello', { version: '1.2.3' });
});

test('a chart of a Helm repository over HTTP, with a password that may be wrong at first', async () => {
  const server = await startStaticServer();
  try {
    const { packed, index } = await packCharts([chartFiles('hello', '1.0.0')]);
    const expected = `Basic ${Buffer.from('me:right').toString('base64')}`;
    const guarded = (content: string | Uint8Array) => {
      server.files.set(content === index ? '/index.yaml' : `/${packed[0]?.file}`, (response, request) => {
        response.writeHead(request.headers.authorization === expected ? 200 : 401);
        response.end(request.headers.authorization === expected ? content : 'who are you?');
      });
    };
    guarded(index);
    if (packed[0] !== undefined) guarded(packed[0].bytes);
    await createSecret('login', { username: 'me', password: 'wrong' });
    await createRepository('charts', { url: server.url, type: 'Helm', secretRef: { name: 'login' } });
    await createApplication('web', { repositoryRef: { name: 'charts' }, chart: 'hello' });
    bench.start();
    const refused = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
    expect(messageOf(refused, 'Synced')).toContain('registry.auth-failed');
    expect(messageOf(refused, 'Synced')).not.toContain('wrong');
    await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/secrets/login`, {
      stringData: { password: 'right' },
    });
    await dataUntil('web-hello', { version: '1.0.0' });
  } finally {
    await server.stop();
  }
});

test('the credentials of charts go to another host where the Repository names it, and nowhere else', async () => {
  const [server, store] = await Promise.all([startStaticServer(), startStaticServer()]);
  onTestFinished(async () => void (await Promise.all([server.stop(), store.stop()])));
  const { packed, index } = await packCharts([chartFiles('hello', '1.0.0')]);
  const expected = `Basic ${Buffer.from('me:right').toString('base64')}`;
  const elsewhere = `http://localhost:${new URL(store.url).port}/`;
  server.files.set('/index.yaml', index.replaceAll(/^( *- )(hello-.*\.tgz)$/gm, `$1${elsewhere}$2`));
  store.files.set(`/${packed[0]?.file}`, (response, request) => {
    const isKnown = request.headers.authorization === expected;
    response.writeHead(isKnown ? 200 : 401).end(isKnown ? packed[0]?.bytes : 'who are you?');
  });
  await createSecret('login', { username: 'me', password: 'right' });
  await createRepository('charts', { url: server.url, type: 'Helm', secretRef: { name: 'login' } });
  await createApplication('web', { repositoryRef: { name: 'charts' }, chart: 'hello' });
  bench.start();
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(refused, 'Synced')).toContain('registry.auth-failed');
  expect(store.requests.map(({ headers }) => headers.authorization)).not.toContain(expected);
  await bench.kube.call('PATCH', `${path('repositories')}/charts`, { spec: { credentialHosts: ['localhost'] } });
  await dataUntil('web-hello', { version: '1.0.0' });
});

test('what is not signed by the keys is refused, and the cluster stays at what was', async () => {
  const name = `${bench.namespace}/signed`;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await createSecret('keys', { 'cosign.pub': publicKey.export({ type: 'spki', format: 'pem' }) });
  const first = await push(name, 'stable', { 'a.yaml': configMap('a', 'one') });
  await signArtifact(name, first, privateKey);
  await createRepository('artifact', {
    url: `oci://${registry.host}/${name}`,
    ref: { tag: 'stable' },
    verify: { keysRef: { name: 'keys' } },
  });
  await createApplication('web', { repositoryRef: { name: 'artifact' } });
  bench.start();
  await bench.application('web', isReadyAt(first));

  const second = await push(name, 'stable', { 'a.yaml': configMap('a', 'two') });
  await trigger('artifact');
  const refused = await repositoryUntil('artifact', 'Unsigned');
  expect(readyMessage(refused)).toContain(second);
  expect((await bench.kube.call('GET', `${configMaps()}/a`)).data).toEqual({ value: 'one' });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await signArtifact(name, second, foreign.privateKey);
  await trigger('artifact');
  await repositoryUntil('artifact', 'BadSignature');
  expect((await bench.application('web', () => true)).status?.revision).toBe(first);

  await signArtifact(name, second, privateKey);
  await trigger('artifact');
  await dataUntil('a', { value: 'two' });
});

test('a copy is accepted with the signature of what it is a copy of, where the Repository names that', async () => {
  const name = `${bench.namespace}/copy`;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await createSecret('keys', { 'cosign.pub': publicKey.export({ type: 'spki', format: 'pem' }) });
  const digest = await push(name, 'stable', { 'a.yaml': configMap('a', 'copied') });
  await signArtifact(name, digest, privateKey, 'ghcr.io/org/app');
  const spec = { url: `oci://${registry.host}/${name}`, ref: { tag: 'stable' } };
  await createRepository('artifact', { ...spec, verify: { keysRef: { name: 'keys' } } });
  await createApplication('web', { repositoryRef: { name: 'artifact' } });
  bench.start();
  await repositoryUntil('artifact', 'BadSignature');

  await bench.kube.call('PATCH', `${path('repositories')}/artifact`, {
    spec: { verify: { identities: ['ghcr.io/org/app'] } },
  });
  await bench.application('web', isReadyAt(digest));
});

test.each<[string, object, object, string]>([
  ['a branch of an artifact', {}, { ref: { branch: 'main' } }, 'a branch names nothing in a registry'],
  ['a chart of an artifact', {}, { chart: 'web' }, 'the chart web is named in a Repository of the type OCI'],
  ['charts without a name', { type: 'Helm' }, {}, 'no `chart` is named'],
  ['an artifact that is not there', { ref: { tag: 'none' } }, {}, 'registry.not-found'],
])('%s is told with what to do', async (_what, spec, source, sentence) => {
  await createRepository('artifact', { url: `oci://${registry.host}/${bench.namespace}/nothing`, ...spec });
  await createApplication('web', { repositoryRef: { name: 'artifact' }, ...source });
  bench.start();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(failed, 'Synced')).toContain(sentence);
});

test('a digest names nothing in Git, and a chart neither', async () => {
  await bench.repository.commit({ 'a.yaml': configMap('a', 'one') });
  await bench.createRepository();
  await createApplication('web', { repositoryRef: { name: 'apps' }, ref: { digest: `sha256:${'a'.repeat(64)}` } });
  await createApplication('other', { repositoryRef: { name: 'apps' }, chart: 'web' });
  bench.start();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(failed, 'Synced')).toContain('a digest names nothing in a Git repository');
  const other = await bench.application('other', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(other, 'Synced')).toContain('the Repository is not one of charts');
});

test('a chart in Git gets the charts that it needs, and says which of them no lock holds', async () => {
  const folder = `${bench.namespace}/needed`;
  const { packed } = await packCharts([chartFiles('hello', '1.0.0'), chartFiles('hello', '1.1.0')]);
  await pushCharts(packed, registry.host, folder);
  const dependency = (version: string) =>
    `dependencies: [{name: hello, version: ${version}, repository: "oci://${registry.host}/${folder}"}]\n`;
  const first = await bench.repository.commit({
    'web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 0.1.0\n${dependency('^1.0.0')}`,
    'web/values.yaml': 'hello: {greeting: from the parent}\n',
    'other/a.yaml': configMap('other', 'one'),
  });
  await bench.createRepository();
  await createApplication('web', { repositoryRef: { name: 'apps' }, path: 'web' });
  const controller = bench.start();
  const synced = await bench.application('web', isReadyAt(first));
  await dataUntil('web-hello', { version: '1.1.0', greeting: 'from the parent' });
  expect(messageOf(synced, 'Ready')).toMatch(
    /warning: .*web\/Chart\.yaml.*the chart hello is held by no Chart\.lock: it is 1\.1\.0/,
  );

  // A commit that has nothing to do with the chart asks nobody and renders nothing.
  const renders = bench.renderer.stats.renders;
  await bench.repository.commit({ 'other/a.yaml': configMap('other', 'two') });
  controller.trigger();
  const second = await bench.repository.commit({
    'web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 0.1.0\n${dependency('1.0.0')}`,
  });
  controller.trigger();
  await bench.application('web', isReadyAt(second));
  await dataUntil('web-hello', { version: '1.0.0' });
  expect(bench.renderer.stats.renders - renders).toBe(1);

  await bench.repository.commit({
    'web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 0.1.0\n${dependency('^7.0.0')}`,
  });
  controller.trigger();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(messageOf(failed, 'Synced')).toMatch(/@[0-9a-f]{12} web\/Chart\.yaml:4/);
  expect((await bench.kube.call('GET', `${configMaps()}/web-hello`)).data).toMatchObject({ version: '1.0.0' });
});
