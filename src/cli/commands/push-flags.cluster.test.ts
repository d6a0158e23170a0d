import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliWorld, plumbInProcess } from '../../../test/support/cli.ts';
import { clusterAccess, kubeconfigPath, namespaceName } from '../../../test/support/cluster.ts';
import { connect, type SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { clusterClient, configMapOf, deployment, push } from '../../../test/support/sync-cluster.ts';
import type { KubeClient } from '../../kube/index.ts';

// What each flag of `plumb sync --path` does to a set that is in a real cluster.
const kube = connect(clusterAccess());
const folders: string[] = [];
let client: KubeClient;
beforeAll(async () => {
  client = await clusterClient();
});
afterAll(async () => {
  kube.close();
  await client.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const isGiven = ({ metadata: { name } }: SeenObject): boolean =>
  name !== 'kube-root-ca.crt' && !name.startsWith('plumbline-');

/** A set of objects in a namespace, and a folder that is to hold others of them. */
async function openSet(...objects: readonly object[]) {
  const namespace = namespaceName('cli-flags');
  await kube.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const folder = mkdtempSync(join(tmpdir(), 'plumb-flags-'));
  folders.push(folder);
  if (objects.length > 0) await push(client, namespace, objects, { name: 'plumbline-set' });
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    namespace,
    configMaps,
    write: (...items: readonly object[]): void =>
      writeFileSync(join(folder, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
    /** A file of rules beside the folder. */
    rules(text: string): string {
      const beside = mkdtempSync(join(tmpdir(), 'plumb-flags-rules-'));
      folders.push(beside);
      writeFileSync(join(beside, 'rules.yaml'), text);
      return join(beside, 'rules.yaml');
    },
    sync: (args: readonly string[], world: CliWorld = {}) =>
      plumbInProcess(
        ['sync', '--path', folder, '-n', namespace, '--name', 'set', '--kubeconfig', kubeconfigPath(), ...args],
        world,
      ),
    /** The names of its ConfigMaps. */
    names: async (): Promise<readonly string[]> =>
      ((await kube.call('GET', configMaps)).items ?? [])
        .filter(isGiven)
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    data: async (name: string) => (await kube.call('GET', `${configMaps}/${name}`)).data,
    /** Changes a ConfigMap in the name of another manager of fields. */
    edit: (name: string, data: object, manager: string) =>
      kube.call('PATCH', `${configMaps}/${name}?fieldManager=${manager}`, { data }),
  };
}

test('--no-prune leaves what is no longer in the folder', async () => {
  const set = await openSet(configMapOf('a', 'x'), configMapOf('b', 'x'));
  set.write(configMapOf('a', 'x'));
  const { exitCode, stderr } = await set.sync(['-q', '--no-prune', '--prune-limit', '100']);
  expect([exitCode, stderr]).toEqual([
    0,
    `ConfigMap ${set.namespace}/b: it is no longer desired, and pruning is off\n`,
  ]);
  expect(await set.names()).toEqual(['a', 'b']);
});

test('--allow-empty lets a folder without an object delete the set', async () => {
  const set = await openSet(configMapOf('a', 'x'), configMapOf('b', 'x'));
  set.write();
  const { exitCode, stderr } = await set.sync(['-q', '--allow-empty', '--prune-limit', '100']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(await set.names()).toEqual([]);
});

/** A Deployment that has gone from the folder, and whose ReplicaSet stays until it is let go. */
async function openHeld() {
  const set = await openSet(deployment('web'), configMapOf('a', 'x'));
  const path = `/apis/apps/v1/namespaces/${set.namespace}`;
  const { metadata } = await kube.until(`${path}/replicasets`, () => true, limit());
  const replicaSet = `${path}/replicasets/${metadata.name}`;
  const hold = (finalizers: readonly string[] | null) => kube.call('PATCH', replicaSet, { metadata: { finalizers } });
  await hold(['example.org/hold']);
  set.write(configMapOf('a', 'x'));
  return { ...set, path, replicaSet, hold };
}

test('--propagation Foreground: what is pruned stays until what it owns has gone', async () => {
  const { sync, path, hold } = await openHeld();
  const { exitCode, stdout } = await sync(['-q', '--propagation', 'Foreground']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('deployment.apps/web pruned')]);
  const web = await kube.call('GET', `${path}/deployments/web`);
  expect(web.metadata.finalizers).toEqual(['foregroundDeletion']);
  await kube.until(`${path}/replicasets`, ({ metadata }) => metadata.deletionTimestamp !== undefined, limit());
  await hold(null);
  await kube.untilGone(`${path}/deployments`, 'web', limit());
});

test('--propagation Orphan: what is pruned leaves what it owns', async () => {
  const { sync, path, replicaSet } = await openHeld();
  await sync(['-q', '--propagation', 'Orphan']);
  await kube.untilGone(`${path}/deployments`, 'web', limit());
  const { metadata } = await kube.call('GET', replicaSet);
  expect([metadata.deletionTimestamp, 'ownerReferences' in metadata]).toEqual([undefined, false]);
});

test('--prune-last: nothing is pruned before all else is applied and healthy', async () => {
  const set = await openSet(configMapOf('old', 'x'), configMapOf('a', 'x'));
  const rules = set.rules('- {kind: ConfigMap, progressing: "object.data.value == \'slow\'", otherwise: Healthy}\n');
  set.write(configMapOf('a', 'x'), configMapOf('slow', 'slow'));
  const { promise: waiting, resolve } = Promise.withResolvers<string>();
  const isWaiting = (text: string): void => void (text.includes('configmap/slow: ') && resolve('waiting'));
  const syncing = set.sync(['--prune-last', '--prune-limit', '100', '--health-rules', rules], {
    onProgress: isWaiting,
  });
  expect(await Promise.race([waiting, syncing])).toBe('waiting');
  const { metadata } = await kube.call('GET', `${set.configMaps}/old`);
  expect(metadata.deletionTimestamp).toBeUndefined();
  await set.edit('slow', { value: 'done' }, 'test');
  const { exitCode, stdout } = await syncing;
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('configmap/old pruned')]);
  expect(await set.names()).toEqual(['a', 'slow']);
});

test('--validation None: what the API server takes is applied, although it refuses the rest', async () => {
  const set = await openSet();
  set.write(configMapOf('a', 'x'), { ...configMapOf('bad', 'x'), data: { 'no key!': 'x' } });
  const { exitCode, stderr, stdout } = await set.sync(['-q', '--validation', 'None']);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('(kube.invalid)')]);
  expect(stdout.split('\n').toSorted()).toEqual(['', 'configmap/a created', 'configmap/bad failed']);
  expect(await set.names()).toEqual(['a']);
});

test('--no-force-conflicts: a field that another tool has is left to it, and the sync fails with its name', async () => {
  const set = await openSet(configMapOf('a', 'git'));
  await set.edit('a', { value: 'theirs' }, 'rival');
  set.write(configMapOf('a', 'git'));
  const { exitCode, stderr } = await set.sync(['-q', '--no-force-conflicts']);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('(kube.conflict)')]);
  expect(stderr).toContain('rival');
  expect(await set.data('a')).toEqual({ value: 'theirs' });
});

test('--write Override: what kubectl has set goes, and what a controller has set stays', async () => {
  const set = await openSet(configMapOf('a', 'git'));
  await set.edit('a', { typed: 'x' }, 'kubectl-edit');
  await set.edit('a', { controlled: 'x' }, 'some-controller');
  set.write(configMapOf('a', 'git'));
  expect(await set.sync(['-q', '--write', 'Override'])).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: 'configmap/a configured\n',
  });
  expect(await set.data('a')).toEqual({ value: 'git', controlled: 'x' });
});

test('--ignore-rules: a field of the rules is left to whoever has set it', async () => {
  const set = await openSet(configMapOf('a', 'git'));
  const rules = set.rules('- {kind: ConfigMap, fields: [/data/value]}\n');
  await set.edit('a', { value: 'theirs' }, 'rival');
  set.write({ ...configMapOf('a', 'git'), data: { value: 'git', more: 'git' } });
  const { exitCode, stderr } = await set.sync(['-q', '--ignore-rules', rules]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(await set.data('a')).toEqual({ value: 'theirs', more: 'git' });
});

const fixed = (value: string): object => ({ ...configMapOf('fixed', value), immutable: true });

test('without --recreate, and with Fail where the others say Skip or Wait, nothing of the set is synced', async () => {
  const set = await openSet(fixed('a'));
  await push(client, set.namespace, [configMapOf('shared', 'theirs')], { name: 'plumbline-other' });
  const widget = { apiVersion: `${set.namespace}.example.dev/v1`, kind: 'Widget', metadata: { name: 'one' } };
  const refused = async (flags: readonly string[], code: string, object: object): Promise<void> => {
    set.write(object, configMapOf('own', 'x'));
    const { exitCode, stderr } = await set.sync(['-q', '--no-prune', ...flags]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`(${code})`)]);
    expect(await set.names()).toEqual(['fixed', 'shared']);
  };
  await refused([], 'kube.invalid', fixed('b'));
  await refused(['--missing-kinds', 'Fail'], 'sync.unknown-kind', widget);
  await refused(['--shared-objects', 'Fail'], 'sync.claimed', configMapOf('shared', 'ours'));
});
