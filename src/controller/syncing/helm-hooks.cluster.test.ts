import { expect, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { hookJob } from '../../../test/support/hooks.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('helm-hooks');
const jobs = jobsOfEachTest(bench);

const settings = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: {value: ${JSON.stringify(value)}}\n`;

const hook = (name: string, events: string): string =>
  JSON.stringify(hookJob(name, '', { annotations: { 'helm.sh/hook': events, 'helm.sh/hook-weight': '1' } }));

test('hooks of a chart run as Helm runs them: at the installation, at upgrades, or at both', async () => {
  const first = await bench.repository.commit({
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'chart/templates/settings.yaml': settings('one'),
    'chart/templates/install.yaml': hook('install', 'pre-install'),
    'chart/templates/upgrade.yaml': hook('upgrade', 'post-upgrade'),
    'chart/templates/both.yaml': hook('both', 'post-install,post-upgrade'),
    'chart/templates/delete.yaml': hook('delete', 'pre-delete'),
    'chart/templates/test.yaml': hook('test', 'test'),
  });
  await bench.createRepository();
  await bench.createApplication('shop', {
    source: { repositoryRef: { name: 'apps' }, path: 'chart' },
    deletionPolicy: 'Cascade',
  });
  const controller = bench.start();
  const synced = await bench.application('shop', isReadyAt(first));
  expect(synced.status?.synced).toMatchObject({ objects: 1, failed: 0 });
  expect(await jobs.runs()).toEqual({ both: 1, install: 1 });

  const second = await bench.repository.commit({ 'chart/templates/settings.yaml': settings('two') });
  controller.trigger();
  await bench.application('shop', isReadyAt(second));
  expect(await jobs.runs()).toEqual({ both: 2, install: 1, upgrade: 1 });

  // Deleted with its objects, it leaves nothing of its hooks behind.
  const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.kube.call('DELETE', `${path}/shop`);
  await bench.kube.untilGone(path, 'shop', limit());
  expect(await jobs.runs()).toEqual({ both: 2, install: 1, upgrade: 1, delete: 1 });
  const left = await bench.kube.call('GET', `/apis/batch/v1/namespaces/${bench.namespace}/jobs`);
  const { items = [] } = left as { readonly items?: readonly { readonly metadata: { readonly name: string } }[] };
  expect(items.map(({ metadata }) => metadata.name).filter((name) => !name.startsWith('marker-'))).toEqual([]);
});
