import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import type { FieldChange, ObjectDiff } from '../sync/index.ts';
import { compareWithCluster } from './cluster.ts';
import { compareRenders } from './compare.ts';

const config = (name: string, data: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod' },
  data,
});
const live = (change: ObjectDiff['change'], name: string, ...changes: readonly FieldChange[]): ObjectDiff => ({
  id: `ConfigMap prod/${name}`,
  key: { group: '', kind: 'ConfigMap', namespace: 'prod', name },
  change,
  changes,
});
const field = (path: string, before: unknown, after: unknown): FieldChange => ({ path, before, after });
const one = config('a', { x: '1', y: '1' });

const cases: readonly (readonly [
  name: string,
  base: readonly KubeObject[],
  head: readonly KubeObject[],
  live: readonly ObjectDiff[],
  beyond: readonly string[],
  already: readonly string[],
])[] = [
  [
    'what both tell',
    [one],
    [config('a', { x: '2', y: '1' })],
    [live('update', 'a', field('data.x', '1', '2'))],
    [],
    [],
  ],
  [
    'a field that has drifted beside the change',
    [one],
    [config('a', { x: '2', y: '1' })],
    [live('update', 'a', field('data.x', '1', '2'), field('data.y', 'drifted', '1'))],
    ['ConfigMap prod/a data.y'],
    [],
  ],
  [
    'a field that has drifted and is changed, too',
    [one],
    [config('a', { x: '2', y: '1' })],
    [live('update', 'a', field('data.x', 'drifted', '2'))],
    ['ConfigMap prod/a data.x'],
    [],
  ],
  [
    'an object that the pull request leaves alone',
    [one, config('b', {})],
    [config('a', { x: '2', y: '1' }), config('b', {})],
    [live('update', 'a', field('data.x', '1', '2')), live('create', 'b', field('', undefined, {}))],
    ['ConfigMap prod/b '],
    [],
  ],
  ['what the cluster has already', [one], [config('a', { x: '2', y: '1' })], [], [], ['ConfigMap prod/a']],
  ['an object that comes', [], [one], [live('create', 'a', field('', undefined, {}))], [], []],
  ['an object that goes', [one], [], [live('delete', 'a', field('', {}, undefined))], [], []],
  [
    'an object that is renamed',
    [config('a', { x: '1' })],
    [config('b', { x: '1' })],
    [live('delete', 'a', field('', {}, undefined)), live('create', 'b', field('', undefined, {}))],
    [],
    [],
  ],
  [
    'a whole map that the change brings, and the server tells by its parts',
    [config('a', {})],
    [config('a', { nested: { x: '1', y: '2' } })],
    [live('update', 'a', field('data.nested.x', undefined, '1'), field('data.nested.y', undefined, '2'))],
    [],
    [],
  ],
  [
    'names that begin alike are other fields',
    [config('a', { x: '1', xy: '1' })],
    [config('a', { x: '2', xy: '1' })],
    [live('update', 'a', field('data.x', '1', '2'), field('data.xy', '0', '1'))],
    ['ConfigMap prod/a data.xy'],
    [],
  ],
];

test.each(cases)('%s', (_name, base, head, diffs, beyond, already) => {
  const found = compareWithCluster(compareRenders(base, head), diffs);
  expect(found.beyond.flatMap(({ id, changes }) => changes.map(({ path }) => `${id} ${path}`))).toEqual(beyond);
  expect(found.already).toEqual(already);
});

test('of a Secret not even that two keys have the same value is told', () => {
  const key = { group: '', kind: 'Secret', namespace: 'prod', name: 's' };
  const changes = [
    field('data.a', '*** (value 1)', '*** (value 2)'),
    field('', undefined, { data: { a: '*** (value 1)', b: '*** (value 1)' } }),
  ];
  const { beyond } = compareWithCluster([], [{ id: 'Secret prod/s', key, change: 'update', changes }]);
  expect(beyond[0]?.changes).toEqual([
    field('data.a', '***', '***'),
    field('', undefined, { data: { a: '***', b: '***' } }),
  ]);
});
