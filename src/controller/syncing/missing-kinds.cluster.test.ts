import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  messageOf,
  openControllerBench,
} from '../../../test/support/controller.ts';
import { createRenderer } from '../../render/index.ts';
import { schedule } from '../schedule.ts';

// Kinds that something else brings, while an Application that has objects of them is there already.
const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: ControllerBench;
let group: string;
beforeEach(async ({ onTestFailed }) => {
  bench = await openControllerBench('missing', { shared: renderer });
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
  group = `${bench.namespace}.example.dev`;
});
afterEach(() => bench.close());
afterAll(() => renderer.close());

/** Whoever waits looks again after 30 s by itself. Without that, whoever gets on was woken by an event. */
const scheduleLooks = (milliseconds: number, callback: () => void): (() => void) =>
  milliseconds < 20_000 ? schedule(milliseconds, callback) : () => undefined;

/** As an operator installs it: by somebody else, and of no Application. */
async function installKind(kind: string, scope: 'Namespaced' | 'Cluster'): Promise<void> {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  await bench.kube.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
}

const custom = (kind: string, annotations: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata: { name: 'one', annotations }, size: 1 });
const configMap = (name: string, wave = 0): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations: { 'plumbline.dev/sync-wave': String(wave) } },
  });
const configMaps = (): string => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const hook = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { generateName: name, annotations: { 'plumbline.dev/hook': 'PreSync' } },
  });

/** The configuration maps, without the one that Kubernetes makes. */
async function made(): Promise<readonly string[]> {
  const { items = [] } = await bench.kube.call('GET', configMaps());
  return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
}

test('kinds that are missing are named, and the sync begins by the event of the last one, whoever brings it', async () => {
  const commit = await bench.repository.commit({
    'app/thing.yaml': custom('Thing'),
    'app/part.yaml': custom('Part'),
    'app/settings.yaml': configMap('settings'),
  });
  await bench.createRepository();
  bench.start({ scheduleLooks });
  await bench.createApplication('app', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const missing = await bench.application('app', hasCondition('Synced', 'False', 'KindMissing'));
  expect(messageOf(missing, 'Synced')).toContain(`the cluster has no kind Thing in ${group}/v1`);
  expect(messageOf(missing, 'Synced')).toContain(`the cluster has no kind Part in ${group}/v1`);
  await installKind('Thing', 'Namespaced');
  const half = await bench.application('app', (seen) => !messageOf(seen, 'Synced').includes('no kind Thing'));
  expect(hasCondition('Synced', 'False', 'KindMissing')(half)).toBe(true);
  expect(messageOf(half, 'Synced')).toContain(`the cluster has no kind Part in ${group}/v1`);
  expect(await made()).toEqual([]);
  await installKind('Part', 'Namespaced');
  await bench.application('app', isReadyAt(commit));
  expect(await made()).toEqual(['settings']);
});

test('what is waited for is applied in its wave when its kind comes, and hooks that have run do not run again', async () => {
  const skip = { 'argocd.argoproj.io/sync-options': 'SkipDryRunOnMissingResource=true' };
  const commit = await bench.repository.commit({
    'app/hook.yaml': hook('before-'),
    'app/beside.yaml': configMap('beside'),
    'app/thing.yaml': custom('Thing', skip),
    // Nobody can tell of this one before it is there that it lives in no namespace.
    'app/zone.yaml': custom('Zone', { 'plumbline.dev/missing-kind': 'wait' }),
    'app/later.yaml': configMap('later', 1),
  });
  await bench.createRepository();
  bench.start({ scheduleLooks });
  await bench.createApplication('app', { source: { repositoryRef: { name: 'apps' }, path: 'app' } });
  const waiting = await bench.application('app', (seen) => messageOf(seen, 'Synced').includes('waits for'));
  expect(hasCondition('Synced', 'False', 'Syncing')(waiting)).toBe(true);
  const message = messageOf(waiting, 'Synced');
  expect(message).toContain(`${group}/Thing ${bench.namespace}/one: the cluster has no kind Thing in ${group}/v1 yet`);
  expect(message).toContain(`the cluster has no kind Zone in ${group}/v1 yet`);
  const before = await made();
  expect(before).toEqual([expect.stringMatching(/^before-/), 'beside']);
  await installKind('Zone', 'Cluster');
  await installKind('Thing', 'Namespaced');
  await bench.application('app', isReadyAt(commit));
  expect(await made()).toEqual([...before, 'later']);
  for (const place of [`namespaces/${bench.namespace}/things/one`, 'zones/one'])
    expect(await bench.kube.call('GET', `/apis/${group}/v1/${place}`)).toMatchObject({ size: 1 });
  await bench.kube.call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/zones.${group}`);
});
