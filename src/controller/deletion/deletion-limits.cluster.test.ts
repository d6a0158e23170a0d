import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { Application } from '../../api/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('limits');

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const names = Array.from({ length: 3 }, (_, index) => `m${index}`);
const epoch = '1970-01-01T00:00:00Z';
const left = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { metadata } of bench.client.list(
    { group: '', kind: 'ConfigMap' },
    { namespace: bench.namespace },
  )) {
    if (names.includes(metadata.name)) found.push(metadata.name);
  }
  return found;
};

const confirming = (kind: string, name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, annotations: { 'plumbline.dev/delete': 'confirm' } } });
const home = () => `/api/v1/namespaces/${bench.namespace}`;
const applications = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;

/** Approves what waits, as somebody with kubectl would. */
async function approve(objects: number): Promise<void> {
  const { status } = await bench.application('web', (seen) => seen.status?.approval?.objects === objects);
  await bench.patchApplication('web', {
    metadata: { annotations: { 'plumbline.dev/approvePrune': status?.approval?.token } },
  });
}

/** Forgets what the condition says, so that whoever comes next has to say it anew. */
async function forget(): Promise<void> {
  const { metadata } = await bench.application('web', () => true);
  const conditions = [{ type: 'Synced', status: 'Unknown', reason: 'Test', message: '', lastTransitionTime: epoch }];
  await bench.kube.call('PATCH', `${applications()}/web/status`, {
    metadata: { uid: metadata.uid },
    status: { conditions },
  });
}

const isWaitingFor = (count: number) => {
  const many = count === 1 ? 'its deletion waits' : `its deletion and ${count - 1} more wait`;
  const text = `${many}, as no more than 1 may begin in a minute; the last may by 2`;
  return (seen: Application): boolean => messageOf(seen, 'Synced').includes(text);
};

test('what is above the limit of a minute waits for it; no restart opens it, or has what was approved asked again', async () => {
  const all = Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]));
  const first = await bench.repository.commit({
    ...all,
    'last.json': confirming('ConfigMap', 'last'),
    'other.json': confirming('ServiceAccount', 'other'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {
    deletionPolicy: 'Cascade',
    sync: { deletionsPerMinute: 1, pruneLimit: { objects: 1 } },
  });
  let controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await controller.stop();

  await bench.repository.commit(Object.fromEntries(names.map((name) => [`${name}.yaml`, null])));
  controller = bench.start();
  await approve(3);
  // What is new knows nothing of what was deleted a moment ago.
  await bench.application('web', isWaitingFor(3));
  expect(await left()).toEqual(names);
  await controller.stop();
  await forget();
  // As if it had come so far: of what was approved, some is left.
  await bench.kube.call('DELETE', `${home()}/configmaps/m0`);

  controller = bench.start();
  const again = await bench.application('web', isWaitingFor(2));
  expect(again.status?.approval?.objects).toBe(3);
  expect(await left()).toEqual(['m1', 'm2']);
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 100_000 } } });
  await bench.application('web', ({ status }) => status?.history?.[0]?.pruned === 2 && status.approval === undefined);
  expect(await left()).toEqual([]);

  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 1 } } });
  await bench.kube.call('DELETE', `${applications()}/web`);
  await approve(2);
  const leaving = await bench.application('web', isWaitingFor(2));
  expect(hasCondition('Synced', 'Unknown', 'Deleting')(leaving)).toBe(true);
  await controller.stop();
  await forget();
  await bench.kube.call('DELETE', `${home()}/serviceaccounts/other`);
  bench.start();
  await bench.application('web', isWaitingFor(1));
  await bench.kube.call('GET', `${home()}/configmaps/last`);
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 100_000 } } });
  await bench.kube.untilGone(applications(), 'web', limit());
});
