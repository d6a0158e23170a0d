import { expect, test } from 'vitest';
import { configMap, memberLike, ownSet, preparedObject, viewOf } from '../../test/support/sync-objects.ts';
import type { KubeObject } from '../object.ts';
import type { Member } from './member.ts';
import { planSync, type LastApplied, type Plan } from './plan.ts';
import type { ApiResource, KindRef } from './ports.ts';
import { prepare } from './prepare.ts';
import { awaitingUnreachable, downApiOf, unreachableAmong, unreachableProblems } from './unreachable.ts';

const things = { group: 'far.example', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
const api = 'far.example/v1';

function knowing(served: readonly ApiResource[], unavailable: readonly string[]) {
  return {
    unavailable,
    find: ({ group, version, kind }: KindRef): ApiResource | undefined =>
      served.find((one) => one.group === group && one.kind === kind && (version ?? one.version) === one.version),
  };
}

test('a kind is down with the version that it is served at, and where it is not listed with any of its group', () => {
  const { group, kind } = things;
  expect(downApiOf(things, knowing([things], []))).toBeUndefined();
  expect(downApiOf(things, knowing([things], [api]))).toBe(api);
  expect(downApiOf({ group, kind }, knowing([things], [api]))).toBe(api);
  expect(downApiOf({ group, kind }, knowing([], [api]))).toBe(api);
  expect(downApiOf(things, knowing([things], ['far.example/v2']))).toBeUndefined();
  expect(downApiOf(things, knowing([], ['far.example/v2']))).toBe('far.example/v2');
  expect(downApiOf(things, knowing([], ['very.far.example/v1', 'example/v1']))).toBeUndefined();
  expect(downApiOf({ group: '', kind: 'ConfigMap' }, knowing([], [api]))).toBeUndefined();
});

test('there is one problem for each API, which names its kinds', () => {
  const kinds = ['Thing', 'Part'].map((kind) => ({ group: 'far.example', kind }));
  const found = unreachableAmong([...kinds, { group: 'apps', kind: 'Deployment' }], knowing([], [api]));
  expect([...found.keys()]).toEqual(['Thing.far.example', 'Part.far.example']);
  expect(unreachableProblems(found)).toEqual([
    {
      code: 'kube.api-unavailable',
      message: `the API ${api} does not answer: its objects (Part.far.example, Thing.far.example) are left as they are until it does`,
    },
  ]);
  expect(unreachableProblems(new Map())).toEqual([]);
});

const unreachable = new Map([['Thing.far.example', api]]);
const thingOf = (name: string, size = 1): KubeObject => ({
  apiVersion: api,
  kind: 'Thing',
  metadata: { name, namespace: 'prod' },
  size,
});
const serviceOf = (name: string): KubeObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name },
});

interface Given {
  readonly desired: readonly KubeObject[];
  readonly members?: readonly Member[];
  readonly lastApplied?: LastApplied;
  readonly unmoved?: boolean;
}

function plan({ desired, members = [], lastApplied = new Map(), unmoved = false }: Given): Plan {
  const objects = desired.map((object) => preparedObject(object));
  const set = awaitingUnreachable({ objects, digest: '' }, unreachable);
  const prune = { enabled: true };
  return planSync({ desired: set, applySet: ownSet, view: viewOf(members), lastApplied, prune, unmoved, unreachable });
}

const shown = ({ apply, prune, blocked, unchanged }: Plan) => ({
  apply: apply.map(
    ({ desired, reason }) => `${desired.key.name} ${reason}${desired.awaited === true ? ' awaited' : ''}`,
  ),
  prune: prune.map(({ key }) => key.name),
  blocked: blocked.map(({ key, reason }) => `${key.name} ${reason}`),
  unchanged: unchanged.map(({ desired }) => desired.key.name),
});

test('what cannot be looked at is left, whatever was seen last, and waited for where Git says something else of it', () => {
  const [old, young] = [preparedObject(thingOf('a')), preparedObject(thingOf('a', 2))];
  const lastApplied = new Map([[old.id, { digest: old.digest, fingerprint: 'as left' }]]);
  const left = { apply: [], prune: [], blocked: ['a unreachable'], unchanged: [] };
  const waits = { apply: ['a changed awaited'], prune: [], blocked: [], unchanged: [] };
  const drifted = memberLike(old.object, { fingerprint: 'of others' });
  expect(shown(plan({ desired: [thingOf('a')], members: [drifted], lastApplied }))).toEqual(left);
  // It is not there: after a start nothing has been seen, and the digest of all tells that Git has not moved.
  expect(shown(plan({ desired: [thingOf('a')], lastApplied }))).toEqual(left);
  expect(shown(plan({ desired: [thingOf('a')], unmoved: true }))).toEqual(left);
  expect(shown(plan({ desired: [thingOf('a', 2)], members: [drifted], lastApplied }))).toEqual(waits);
  expect(shown(plan({ desired: [thingOf('a')] }))).toEqual({ ...waits, apply: ['a missing awaited'] });
  expect(young.digest).not.toBe(old.digest);
});

test('what is not desired stays where it cannot be looked at, with the APIService that announces it; all else goes', () => {
  const gone = [configMap('one'), thingOf('a'), serviceOf('v1.far.example'), serviceOf('v1.near.example')];
  const leaving = memberLike(thingOf('b'), { deletionTimestamp: '2026-01-01T00:00:00Z' });
  const found = plan({
    desired: [configMap('stays')],
    members: [memberLike(configMap('stays')), ...gone.map((object) => memberLike(object)), leaving],
  });
  expect(shown(found)).toMatchObject({
    prune: ['one', 'v1.near.example'],
    blocked: ['a unreachable', 'v1.far.example unreachable', 'b unreachable'],
  });
  expect(found.leaving).toEqual([]);
});

test('a set has the same digest while a kind of it is down', () => {
  const rendered = [{ object: { apiVersion: api, kind: 'Thing', metadata: { name: 'a' } } as KubeObject }];
  const common = { namespace: 'prod', applySet: ownSet };
  const up = prepare(rendered, { ...common, lookup: () => things });
  const down = prepare(rendered, { ...common, lookup: () => undefined, isDown: () => true });
  expect(down.digest).toBe(up.digest);
  expect([up, down].map(({ objects }) => objects[0]?.awaited)).toEqual([undefined, true]);
  expect(() => prepare(rendered, { ...common, lookup: () => undefined, isDown: () => false })).toThrow(/no kind Thing/);
});
