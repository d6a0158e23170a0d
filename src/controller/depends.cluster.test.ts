import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  messageOf,
  openControllerBench,
} from '../../test/support/controller.ts';
import { createRenderer } from '../render/index.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: ControllerBench;

beforeEach(async ({ onTestFailed }) => {
  bench = await openControllerBench('depends', { shared: renderer });
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
});
afterEach(() => bench.close());
afterAll(() => renderer.close());

const configMap = (name: string, value = '1'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {value: "${value}"}\n`;

interface Spec {
  readonly path: string;
  readonly dependsOn?: readonly object[];
}

const create = (name: string, ...needs: readonly string[]): Promise<void> =>
  bench.createApplication(name, specOf(name, ...needs.map((need) => ({ name: need }))));

function specOf(path: string, ...dependsOn: readonly object[]): object {
  const spec: Spec = { path, dependsOn };
  return { source: { repositoryRef: { name: 'apps' }, path: spec.path }, dependsOn: spec.dependsOn };
}

/** The configuration maps that were made, the oldest first. */
async function made(): Promise<readonly string[]> {
  const { items = [] } = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps`);
  const names = new Map(items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]));
  names.delete('kube-root-ca.crt');
  return [...names].toSorted(([, one], [, other]) => one - other).map(([name]) => name);
}

const length = 20;
const chain = Array.from({ length }, (_, at) => `app-${String(at).padStart(2, '0')}`);
const chainFiles = (value: string): Record<string, string> =>
  Object.fromEntries(chain.map((name) => [`${name}/settings.yaml`, configMap(name, value)]));
/** Timers that never fire: whoever gets on without them was woken by an event. */
const noTimers = (): (() => void) => () => {};

test('a chain of 20 settles by events alone, in its order, and so does the next commit', async () => {
  const first = await bench.repository.commit(chainFiles('1'));
  await bench.createRepository();
  // The last is created first, so that nothing is in order by chance.
  for (const [at, name] of [...chain.entries()].toReversed()) await create(name, ...chain.slice(at - 1, at));
  const controller = bench.start({ scheduleLooks: noTimers });
  await bench.applications(chain, isReadyAt(first));
  expect(await made()).toEqual(chain);
  const second = await bench.repository.commit(chainFiles('2'));
  controller.trigger();
  await bench.applications(chain, isReadyAt(second));
  // The version of an object counts up with each write: the newest of the chain is the last of it.
  expect(await made()).toEqual(chain);
});

test('a restart in the middle goes on from there', async () => {
  const commit = await bench.repository.commit({ ...chainFiles('1'), 'app-02/settings.yaml': 'kind: nothing\n' });
  await bench.createRepository();
  const names = chain.slice(0, 5);
  for (const [at, name] of names.entries()) await create(name, ...names.slice(Math.max(at - 1, 0), at));
  const controller = bench.start();
  const held = await bench.application('app-03', hasCondition('Synced', 'False', 'DependencyFailed'));
  expect(messageOf(held, 'Synced')).toContain(`${bench.namespace}/app-02 is not ready: RenderFailed`);
  expect(hasCondition('Reconciling', 'True', 'DependencyFailed')(held)).toBe(true);
  expect(await made()).toEqual(['app-00', 'app-01']);
  await bench.application('app-01', isReadyAt(commit));
  await controller.stop();
  const mended = await bench.repository.commit({ 'app-02/settings.yaml': configMap('app-02') });
  bench.start({ scheduleLooks: noTimers });
  await bench.applications(names.slice(2), isReadyAt(mended));
  expect(await made()).toEqual(names);
});
