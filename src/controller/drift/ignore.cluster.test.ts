import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControllerBench, isReadyAt, messageOf, openControllerBench } from '../../../test/support/controller.ts';
import { compileIgnore } from '../../sync/index.ts';
import { limit } from '../../../test/support/limit.ts';

let bench: ControllerBench;
beforeAll(async () => {
  bench = await openControllerBench('ignore');
  await bench.createRepository();
});
afterAll(() => bench.close());

const deployment = (name: string, replicas: number, image: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image }] } },
    },
  });

interface Seen {
  readonly spec: { replicas: number; paused?: boolean; template: { spec: { containers: { image: string }[] } } };
}

test('what is ignored is left alone by the controller, by the rules of an Application and of the installation', async () => {
  const path = (name: string): string => `/apis/apps/v1/namespaces/${bench.namespace}/deployments/${name}`;
  const read = async (name: string): Promise<readonly unknown[]> => {
    const { spec } = (await bench.kube.call('GET', path(name))) as unknown as Seen;
    return [spec.replicas, spec.paused ?? false, spec.template.spec.containers[0]?.image];
  };
  const { rules } = compileIgnore([{ kind: '*', managers: ['pauser'] }], 'rules');
  const first = await bench.repository.commit({ 'web/web.yaml': deployment('web', 0, 'nginx:1') });
  const controller = bench.start({ ignoreRules: rules });
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
  await bench.client.patch(scale, { spec: { paused: true } }, { ...options, fieldManager: 'pauser' });
  const template = { spec: { containers: [{ name: 'web', image: 'nginx:9' }] } };
  await bench.client.patch(scale, { spec: { template } }, { ...options, fieldManager: 'kubectl-edit' });
  await bench.kube.until(
    `/apis/apps/v1/namespaces/${bench.namespace}/deployments`,
    (seen) => (seen as unknown as Seen).spec.template.spec.containers[0]?.image === 'nginx:1',
    limit(),
  );
  expect(await read('web')).toEqual([2, true, 'nginx:1']);

  const second = await bench.repository.commit({ 'web/web.yaml': deployment('web', 1, 'nginx:2') });
  controller.trigger();
  await bench.application('web', ({ status }) => status?.revision === second);
  expect(await read('web')).toEqual([2, true, 'nginx:2']);
  await controller.stop();
});
