import { beforeEach, expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';
import { limit } from '../../../test/support/limit.ts';
import { schedule } from '../schedule.ts';

// Kinds that something else brings, while an Application that has objects of them is there already.
const bench = controllerOfEachTest('missing');
let group: string;
beforeEach(async () => {
  group = `${bench.namespace}.example.dev`;
});

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
const removeKind = (kind: string): Promise<unknown> =>
  bench.kube.call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${kind.toLowerCase()}s.${group}`);
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
  await removeKind('Zone');
});

const waiting = (phase: string, wave = 0) => ({
  'plumbline.dev/hook': phase,
  'plumbline.dev/missing-kind': 'wait',
  'plumbline.dev/sync-wave': String(wave),
});

test('a hook whose kind is missing is waited for in its phase, also in that of a deletion, and none runs twice for it', async () => {
  const commit = await bench.repository.commit({
    'app/before.yaml': hook('before-'),
    'app/gate.yaml': custom('Gate', waiting('PreSync', 1)),
    'app/settings.yaml': configMap('settings'),
    'app/check.yaml': custom('Check', waiting('PostSync')),
    'app/last.yaml': custom('Last', waiting('PreDelete')),
  });
  await bench.createRepository();
  const first = bench.start({ scheduleLooks });
  const source = { repositoryRef: { name: 'apps' }, path: 'app' };
  await bench.createApplication('app', { source, deletionPolicy: 'Cascade' });
  const missing = (kind: string): string => `the cluster has no kind ${kind} in ${group}/v1 yet`;
  const early = await bench.application('app', (seen) => messageOf(seen, 'Synced').includes(missing('Gate')));
  expect(messageOf(early, 'Synced')).toContain('the end of PreSync, wave 1 waits for:');
  const before = await made();
  expect(before).toEqual([expect.stringMatching(/^before-/)]);
  await installKind('Gate', 'Cluster');
  const late = await bench.application('app', (seen) => messageOf(seen, 'Synced').includes(missing('Check')));
  expect(messageOf(late, 'Synced')).toContain('the end of PostSync waits for:');
  await first.stop();
  await installKind('Check', 'Namespaced');
  bench.start({ scheduleLooks });
  await bench.application('app', isReadyAt(commit));
  expect(await made()).toEqual([...before, 'settings']);
  for (const place of [`namespaces/${bench.namespace}/checks/one`, 'gates/one'])
    expect(await bench.kube.call('GET', `/apis/${group}/v1/${place}`)).toMatchObject({ size: 1 });

  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.kube.call('DELETE', `${applications}/app`);
  const held = await bench.application('app', (seen) => messageOf(seen, 'Synced').includes(missing('Last')));
  expect(messageOf(held, 'Synced')).toContain('the end of PreDelete waits for:');
  expect(messageOf(held, 'Synced')).toContain('plumbline.dev/skipDeleteHooks=true');
  expect(await made()).toEqual([...before, 'settings']);
  await installKind('Last', 'Namespaced');
  await bench.kube.untilGone(applications, 'app', limit());
  expect(await bench.kube.call('GET', `/apis/${group}/v1/namespaces/${bench.namespace}/lasts`)).toMatchObject({
    items: [{ size: 1 }],
  });
  await removeKind('Gate');
});
