import { beforeAll, expect, test } from 'vitest';
import { isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { compileIgnore, type IgnoreRules } from '../../sync/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile } from '../../../test/support/scene.ts';

const bench = controllerOfFile('ignore');
beforeAll(() => bench.createRepository());

const deployment = (name: string, replicas: number, image: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      minReadySeconds: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image }] } },
    },
  });

interface Seen {
  readonly spec: {
    replicas: number;
    paused?: boolean;
    minReadySeconds?: number;
    template: { spec: { containers: { image: string }[] } };
  };
}

const rulesOf = (...rules: Parameters<typeof compileIgnore>[0]): IgnoreRules => compileIgnore(rules, 'rules').rules;

test('what is ignored is left alone by the controller, by the rules of an Application and of the installation', async () => {
  const path = (name: string): string => `/apis/apps/v1/namespaces/${bench.namespace}/deployments/${name}`;
  const read = async (name: string): Promise<readonly unknown[]> => {
    const { spec } = (await bench.kube.call('GET', path(name))) as unknown as Seen;
    return [spec.replicas, spec.paused ?? false, spec.template.spec.containers[0]?.image];
  };
  const seconds = { group: 'apps', kind: 'Deployment', fields: ['/spec/minReadySeconds'] };
  let rules = rulesOf({ kind: '*', managers: ['pauser'] }, seconds);
  const changes = new EventTarget();
  const first = await bench.repository.commit({ 'web/web.yaml': deployment('web', 0, 'nginx:1') });
  const controller = bench.start({
    ignoreRules: {
      current: () => rules,
      onChange: (listener, signal) => changes.addEventListener('changed', listener, { signal }),
    },
  });
  await controller.started;
  await bench.createApplication('web', {
    source: { repositoryRef: { name: 'apps' }, path: 'web' },
    ignore: [
      { group: 'apps', kind: 'Deployment', fields: ['/spec/replicas'] },
      { kind: 'Job', expressions: ['.spec |'] },
    ],
  });
  const synced = await bench.application('web', isReadyAt(first));
  expect(messageOf(synced, 'Ready')).toContain('spec.ignore[1].expressions[0]');
  expect(await read('web')).toEqual([0, false, 'nginx:1']);

  // The changes are in the order of the watch: what comes after them has been seen once the last of them is reverted.
  const scale = { group: 'apps', kind: 'Deployment', namespace: bench.namespace, name: 'web' };
  const options = { type: 'merge', signal: limit() } as const;
  await bench.client.patch(scale, { spec: { replicas: 2 } }, { ...options, subresource: 'scale', fieldManager: 'hpa' });
  await bench.client.patch(
    scale,
    { spec: { paused: true, minReadySeconds: 7 } },
    { ...options, fieldManager: 'pauser' },
  );
  const template = { spec: { containers: [{ name: 'web', image: 'nginx:9' }] } };
  await bench.client.patch(scale, { spec: { template } }, { ...options, fieldManager: 'kubectl-edit' });
  const deployments = `/apis/apps/v1/namespaces/${bench.namespace}/deployments`;
  await bench.kube.until(
    deployments,
    (seen) => (seen as unknown as Seen).spec.template.spec.containers[0]?.image === 'nginx:1',
    limit(),
  );
  expect(await read('web')).toEqual([2, true, 'nginx:1']);

  const second = await bench.repository.commit({ 'web/web.yaml': deployment('web', 1, 'nginx:2') });
  controller.trigger();
  await bench.application('web', ({ status }) => status?.revision === second);
  expect(await read('web')).toEqual([2, true, 'nginx:2']);

  // Of the installation they count as soon as they are others, for what is there already.
  expect(((await bench.kube.call('GET', path('web'))) as unknown as Seen).spec.minReadySeconds).toBe(7);
  rules = rulesOf({ kind: '*', managers: ['nobody'] });
  changes.dispatchEvent(new Event('changed'));
  await bench.kube.until(deployments, (seen) => (seen as unknown as Seen).spec.minReadySeconds === 1, limit());
  await controller.stop();
});

const configMap = (name: string, value: string, annotation = 'example.dev/none: x'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations:\n    ${annotation}\ndata:\n  value: ${value}\n`;
const quiet = (value: string) => configMap('quiet', value, 'helm.toolkit.fluxcd.io/driftDetection: disabled');
const gone = (value: string) => configMap('gone', value, 'plumbline.dev/drift: ignore');
const hasValue = (name: string, value: string) => (seen: SeenObject) =>
  seen.metadata.name === name && (seen as { readonly data?: { readonly value?: string } }).data?.value === value;

test('drift is ignored, told or put back as each object says, also by who starts anew; what Git newly says is applied', async () => {
  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  const valueOf = async (name: string) => {
    const found = await bench.client.get({ group: '', kind: 'ConfigMap', namespace: bench.namespace, name });
    return (found?.data as { readonly value?: string } | undefined)?.value;
  };
  const edit = (name: string) => bench.kube.call('PATCH', `${path}/${name}`, { data: { value: 'hand' } });
  const left = async () => Promise.all(['quiet', 'gone', 'told'].map(valueOf));

  const first = await bench.repository.commit({
    'drift/quiet.yaml': quiet('git'),
    'drift/gone.yaml': gone('git'),
    'drift/told.yaml': configMap('told', 'git', 'plumbline.dev/drift: report'),
    'drift/plain.yaml': configMap('plain', 'git'),
  });
  const controller = bench.start();
  await bench.createApplication('drift', { source: { repositoryRef: { name: 'apps' }, path: 'drift' } });
  await bench.application('drift', isReadyAt(first));
  await edit('quiet');
  await bench.kube.call('DELETE', `${path}/gone`);
  await edit('told');
  await edit('plain');
  const drifted = await bench.application('drift', ({ status }) => {
    return status?.drift?.reverted === 1 && status.drift.objects === 1;
  });
  expect(messageOf(drifted, 'Drifted')).toContain(`ConfigMap ${bench.namespace}/told: data.value`);
  expect(messageOf(drifted, 'Drifted')).not.toMatch(/quiet|gone/);
  expect(messageOf(drifted, 'Healthy')).not.toContain('gone');
  expect([await left(), await valueOf('plain')]).toEqual([['hand', undefined, 'hand'], 'git']);

  // Another commit about something else.
  const second = await bench.repository.commit({ 'drift/plain.yaml': configMap('plain', 'later') });
  controller.trigger();
  await bench.application('drift', ({ status }) => status?.revision === second);
  expect([await left(), await valueOf('plain')]).toEqual([['hand', undefined, 'hand'], 'later']);
  await controller.stop();

  // Who knows nothing of it puts back what is to be put back, and nothing else.
  await edit('plain');
  const next = bench.start();
  await bench.kube.until(path, hasValue('plain', 'later'), limit());
  await bench.application('drift', ({ status }) => status?.drift?.objects === 1);
  expect(await left()).toEqual(['hand', undefined, 'hand']);
  await next.stop();

  const third = await bench.repository.commit({
    'drift/quiet.yaml': quiet('third'),
    'drift/gone.yaml': gone('third'),
    'drift/told.yaml': configMap('told', 'third', 'plumbline.dev/drift: report'),
  });
  const last = bench.start();
  await bench.application('drift', isReadyAt(third));
  expect(await left()).toEqual(['third', 'third', 'third']);
  await last.stop();
});
