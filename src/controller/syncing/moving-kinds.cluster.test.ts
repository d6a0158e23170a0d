import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  messageOf,
  openControllerBench,
} from '../../../test/support/controller.ts';
import type { KubeClient } from '../../kube/index.ts';
import { createRenderer } from '../../render/index.ts';
import { limit } from '../../../test/support/limit.ts';

// Kinds that go, come and change while objects of them are synced.
const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: ControllerBench;
let group: string;
beforeEach(async ({ onTestFailed }) => {
  bench = await openControllerBench('kinds', { shared: renderer });
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
  group = `${bench.namespace}.example.dev`;
});
afterEach(async () => {
  await bench.close();
});
afterAll(() => renderer.close());

const definitionPath = () => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions`;
const things = (version = 'v1') => `/apis/${group}/${version}/namespaces/${bench.namespace}/things`;

function definition(served: readonly string[]): object {
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
      versions: ['v1', 'v2'].map((name) => ({ name, served: served.includes(name), storage: name === 'v2', schema })),
    },
  };
}

const thing = (name: string, size: number, version = 'v1') =>
  JSON.stringify({ apiVersion: `${group}/${version}`, kind: 'Thing', metadata: { name }, size });
const settings = (value: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { value } });

/** The client of the bench, which does something once, right before it applies an object for good. */
function before(
  name: string,
  act: () => Promise<unknown>,
): { readonly client: KubeClient; readonly done: () => boolean } {
  let isDone = false;
  const client: KubeClient = {
    ...bench.client,
    apply: async (object, options) => {
      if (!isDone && object.metadata.name === name && options.dryRun !== true) {
        isDone = true;
        await act();
      }
      return bench.client.apply(object, options);
    },
  };
  return { client, done: () => isDone };
}

test('a definition that is removed while its objects are applied is made again, and they with it', async () => {
  const commit = await bench.repository.commit({
    'app/definition.yaml': JSON.stringify(definition(['v1', 'v2'])),
    'app/one.yaml': thing('one', 1),
    'app/two.yaml': thing('two', 2),
    'app/settings.yaml': settings('x'),
  });
  const { client, done } = before('two', async () => {
    await bench.kube.call('DELETE', `${definitionPath()}/things.${group}`);
    await bench.kube.untilGone(definitionPath(), `things.${group}`, limit());
  });
  await bench.createRepository();
  bench.start({ client });
  await bench.createApplication('app', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  await bench.application('app', isReadyAt(commit));
  expect(done()).toBe(true);
  const { items = [] } = await bench.kube.call('GET', things());
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);

  // And while nothing is synced.
  const old = new Set(items.map(({ metadata }) => metadata.uid));
  await bench.kube.call('DELETE', `${definitionPath()}/things.${group}`);
  for (const name of ['one', 'two'])
    await bench.kube.until(things(), ({ metadata }) => metadata.name === name && !old.has(metadata.uid), limit());
});

test('a version that is no longer served fails what is of it by name, prunes nothing, and the next version takes over', async () => {
  await bench.client.apply(definition(['v1', 'v2']) as never, { fieldManager: 'admin' });
  const first = await bench.repository.commit({
    'app/one.yaml': thing('one', 1),
    'app/two.yaml': thing('two', 2),
    'app/settings.yaml': settings('first'),
  });
  await bench.createRepository();
  const controller = bench.start();
  await bench.createApplication('app', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  await bench.application('app', isReadyAt(first));
  const uids = async (): Promise<readonly (string | undefined)[]> => {
    // The storage of a definition that has changed a moment ago is made anew: until then it answers 429.
    await bench.kube.until(things('v2'), ({ metadata }) => metadata.name === 'two', limit());
    const { items = [] } = await bench.kube.call('GET', things('v2'));
    return items.map(({ metadata }) => metadata.uid);
  };
  const made = await uids();
  await controller.stop();

  // Version v1 goes between the rehearsal and the apply.
  const second = before('two', async () => {
    await bench.client.apply(definition(['v2']) as never, { fieldManager: 'admin' });
    // The API server takes a moment to stop serving it.
    const signal = limit();
    for (let isServed = true; isServed; signal.throwIfAborted())
      isServed = await bench.kube.call('GET', things()).then(
        () => true,
        (error: Error) => !error.message.includes(': 404 '),
      );
  });
  const next = bench.start({ client: second.client });
  await bench.repository.commit({ 'app/two.yaml': thing('two', 3), 'app/settings.yaml': settings('second') });
  next.trigger();
  const failed = await bench.application('app', hasCondition('Synced', 'False'));
  expect(second.done()).toBe(true);
  expect(messageOf(failed, 'Synced')).toContain(`app/two.yaml:1:1 ${group}/Thing ${bench.namespace}/two: `);
  expect(messageOf(failed, 'Synced')).toContain(`does not serve the kind Thing in the version ${group}/v1`);
  expect(await uids()).toEqual(made);

  const third = await bench.repository.commit({
    'app/one.yaml': thing('one', 1, 'v2'),
    'app/two.yaml': thing('two', 3, 'v2'),
  });
  next.trigger();
  await bench.application('app', isReadyAt(third));
  // The same objects, and not new ones.
  expect(await uids()).toEqual(made);
});
