import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, repositoryOfEachTest } from '../../../test/support/scene.ts';

const values = repositoryOfEachTest();
const bench = controllerOfEachTest('sources');

const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;

const chart = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/values.yaml': 'color: none\n',
  'chart/templates/settings.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: {{ .Values.color | quote }}}\n',
};

async function createValuesRepository(): Promise<void> {
  await bench.kube.call('POST', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'values', namespace: bench.namespace },
    spec: { url: values.url, interval: '1h' },
  });
}

const triggerValues = () =>
  bench.kube.call('PATCH', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/values`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': String(Math.random()) } },
  });

const createApplication = (sources: readonly object[]) =>
  bench.createApplication('web', { source: undefined, sources });

const chartSource = {
  repositoryRef: { name: 'apps' },
  path: 'chart',
  helm: { valueFiles: ['$settings/prod/values.yaml'] },
};
const valuesSource = { name: 'settings', repositoryRef: { name: 'values' } };

const color = (wanted: string) =>
  bench.kube.until(
    configMaps(),
    (seen) => seen.metadata.name === 'settings' && (seen.data as { color?: string } | undefined)?.color === wanted,
    limit(),
  );

test('a chart takes its values from another repository, and a commit to either reaches the cluster', async () => {
  const first = await bench.repository.commit(chart);
  const red = await values.commit({ 'prod/values.yaml': 'color: red\n', 'other/values.yaml': 'color: no\n' });
  await bench.createRepository();
  await createValuesRepository();
  await createApplication([chartSource, valuesSource]);
  const controller = bench.start();
  const synced = await bench.application('web', isReadyAt(first));
  await color('red');
  expect(synced.status).toMatchObject({
    revision: first,
    revisions: [first, red],
    history: [{ revision: first, revisions: [first, red] }],
  });

  const blue = await values.commit({ 'prod/values.yaml': 'color: blue\n' });
  await triggerValues();
  await color('blue');
  await bench.application('web', (seen) => seen.status?.revisions?.[1] === blue && isReadyAt(first)(seen));

  // Nobody reads this file: no render, and the status stays.
  const renders = bench.renderer.stats.renders;
  const unread = await values.commit({ 'other/values.yaml': 'color: still no\n' });
  await triggerValues();
  await bench.kube.until(
    `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`,
    (seen) => (seen.status as { revision?: string } | undefined)?.revision === unread,
    limit(),
  );
  const second = await bench.repository.commit({ 'chart/values.yaml': 'color: none\nsize: 1\n' });
  controller.trigger();
  await bench.application('web', (seen) => seen.status?.revisions?.join() === `${second},${unread}`);
  expect(bench.renderer.stats.renders - renders).toBe(1);
});

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

test('the objects of all sources are one set: what leaves one of them is pruned, what two hold is refused', async () => {
  const first = await bench.repository.commit({ 'one.yaml': map('one'), 'two.yaml': map('two') });
  await values.commit({ 'three.yaml': map('three') });
  await bench.createRepository();
  await createValuesRepository();
  await createApplication([
    { repositoryRef: { name: 'apps' }, path: '.' },
    { name: 'more', repositoryRef: { name: 'values' }, path: '.' },
  ]);
  const controller = bench.start();
  const synced = await bench.application('web', isReadyAt(first));
  expect(synced.status?.synced?.objects).toBe(3);

  const second = await bench.repository.commit({ 'two.yaml': null });
  controller.trigger();
  await bench.application('web', isReadyAt(second));
  await bench.kube.untilGone(configMaps(), 'two', limit());
  expect((await bench.kube.call('GET', `${configMaps()}/three`)).metadata.name).toBe('three');

  const third = await values.commit({ 'one.yaml': map('one') });
  await triggerValues();
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  // Both places are named, each with its repository and commit.
  expect(messageOf(refused, 'Synced')).toContain(`${values.url}@${third.slice(0, 12)} one.yaml`);
  expect(messageOf(refused, 'Synced')).toContain(`the first is in ${bench.repository.url} one.yaml`);
});

test('what is wrong with any of the sources is told at once, with its repository', async () => {
  await bench.repository.commit({ ...chart, 'chart/templates/bad.yaml': 'a: {{ .Values.x.y.z }}\n' });
  await values.commit({ 'kustomization.yaml': 'resources: [missing.yaml]\n', 'prod/values.yaml': 'color: [\n' });
  await bench.createRepository();
  await createValuesRepository();
  await createApplication([
    { ...chartSource, helm: {} },
    { ...valuesSource, path: '.' },
    {
      name: 'again',
      repositoryRef: { name: 'apps' },
      path: 'chart',
      helm: { valueFiles: ['$settings/prod/values.yaml'] },
    },
  ]);
  bench.start();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  const message = messageOf(failed, 'Synced');
  expect(message).toMatch(/chart\/templates\/bad\.yaml/);
  expect(message).toMatch(new RegExp(`${values.url}@[0-9a-f]{12} kustomization.yaml`));
  expect(message).toMatch(new RegExp(`${values.url}@[0-9a-f]{12} prod/values.yaml`));
});

test('a rollback goes back with all sources, and a Repository that is missing is named', async () => {
  const one = await bench.repository.commit(chart);
  const red = await values.commit({ 'prod/values.yaml': 'color: red\n' });
  await bench.createRepository();
  await createApplication([chartSource, valuesSource]);
  bench.start();
  const missing = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(missing, 'Synced')).toContain('spec.sources[1].repositoryRef.name');
  await createValuesRepository();
  await bench.application('web', isReadyAt(one));
  const blue = await values.commit({ 'prod/values.yaml': 'color: blue\n' });
  await triggerValues();
  await color('blue');

  const annotate = (rollback: string | null) =>
    bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': rollback } } });
  await annotate(`${one},${red}`);
  await color('red');
  await bench.application('web', (seen) => seen.status?.revisions?.[1] === red);
  await annotate(one);
  const unclear = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(unclear, 'Synced')).toContain('names 1 commits and there are 2 sources');
  await annotate(null);
  await color('blue');
  await bench.application('web', (seen) => seen.status?.revisions?.[1] === blue && isReadyAt(one)(seen));
});

const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: ${value}}\n`;

test('an Application on a branch of its own goes on when the Repository is followed anew', async () => {
  await bench.repository.commit({ 'a.yaml': configMap('main') });
  await bench.repository.commit({ 'a.yaml': configMap('red') }, { branch: 'other' });
  await bench.createRepository();
  await bench.createApplication('web', {
    source: { repositoryRef: { name: 'apps' }, ref: { branch: 'other' }, path: '.' },
  });
  bench.start();
  await color('red');

  await bench.repository.commit({ 'a.yaml': configMap('blue') }, { branch: 'other' });
  // Another interval begins anew, and fetches.
  await bench.kube.call('PATCH', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`, {
    spec: { interval: '2h' },
  });
  await color('blue');
});
