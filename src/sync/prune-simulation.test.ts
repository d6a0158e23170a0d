import { expect, test } from 'vitest';
import { syncModel } from '../../test/support/sync-model.ts';
import { configMap, ownSet, preparedObject, viewOf } from '../../test/support/sync-objects.ts';
import { plumbError } from '../errors.ts';
import { type KubeObject, keyOf, formatKey } from '../object.ts';
import { memberOf, type Member } from './member.ts';
import type { ListedResource, SyncCluster } from './ports.ts';
import { type SimulatedDeletion, simulatePrune } from './prune-simulation.ts';
import type { StepContext, SyncInput, SyncOptions } from './run-types.ts';

const argo = 'argocd.argoproj.io/sync-options';

/** A member as the API server shows it. */
function shown(name: string, annotations: Record<string, string> = {}, more: object = {}): Member {
  const object = configMap(name);
  const metadata = { ...object.metadata, uid: `uid-${name}`, annotations, ...more };
  return memberOf({ ...object, metadata }, 'plumbline');
}

function clusterWide(apiVersion: string, kind: string, name: string, spec: object = {}): KubeObject {
  const metadata = { name, uid: `uid-${name}`, labels: configMap(name).metadata.labels ?? {} };
  return { apiVersion, kind, metadata, spec };
}

const shop = memberOf(clusterWide('v1', 'Namespace', 'shop'), 'plumbline');

const kindOf = (group: string, kind: string, plural: string): ListedResource => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
  verbs: ['list', 'delete'],
  preferred: true,
});

interface Given {
  readonly members: readonly Member[];
  /** Names of what is still desired. */
  readonly desired?: readonly string[];
  readonly options?: SyncOptions;
  /** Live objects that are read by their name. */
  readonly live?: ReadonlyMap<string, KubeObject>;
  /** What others have, by kind. */
  readonly others?: Readonly<Record<string, readonly KubeObject[]>>;
  /** Names of what the API server does not delete. */
  readonly refused?: readonly string[];
}

/** What a prune would do where pruning is on and nothing limits it, unless something else is given. */
async function simulated({
  members,
  desired = ['stays'],
  options,
  live = new Map(),
  others = {},
  refused = [],
}: Given) {
  const context = syncModel().context();
  const deleted: string[] = [];
  const cluster: SyncCluster = {
    ...context.cluster,
    discovery: {
      ...context.cluster.discovery,
      resources: () =>
        Promise.resolve([kindOf('', 'ConfigMap', 'configmaps'), kindOf('example.org', 'Widget', 'widgets')]),
    },
    async *list({ kind }) {
      yield* others[kind] ?? [];
    },
    get: ({ name }) => Promise.resolve(live.get(name)),
    delete: ({ name }, { dryRun }) => {
      expect(dryRun).toBe(true);
      if (refused.includes(name)) return Promise.reject(plumbError('kube.admission-denied', `${name} is protected`));
      deleted.push(name);
      return Promise.resolve({ state: 'gone' });
    },
  };
  const objects = desired.map((name) => preparedObject(configMap(name)));
  const input: SyncInput = {
    desired: { objects, digest: '' },
    applySet: ownSet,
    parentNamespace: 'n',
    parent: { groupKinds: [], namespaces: [] },
    lastApplied: new Map(),
    options: { prune: true, ...options },
  };
  const all = [...members, ...desired.map((name) => shown(name))];
  const step: Pick<StepContext, 'view' | 'cluster' | 'signal'> = { ...context, cluster, view: viewOf(all) };
  const found = await simulatePrune(input, step);
  return { ...found, deleted };
}

const rowOf = ({ key, outcome, reason, step }: SimulatedDeletion) =>
  [key.name, outcome, reason, ...(step === undefined ? [] : [step])].join(' ');
const rowsOf = async (given: Given): Promise<string[]> => (await simulated(given)).deletions.map(rowOf);
const messageOf = async (given: Given, name: string): Promise<string | undefined> =>
  (await simulated(given)).deletions.find(({ key }) => key.name === name)?.message;

test('what is no longer desired would go, and what is desired is not named', async () => {
  expect(await rowsOf({ members: [shown('a')] })).toEqual(['a delete not-desired 1']);
  expect(await messageOf({ members: [shown('a')] }, 'a')).toBe('it is no longer desired');
  expect(await rowsOf({ members: [] })).toEqual([]);
});

test.each([
  [{ 'plumbline.dev/prune': 'disabled' }, 'plumbline.dev/prune: disabled'],
  [{ [argo]: 'Prune=false' }, `${argo}: Prune=false`],
  [{ 'helm.sh/resource-policy': 'keep' }, 'helm.sh/resource-policy: keep'],
  [{ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }, 'kustomize.toolkit.fluxcd.io/prune: disabled'],
  [{ 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }, 'its annotation to be ignored'],
])('%j keeps an object, and is named', async (annotations, named) => {
  const given = { members: [shown('a', annotations), shown('b')] };
  expect(await rowsOf(given)).toEqual(['b delete not-desired 1', 'a blocked kept']);
  expect(await messageOf(given, 'a')).toBe(`it is no longer desired, and ${named} keeps it`);
  // Nor is it kept for another reason where pruning is off.
  expect(await rowsOf({ ...given, options: { prune: false } })).toEqual(['a blocked kept', 'b blocked prune-off']);
});

test.each([
  [{ 'plumbline.dev/prune': 'confirm' }, 'plumbline.dev/prune: confirm'],
  [{ [argo]: 'Prune=confirm' }, `${argo}: Prune=confirm`],
])('%j asks for approval of that object, and the token lets it go', async (annotations, named) => {
  const given = { members: [shown('a', annotations), shown('b')] };
  const asked = await simulated(given);
  expect(asked.deletions.map(rowOf)).toEqual(['b delete not-desired 1', 'a blocked confirm']);
  expect(asked.deletions[1]?.message).toBe(`${named} asks for approval`);
  const approval = asked.approval ?? '';
  expect(await rowsOf({ ...given, options: { approval } })).toEqual([
    'a delete not-desired 1',
    'b delete not-desired 1',
  ]);
  expect(await rowsOf({ ...given, options: { approval: 'other' } })).toEqual(asked.deletions.map(rowOf));
});

test('where pruning is off all stays, and that is the reason', async () => {
  const given = { members: [shown('a')], options: { prune: false } };
  expect(await rowsOf(given)).toEqual(['a blocked prune-off']);
  expect(await messageOf(given, 'a')).toBe('it is no longer desired, and pruning is off');
});

test('where nothing at all is desired all stays, unless that is said to be meant', async () => {
  const given = { members: [shown('a'), shown('b')], desired: [] };
  expect(await rowsOf(given)).toEqual(['a blocked empty-render', 'b blocked empty-render']);
  expect(await messageOf(given, 'a')).toContain('nothing at all is desired, which is taken for a mistake');
  expect(await rowsOf({ ...given, options: { allowEmpty: true } })).toEqual([
    'a delete not-desired 1',
    'b delete not-desired 1',
  ]);
});

test.each([
  [{ objects: 1 }, '2 of 3 objects would be deleted, more than the 1 that may without approval'],
  [{ percent: 50 }, '2 of 3 objects would be deleted, more than the 50 % that may without approval'],
])('above the limit %j all waits, and the token lets it go', async (pruneLimit, message) => {
  const given = { members: [shown('a'), shown('b')], options: { pruneLimit } };
  const asked = await simulated(given);
  expect(asked.deletions.map(rowOf)).toEqual(['a blocked limit', 'b blocked limit']);
  expect(asked.deletions[0]?.message).toBe(message);
  const approval = asked.approval ?? '';
  expect(await rowsOf({ ...given, options: { pruneLimit, approval } })).toEqual([
    'a delete not-desired 1',
    'b delete not-desired 1',
  ]);
});

test.each([
  [{ 'plumbline.dev/prune-last': 'true' }, {}],
  [{ [argo]: 'PruneLast=true' }, {}],
])('%j goes after everything else', async (annotations, options) => {
  const given = { members: [shown('a', annotations), shop], options };
  expect(await rowsOf(given)).toEqual(['shop delete not-desired 1', 'a delete not-desired 2']);
});

test('what is being deleted is no matter of this prune, and says what holds it', async () => {
  const leaving = { deletionTimestamp: '2026-11-22T10:00:00Z', finalizers: ['example.org/hold'] };
  const given = { members: [shown('a', {}, leaving)] };
  expect(await rowsOf(given)).toEqual(['a leaving not-desired']);
  expect(await messageOf(given, 'a')).toBe('it is being deleted since 2026-11-22T10:00:00Z, held by example.org/hold');
});

test('what the API server refuses is told, and what comes after it is not reached', async () => {
  const given = { members: [shown('a'), shop], refused: ['a'] };
  const found = await simulated(given);
  expect(found.deletions.map(rowOf)).toEqual(['a refused not-desired', 'shop not-reached not-desired']);
  expect(found.deletions.map(({ message }) => message)).toEqual([
    'a is protected',
    'something that goes before it would be refused',
  ]);
  expect(found.problems).toMatchObject([{ code: 'kube.admission-denied', where: { object: 'ConfigMap n/a' } }]);
  // What goes last is behind it, too.
  const last = [shown('a'), shown('z', { 'plumbline.dev/prune-last': 'true' })];
  expect(await rowsOf({ members: last, refused: ['a'] })).toEqual([
    'a refused not-desired',
    'z not-reached not-desired',
  ]);
});

const theirs = (kind: string, apiVersion: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'theirs', namespace: 'shop', uid: 'uid-theirs' },
});

test('a namespace stays for what others have in it, and goes with what it holds besides', async () => {
  const given: Given = { members: [shop] };
  const held = await simulated({ ...given, others: { ConfigMap: [theirs('ConfigMap', 'v1')] } });
  expect(held.deletions.map(rowOf)).toEqual(['shop blocked holds-others']);
  expect(held.deletions[0]?.message).toBe('it still holds objects of others: ConfigMap shop/theirs');
  expect(held.deleted).toEqual([]);
  const root = { ...theirs('ConfigMap', 'v1'), metadata: { name: 'kube-root-ca.crt', namespace: 'shop', uid: 'r' } };
  const free = await simulated({ ...given, others: { ConfigMap: [root] } });
  expect(free.deletions.map(rowOf)).toEqual(['shop delete not-desired 1']);
  expect(free.deletions[0]?.takes.map(({ id }) => id)).toEqual([formatKey(keyOf(root))]);
});

test('a definition stays for what others have made of it', async () => {
  const spec = { group: 'example.org', names: { kind: 'Widget', plural: 'widgets' } };
  const name = 'widgets.example.org';
  const definition = clusterWide('apiextensions.k8s.io/v1', 'CustomResourceDefinition', name, spec);
  const given: Given = { members: [memberOf(definition, 'plumbline')], live: new Map([[name, definition]]) };
  expect(await rowsOf(given)).toEqual(['widgets.example.org delete not-desired 1']);
  const held = await simulated({ ...given, others: { Widget: [theirs('Widget', 'example.org/v1')] } });
  expect(held.deletions.map(rowOf)).toEqual(['widgets.example.org blocked holds-others']);
  expect(held.deletions[0]?.message).toContain('Widget shop/theirs');
});
