import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  messageOf,
  openControllerBench,
} from '../../test/support/controller.ts';
import type { Application } from '../api/index.ts';
import { createRenderer } from '../render/index.ts';
import { limit } from '../../test/support/limit.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: ControllerBench;

beforeEach(async ({ onTestFailed }) => {
  bench = await openControllerBench('limits', { shared: renderer });
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
});

afterEach(() => bench.close());
afterAll(() => renderer.close());

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

test('a prune and a deletion above the limit of a minute wait for it, and no restart opens it', async () => {
  const all = Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]));
  const first = await bench.repository.commit({ ...all, 'last.yaml': configMap('last') });
  await bench.createRepository();
  await bench.createApplication('web', {
    deletionPolicy: 'Cascade',
    sync: { deletionsPerMinute: 1, pruneLimit: { percent: 100 } },
  });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await controller.stop();

  await bench.repository.commit(Object.fromEntries(names.map((name) => [`${name}.yaml`, null])));
  const text = 'its deletion and 2 others wait, as no more than 1 may begin in a minute; the last may by 2';
  const isWaiting = (seen: Application): boolean => messageOf(seen, 'Synced').includes(text);
  for (let starts = 0; starts < 2; starts += 1) {
    // What is new knows nothing of what was deleted a moment ago.
    const next = bench.start();
    await bench.application('web', isWaiting);
    expect(await left()).toEqual(names);
    await next.stop();
    const { metadata } = await bench.application('web', isWaiting);
    // So that the next one has to say it anew.
    const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications/web/status`;
    const conditions = [{ type: 'Synced', status: 'Unknown', reason: 'Test', message: '', lastTransitionTime: epoch }];
    await bench.kube.call('PATCH', path, { metadata: { uid: metadata.uid }, status: { conditions } });
  }

  bench.start();
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 100_000 } } });
  await bench.application('web', ({ status }) => status?.history?.[0]?.pruned === 3);
  expect(await left()).toEqual([]);

  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 1 } } });
  const path = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.kube.call('DELETE', `${path}/web`);
  const leaving = await bench.application('web', (seen) => messageOf(seen, 'Synced').includes('its deletion waits'));
  expect(hasCondition('Synced', 'Unknown', 'Deleting')(leaving)).toBe(true);
  await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps/last`);
  await bench.patchApplication('web', { spec: { sync: { deletionsPerMinute: 100_000 } } });
  await bench.kube.untilGone(path, 'web', limit());
});
