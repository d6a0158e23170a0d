import { beforeEach, expect, test } from 'vitest';
import { openConversionWebhook } from '../../../test/support/conversion-webhook.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

// Kinds that go, come and change while objects of them are synced.
const bench = controllerOfEachTest('kinds');
let group: string;
beforeEach(async () => {
  group = `${bench.namespace}.example.dev`;
});

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

test('a definition gets a new version, a webhook that converts to it and an object of it in one commit: it gets there when the webhook does', async () => {
  // What v1 calls `size` lies deeper in v2.
  const webhook = await openConversionWebhook(`things.${group}`, (object, apiVersion) => {
    const { size, measures, ...rest } = object as KubeObject & { size?: number; measures?: { size?: number } };
    const value = size ?? measures?.size;
    return { ...rest, apiVersion, ...(apiVersion === `${group}/v1` ? { size: value } : { measures: { size: value } }) };
  });
  const size = { type: 'object', properties: { size: { type: 'integer' } } };
  const [old, young] = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: size } },
    {
      name: 'v2',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', properties: { measures: size } } },
    },
  ];
  const plain = definition(['v1']) as KubeObject & { readonly spec: object };
  const defined = (more: object): string => JSON.stringify({ ...plain, spec: { ...plain.spec, ...more } });
  const measured = (name: string, value: number): string =>
    JSON.stringify({ apiVersion: `${group}/v2`, kind: 'Thing', metadata: { name }, measures: { size: value } });

  const first = await bench.repository.commit({
    'app/definition.yaml': defined({ versions: [old] }),
    'app/one.yaml': thing('one', 1),
  });
  await bench.createRepository();
  const controller = bench.start();
  const source = { repositoryRef: { name: 'apps' }, path: 'app' };
  await bench.createApplication('app', { source, sync: { retry: { backoff: { duration: '1s', maxDuration: '1s' } } } });
  await bench.application('app', isReadyAt(first));
  const { metadata } = await bench.kube.call('GET', `${things()}/one`);

  const second = await bench.repository.commit({
    'app/definition.yaml': defined({
      versions: [{ ...old, storage: false }, young],
      conversion: webhook.conversion,
    }),
    'app/one.yaml': measured('one', 2),
    'app/two.yaml': measured('two', 3),
  });
  controller.trigger();
  const held = await bench.application('app', (seen) => messageOf(seen, 'Synced').includes('conversion webhook'));
  expect(hasCondition('Synced', 'False', 'SyncFailed')(held)).toBe(true);
  expect(messageOf(held, 'Synced')).toContain(`app/one.yaml:1:1 ${group}/Thing ${bench.namespace}/one: `);
  expect(messageOf(held, 'Synced')).toContain('kube.webhook-failed');
  expect([held.status?.revision, webhook.asked()]).toEqual([first, 0]);
  webhook.isUp = true;
  await bench.application('app', isReadyAt(second));
  // The same object, which both versions tell of.
  expect(await bench.kube.call('GET', `${things('v2')}/one`)).toMatchObject({
    metadata: { uid: metadata.uid },
    measures: { size: 2 },
  });
  expect(await bench.kube.call('GET', `${things()}/two`)).toMatchObject({ size: 3 });
  expect(webhook.asked()).toBeGreaterThan(0);
});
