import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type ControllerBench, messageOf, openControllerBench } from '../../../test/support/controller.ts';
import { compileUserRules, type UserRule } from '../../health/index.ts';
import { createRenderer } from '../../render/index.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: ControllerBench;

beforeEach(async ({ onTestFailed }) => {
  bench = await openControllerBench('health-rules', { shared: renderer });
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
});

afterEach(async () => {
  await bench.close();
});

afterAll(() => renderer.close());

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
