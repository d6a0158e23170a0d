import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, repositoryOfEachTest } from '../../../test/support/scene.ts';

const library = repositoryOfEachTest();
const bench = controllerOfEachTest('submodules');

const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const repositories = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
const allow = (submodules: boolean) => bench.kube.call('PATCH', `${repositories()}/apps`, { spec: { submodules } });

const settings = (name: string, color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {color: ${color}}\n`;
const gitmodules = (url = `../${basename(library.directory)}`) => ({
  '.gitmodules': `[submodule "library"]\n\tpath = library\n\turl = ${url}\n`,
});
const isColor =
  (name: string, color: string) => (object: { metadata: { name: string }; data?: Readonly<Record<string, string>> }) =>
    object.metadata.name === name && object.data?.['color'] === color;

const renders = (application: string) =>
  bench.logged.filter(
    ({ message, fields }) =>
      message === 'rendered' &&
      (fields as { application?: string }).application === `${bench.namespace}/${application}`,
  ).length;

/** A base in the library, a kustomization on it, and an Application that has nothing to do with either. */
async function publish(): Promise<string> {
  const first = await library.commit({
    'base/kustomization.yaml': 'resources: [settings.yaml]\n',
    'base/settings.yaml': settings('shared', 'red'),
  });
  return bench.repository.commit({
    ...gitmodules(),
    library: { submodule: first },
    'app/kustomization.yaml': 'resources: [../library/base]\n',
    'other/settings.yaml': settings('other', 'grey'),
  });
}

const source = (path: string) => ({ source: { repositoryRef: { name: 'apps' }, path } });

test('a submodule is an error until it is allowed, and again when it is not any more', async () => {
  const commit = await publish();
  await bench.createRepository();
  await bench.createApplication('app', source('app'));
  bench.start();
  const refused = await bench.application('app', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(messageOf(refused, 'Synced')).toContain('git.submodule');
  await allow(true);
  await bench.application('app', isReadyAt(commit));
  await bench.kube.until(configMaps(), isColor('shared', 'red'), limit());
  await allow(false);
  await bench.application('app', hasCondition('Synced', 'False', 'RenderFailed'));
  // Nothing is pruned for it.
  expect(await bench.kube.call('GET', `${configMaps()}/shared`)).toMatchObject({ data: { color: 'red' } });
});

test('a submodule that moves concerns those who read in it, and nobody else', async () => {
  await publish();
  await bench.createRepository({ submodules: true });
  await bench.createApplication('app', source('app'));
  await bench.createApplication('other', source('other'));
  const controller = bench.start();
  await Promise.all([
    bench.application('app', hasCondition('Ready', 'True')),
    bench.application('other', hasCondition('Ready', 'True')),
  ]);
  const before = { app: renders('app'), other: renders('other') };
  const second = await library.commit({ 'base/settings.yaml': settings('shared', 'blue') });
  const moved = await bench.repository.commit({ library: { submodule: second } });
  controller.trigger();
  await bench.application('app', isReadyAt(moved));
  await bench.kube.until(configMaps(), isColor('shared', 'blue'), limit());
  expect(renders('app')).toBe(before.app + 1);
  expect(renders('other')).toBe(before.other);
  // And a commit that moves nothing of it does not concern who reads in it.
  const unrelated = await bench.repository.commit({ 'other/settings.yaml': settings('other', 'white') });
  controller.trigger();
  await bench.application('other', isReadyAt(unrelated));
  expect(renders('app')).toBe(before.app + 1);
});

test('a submodule that cannot be read leaves the cluster as it is, and is read when it can be', async () => {
  await publish();
  await bench.createRepository({ submodules: true });
  await bench.createApplication('app', source('app'));
  const controller = bench.start();
  await bench.application('app', hasCondition('Ready', 'True'));
  const second = await library.commit({ 'base/settings.yaml': settings('shared', 'blue') });
  await bench.repository.commit({ ...gitmodules('ext::sh -c id'), library: { submodule: second } });
  controller.trigger();
  const broken = await bench.application('app', hasCondition('Synced', 'False', 'RenderFailed'));
  expect(messageOf(broken, 'Synced')).toContain('git.submodule-invalid');
  expect(await bench.kube.call('GET', `${configMaps()}/shared`)).toMatchObject({ data: { color: 'red' } });
  const mended = await bench.repository.commit(gitmodules());
  controller.trigger();
  await bench.application('app', isReadyAt(mended));
  await bench.kube.until(configMaps(), isColor('shared', 'blue'), limit());
});
