import { expect, test } from 'vitest';
import { messageOf } from '../../../test/support/controller.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';
import { compileUserRules, type UserRule } from '../../health/index.ts';

const bench = controllerOfEachTest('health-rules');

const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: broken}\n';
const degraded = { kind: 'ConfigMap', degraded: "object.data.mode == 'broken'", message: 'object.data.mode' };

const rulesOf = (...rules: readonly UserRule[]) => compileUserRules(rules, 'rules').rules;

function setRules(rules: readonly object[]): Promise<unknown> {
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  return bench.kube.call('PATCH', `${applications}/web`, { spec: { health: { rules } } });
}

test('the rules of an Application are for its objects, also for those that were there before the rules', async () => {
  await bench.repository.commit({ 'settings.yaml': settings });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  await bench.application('web', ({ status }) => status?.health === 'Healthy' && status.revision !== undefined);

  await setRules([degraded]);
  const ill = await bench.application('web', ({ status }) => status?.health === 'Degraded');
  expect(messageOf(ill, 'Healthy')).toContain('settings: broken');

  await setRules([{ ...degraded, degraded: "object.data.mode = 'broken'" }]);
  const unknown = await bench.application('web', ({ status }) => status?.health === 'Unknown');
  expect(messageOf(unknown, 'Healthy')).toContain('column 18');
  expect(messageOf(unknown, 'Ready')).toContain('spec.health.rules[0].degraded');

  await setRules([]);
  await bench.application('web', ({ status }) => status?.health === 'Healthy');
});

test('the rules of the installation are for all Applications', async () => {
  await bench.repository.commit({ 'settings.yaml': settings });
  await bench.createRepository();
  await bench.createApplication('web', {});
  let current = rulesOf(degraded);
  const changes = new EventTarget();
  const controller = bench.start({
    healthRules: {
      current: () => current,
      onChange: (listener, signal) => changes.addEventListener('changed', listener, { signal }),
    },
  });
  const ill = await bench.application('web', ({ status }) => status?.health === 'Degraded');
  expect(messageOf(ill, 'Healthy')).toContain('broken');

  // What lies below an Application in its tree is judged by them, too.
  const broken = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { mode: 'broken' } };
  const judge = controller.views()?.judge(bench.namespace, 'web');
  expect(judge?.(broken)).toEqual({ status: 'Degraded', message: 'broken' });

  // They count as soon as they change, for what is there already.
  current = rulesOf();
  changes.dispatchEvent(new Event('changed'));
  await bench.application('web', ({ status }) => status?.health === 'Healthy');
  expect(judge?.(broken).status).toBe('Healthy');
});
