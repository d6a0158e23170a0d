import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createEgress } from '../../src/egress.ts';
import { formatProblem, PlumbError } from '../../src/errors.ts';
import { openRegistryCache, resolveDependencies, type ResolvedTree } from '../../src/registry/index.ts';
import { createRenderer, folderTree, isAffected, type PathChange, type Renderer } from '../../src/render/index.ts';
import { chartFiles, helm, packCharts, pushCharts, writeFiles, type ChartFiles } from '../support/helm-charts.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { forever, renderRequest } from '../support/render.ts';
import { startStaticServer, type StaticServer } from '../support/static-server.ts';
import { objectsOf } from './manifests.ts';
import { helmTemplate, release } from './reference.ts';

let registry: TestRegistry;
let repository: StaticServer;
let renderer: Renderer;
const signal = new AbortController().signal;

beforeAll(async () => {
  renderer = createRenderer({ host: 'native' });
  [registry, repository] = await Promise.all([startRegistry(), startStaticServer()]);
  const charts = [
    chartFiles('redis', '17.0.0'),
    chartFiles('redis', '17.3.1'),
    chartFiles('redis', '18.0.0'),
    chartFiles('common', '2.1.0+build.4'),
  ];
  const { packed, index } = await packCharts(charts);
  repository.files.set('/index.yaml', index);
  for (const { file, bytes } of packed) repository.files.set(`/${file}`, bytes);
  await pushCharts(packed, registry.host, 'charts');
});
afterAll(async () => {
  await Promise.all([registry.stop(), repository.stop(), renderer.close()]);
});

/** A chart that needs others, `dependencies` being the text of its list. */
function parent(dependencies: string, more: ChartFiles = {}): ChartFiles {
  const texts = dependencies.replaceAll('REPOSITORY', repository.url).replaceAll('REGISTRY', registry.host);
  const files = chartFiles('app', '1.0.0', more);
  return { ...files, 'Chart.yaml': `${files['Chart.yaml'] ?? ''}dependencies:\n${texts}` };
}

async function folderWith(files: ChartFiles): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-dependencies-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFiles(root, files);
  return root;
}

const below = (folder: string, files: ChartFiles): ChartFiles =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

async function resolve(root: string, path = 'app'): Promise<ResolvedTree> {
  const directory = join(root, '..', `${root.split('/').at(-1) ?? ''}-cache`);
  const cache = openRegistryCache({ directory, egress: createEgress() });
  onTestFinished(async () => {
    await cache.close();
    await rm(directory, { recursive: true, force: true });
  });
  return resolveDependencies(folderTree(root), path, { cache, connectionFor: () => ({}), signal });
}

function render(tree: ResolvedTree['tree'], path = 'app') {
  const request = renderRequest(path, { source: { kind: 'helm' }, ...release, apiVersions: [] });
  return renderer.render(request, tree, forever);
}

/** Resolves and renders with our own, and builds and renders with the real helm: both have to come to the same. */
async function expectAsHelm(root: string): Promise<ResolvedTree> {
  const resolved = await resolve(root);
  const { objects } = await render(resolved.tree);
  // With a lock file Helm wants every repository to be in its own list.
  const own = [
    '--repository-config',
    join(root, 'repositories.yaml'),
    '--repository-cache',
    join(root, 'repositories'),
  ];
  await helm(['repo', 'add', 'any', repository.url, ...own], root);
  await helm(['dependency', 'build', 'app', '--plain-http', ...own], root);
  const reference = await helmTemplate(root, 'app', { kind: 'helm' });
  if (!reference.ok) throw new Error(reference.error);
  expect(objects).toEqual(objectsOf(reference.output));
  return resolved;
}

const fromRepository = '- {name: redis, version: ^17.0, repository: REPOSITORY}\n';

test('the highest version in the range is taken from a Helm repository, as the real helm does', async () => {
  const { dependencies } = await expectAsHelm(await folderWith(below('app', parent(fromRepository))));
  expect(dependencies).toMatchObject([{ name: 'redis', version: '17.3.1', repository: repository.url, locked: false }]);
});

test('charts in a registry, under another name, twice, and disabled ones come as with the real helm', async () => {
  const root = await folderWith(
    below(
      'app',
      parent(
        [
          '- {name: redis, version: 17.x, repository: "oci://REGISTRY/charts", alias: cache}',
          '- {name: redis, version: 18.0.0, repository: "oci://REGISTRY/charts", alias: queue}',
          '- {name: common, version: 2.1.0+build.4, repository: "oci://REGISTRY/charts", condition: common.enabled}',
          '',
        ].join('\n'),
        { 'values.yaml': 'greeting: hi\ncache: {greeting: from above}\ncommon: {enabled: false}\n' },
      ),
    ),
  );
  const { dependencies } = await expectAsHelm(root);
  expect(dependencies.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'redis 17.3.1',
    'redis 18.0.0',
    'common 2.1.0+build.4',
  ]);
});

test('the lock file decides, and one that was written for other dependencies is refused, as by the real helm', async () => {
  const root = await folderWith(below('app', parent(fromRepository)));
  await helm(['dependency', 'update', 'app'], root);
  const lock = (await folderTree(root).read('app/Chart.lock')) ?? new Uint8Array();
  await rm(join(root, 'app', 'charts'), { recursive: true });
  const { dependencies } = await expectAsHelm(root);
  expect(dependencies).toMatchObject([{ version: '17.3.1', locked: true }]);

  const other = await folderWith({
    ...below('app', parent('- {name: redis, version: ^18.0, repository: REPOSITORY}\n')),
    'app/Chart.lock': Buffer.from(lock).toString(),
  });
  await expect(resolve(other)).rejects.toMatchObject({ code: 'registry.lock-stale' });
  await expect(helm(['dependency', 'build', 'app'], other)).rejects.toThrow('out of sync');
});

test.each([
  [
    'all fields',
    '- name: redis\n  version: ">=17 <18"\n  repository: REPOSITORY\n  condition: a.b,c\n  tags: [x, "<y>&"]\n  alias: cache\n',
  ],
  [
    'values to import',
    '- name: redis\n  version: 17.0.0\n  repository: REPOSITORY\n  import-values:\n  - data\n  - {parent: p, child: c}\n',
  ],
  ['enabled', '- {name: redis, version: 17.0.0, repository: REPOSITORY, enabled: true}\n'],
])('the digest of a lock file that the real helm wrote is understood: %s', async (_, dependencies) => {
  const root = await folderWith(below('app', parent(dependencies)));
  await helm(['dependency', 'update', 'app'], root);
  await rm(join(root, 'app', 'charts'), { recursive: true });
  expect((await resolve(root)).dependencies).toMatchObject([{ name: 'redis', locked: true }]);
});

test('a chart of the form of Helm 2 has its dependencies and lock in files of their own', async () => {
  const files = below('app', chartFiles('app', '1.0.0'));
  const root = await folderWith({
    ...files,
    'app/Chart.yaml': 'apiVersion: v1\nname: app\nversion: 1.0.0\n',
    'app/requirements.yaml': `dependencies:\n${fromRepository.replace('REPOSITORY', repository.url)}`,
  });
  await expectAsHelm(root);
  await helm(['dependency', 'update', 'app'], root);
  await rm(join(root, 'app', 'charts'), { recursive: true });
  expect((await resolve(root)).dependencies).toMatchObject([{ version: '17.3.1', locked: true }]);
});

test('what is vendored is neither fetched nor replaced', async () => {
  const root = await folderWith({
    ...below('app', parent(`${fromRepository}- {name: common, version: 2.x, repository: REPOSITORY}\n`)),
    ...below('app/charts/redis', chartFiles('redis', '17.0.0')),
  });
  await mkdir(join(root, 'packed'));
  await writeFiles(join(root, 'common'), chartFiles('common', '2.0.0'));
  await helm(['package', 'common', '--destination', 'packed'], root);
  const before = repository.requests.length;
  const { dependencies } = await resolve(root);
  expect(dependencies.map(({ name }) => name)).toEqual(['common']);
  await rm(join(root, 'app', 'charts', 'redis'), { recursive: true });
  await mkdir(join(root, 'app', 'charts'), { recursive: true });
  for (const name of ['redis', 'common']) {
    await writeFiles(join(root, name), chartFiles(name, '2.0.0'));
    await helm(['package', name, '--destination', join('app', 'charts')], root);
  }
  const vendored = await resolve(root);
  expect(vendored.dependencies).toEqual([]);
  // Whatever the file is called.
  await rename(join(root, 'app', 'charts', 'redis-2.0.0.tgz'), join(root, 'app', 'charts', 'cache.tgz'));
  expect((await resolve(root)).dependencies).toEqual([]);
  expect(repository.requests.slice(before).filter(({ path }) => path.endsWith('redis-17.3.1.tgz'))).toEqual([]);
});

test('a chart of the same repository is packed as the real helm packs it, and its files count for the render', async () => {
  const root = await folderWith({
    ...below('app', parent('- {name: shared, version: ">=0.1", repository: "file://../libs/shared"}\n')),
    ...below('libs/shared', chartFiles('shared', '0.2.0')),
    'libs/shared/.helmignore': '# not these\n*.bak\nci/\n/notes.txt\n!*\ntemplates/skip?.y[a]ml\n',
    'libs/shared/templates/skip1.yaml': 'kind: Bad\n',
    'libs/shared/templates/config.yaml.bak': '{{ broken',
    'libs/shared/ci/templates/values.yaml': 'x: 1\n',
    'libs/shared/templates/.hidden.yaml': '{{ broken',
    'app/.helmignore': 'config.yaml\n',
    'app/templates/own.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n',
  });
  const { tree, dependencies } = await expectAsHelm(root);
  expect(dependencies).toMatchObject([{ name: 'shared', version: '0.2.0', repository: 'file://../libs/shared' }]);
  const { objects, record } = await render(tree);
  expect(objects.map(({ metadata }) => metadata.name).toSorted()).toEqual(['own', 'web-shared']);
  const concerns = (path: string, change: PathChange['change']) => isAffected(record, [{ path, change }]);
  expect(concerns('libs/shared/templates/config.yaml', 'modified')).toBe(true);
  expect(concerns('libs/shared/templates/new.yaml', 'added')).toBe(true);
  expect(concerns('libs/shared/Chart.yaml', 'modified')).toBe(true);
  expect(concerns('libs/shared/.helmignore', 'modified')).toBe(true);
  expect(concerns('libs/other/Chart.yaml', 'added')).toBe(false);
  await rm(join(root, 'app', 'charts'), { recursive: true });
  await rm(join(root, 'app', 'Chart.lock'));
  expect((await render((await resolve(root)).tree)).cached).toBe(true);
});

test('every dependency that cannot be had is told, with its line', async () => {
  const root = await folderWith({
    ...below(
      'app',
      parent(
        [
          '- {name: redis, version: ^99, repository: REPOSITORY}',
          '- {name: none, version: 1.0.0, repository: REPOSITORY}',
          '- {name: stable, version: 1.0.0, repository: "@stable"}',
          '- {name: named, version: 1.0.0, repository: "alias:named"}',
          '- {name: plain, version: 1.0.0, repository: http://charts.example.com}',
          '- {name: outside, version: 1.0.0, repository: "file://../../outside"}',
          '- {name: absolute, version: 1.0.0, repository: "file:///etc"}',
          '- {name: absent, version: 1.0.0, repository: "file://../absent"}',
          '- {name: odd, version: one, repository: REPOSITORY}',
          '- {name: git, version: 1.0.0, repository: "git+https://example.com/x"}',
          '- {name: metadata, version: 1.0.0, repository: "https://169.254.169.254/x"}',
          '- {name: ../up, version: 1.0.0, repository: REPOSITORY}',
          '',
        ].join('\n'),
      ),
    ),
  });
  const error: unknown = await resolve(root).catch((reason: unknown) => reason);
  if (!(error instanceof PlumbError)) throw new Error('it should fail');
  const told = error.problems.map(({ code, where }) => `${where?.line ?? 0} ${where?.file ?? ''} ${code}`);
  expect(told).toEqual([
    '5 app/Chart.yaml registry.not-found',
    '6 app/Chart.yaml registry.not-found',
    '7 app/Chart.yaml registry.dependency-refused',
    '8 app/Chart.yaml registry.dependency-refused',
    '9 app/Chart.yaml registry.url-invalid',
    '10 app/Chart.yaml registry.dependency-refused',
    '11 app/Chart.yaml registry.dependency-refused',
    '12 app/Chart.yaml registry.not-found',
    '13 app/Chart.yaml registry.selector-invalid',
    '14 app/Chart.yaml registry.dependency-refused',
    '15 app/Chart.yaml egress.refused',
    '16 app/Chart.yaml registry.dependency-refused',
  ]);
  expect(formatProblem(error.problems[0])).toContain('the chart needs redis ^99');
});

test('a folder without a chart, and a chart that needs nothing, are given back as they are', async () => {
  const root = await folderWith({ 'plain/a.yaml': 'a', ...below('app', chartFiles('app', '1.0.0')) });
  for (const path of ['plain', 'app', 'nothing', '.']) {
    const tree = folderTree(root);
    const cache = openRegistryCache({ directory: join(root, 'cache'), egress: createEgress() });
    const resolved = await resolveDependencies(tree, path, { cache, connectionFor: () => ({}), signal });
    expect(resolved).toEqual({ tree, dependencies: [] });
    await cache.close();
  }
});

test('renders close to one another ask a repository once', async () => {
  const root = await folderWith(below('app', parent(fromRepository)));
  const cache = openRegistryCache({ directory: join(root, 'cache'), egress: createEgress() });
  onTestFinished(() => cache.close());
  const before = repository.requests.length;
  for (let turn = 0; turn < 3; turn += 1)
    await resolveDependencies(folderTree(root), 'app', { cache, connectionFor: () => ({}), signal });
  expect(repository.requests.slice(before).map(({ path }) => path)).toEqual(['/index.yaml', '/redis-17.3.1.tgz']);
});
