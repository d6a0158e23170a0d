import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryOf, liveObject, specArbitrary } from '../../test/support/owned-fields.ts';
import type { KubeObject } from '../object.ts';
import { formatUnified } from './diff-format.ts';
import { diffObject, type ObjectDiff } from './diff.ts';

function deployment(spec: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'prod', ...metadata }, spec };
}

function diff(live: KubeObject | undefined, rehearsed: KubeObject | undefined): ObjectDiff {
  return diffObject({ desired: rehearsed, live, rehearsed });
}

const fieldsV1 = {
  'f:spec': {
    'f:containers': {
      'k:{"name":"web"}': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {} } },
      'k:{"name":"log"}': {},
    },
  },
};
const managedFields = [{ manager: 'plumbline', operation: 'Apply', apiVersion: 'apps/v1', fieldsV1 }];

test('noise is no difference', () => {
  const live = deployment(
    { replicas: 2 },
    { uid: 'u', resourceVersion: '5', generation: 3, managedFields, creationTimestamp: 't' },
  );
  const rehearsed = {
    ...deployment({ replicas: 2 }, { resourceVersion: '6', generation: 4 }),
    status: { replicas: 2 },
  };
  expect(diff(live, rehearsed)).toEqual({
    id: 'apps/Deployment prod/web',
    key: diff(live, rehearsed).key,
    change: 'none',
    changes: [],
  });
});

test('fields are named with the keys that the server knows', () => {
  const live = deployment(
    {
      replicas: 2,
      containers: [
        { name: 'web', image: 'a', ports: [{ port: 80, protocol: 'TCP' }] },
        { name: 'log', image: 'l' },
      ],
    },
    { managedFields, labels: { 'app.kubernetes.io/name': 'old' } },
  );
  const rehearsed = deployment(
    { replicas: 5, containers: [{ name: 'web', image: 'b', ports: [{ port: 80, protocol: 'TCP', name: 'http' }] }] },
    { managedFields, labels: { 'app.kubernetes.io/name': 'new' } },
  );
  expect(diff(live, rehearsed).changes).toMatchObject([
    { path: 'metadata.labels["app.kubernetes.io/name"]', before: 'old', after: 'new' },
    { path: 'spec.replicas', before: 2, after: 5 },
    { path: 'spec.containers[name=web].image', before: 'a', after: 'b' },
    { path: 'spec.containers[name=web].ports[port=80,protocol=TCP].name', before: undefined, after: 'http' },
    { path: 'spec.containers[name=log]', before: { name: 'log', image: 'l' }, after: undefined },
  ]);
});

test('other lists are compared by place, or as a whole', () => {
  const live = deployment({ rules: [{ a: 1 }, { b: 2 }], args: ['x', 'y'] });
  const rehearsed = deployment({ rules: [{ a: 1 }, { b: 3 }, { c: 4 }], args: ['x'] });
  expect(diff(live, rehearsed).changes).toEqual([
    { path: 'spec.rules[1].b', before: 2, after: 3 },
    { path: 'spec.rules[2]', before: undefined, after: { c: 4 } },
    { path: 'spec.args', before: ['x', 'y'], after: ['x'] },
  ]);
});

test('another order of the same items is a difference', () => {
  const live = deployment({ containers: [{ name: 'web' }, { name: 'log' }] }, { managedFields });
  const rehearsed = deployment({ containers: [{ name: 'log' }, { name: 'web' }] }, { managedFields });
  expect(diff(live, rehearsed).changes.map(({ path }) => path)).toEqual(['spec.containers']);
});

function secret(data: Record<string, string>, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n', ...more }, data };
}

test('values of Secrets are never shown, and show whether they are equal', async () => {
  const values = ['b2xk', 'bmV3', 'c2FtZQ=='];
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"b2xk"}}' };
  const live = secret({ a: 'b2xk', b: 'c2FtZQ==', c: 'bmV3' }, { annotations });
  const changed = diff(live, secret({ a: 'bmV3', b: 'c2FtZQ==', c: 'b2xk' }));
  expect(changed.changes).toEqual([
    { path: 'data.a', before: '*** (value 1)', after: '*** (value 3)' },
    { path: 'data.c', before: '*** (value 3)', after: '*** (value 1)' },
  ]);
  const all = [
    changed,
    diff(undefined, live),
    diff(live, undefined),
    diff(live, { ...live, data: { a: 'b2xk' }, stringData: { z: 'plain' } }),
  ];
  const shown = JSON.stringify(all) + (await formatUnified(all, { color: false }));
  for (const value of [...values, 'plain']) expect(shown).not.toContain(value);
});

test('property: no value of a Secret is in its diff', () => {
  const dataArbitrary = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.stringMatching(/^[A-Za-z0-9]{8,20}$/));
  fc.assert(
    fc.property(dataArbitrary, dataArbitrary, (one, other) => {
      const result = diff(secret(one), secret(other));
      const text = JSON.stringify(result);
      for (const value of [...Object.values(one), ...Object.values(other)]) expect(text).not.toContain(value);
      const differing = ['a', 'b', 'c'].filter((name) => one[name] !== other[name]);
      const both = result.changes.filter(({ path }) => path.startsWith('data.')).map(({ path }) => path.slice(5));
      expect(both.toSorted()).toEqual(differing);
    }),
  );
});

test('property: there is a difference exactly where there is one', () => {
  fc.assert(
    fc.property(specArbitrary, specArbitrary, (one, other) => {
      const live = liveObject(one, [entryOf('plumbline', one)]);
      const rehearsed = liveObject(other, [entryOf('plumbline', other)]);
      expect(diff(live, rehearsed).change).toBe(
        JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)) ? 'none' : 'update',
      );
      expect(diff(live, live).change).toBe('none');
    }),
    { numRuns: 500 },
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}

test('the text reads as a unified diff, field by field', async () => {
  const live = deployment({
    replicas: 2,
    note: 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n',
    old: { a: [1, 'x'] },
  });
  const rehearsed = deployment({ replicas: 5, note: 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nNINE\n' });
  const text = await formatUnified([diff(live, rehearsed), diff(live, live)], { color: false });
  expect(text).toBe(
    [
      'apps/Deployment prod/web would be changed',
      '@@ spec.replicas @@',
      '-2',
      '+5',
      '@@ spec.note @@',
      '@@ 5 equal lines @@',
      ' six',
      ' seven',
      ' eight',
      '-nine',
      '+NINE',
      '@@ spec.old @@',
      '-a:',
      '-  - 1',
      '-  - x',
      '',
    ].join('\n'),
  );
});

test('an object that comes or goes is shown as it is written', async () => {
  const object = deployment({ replicas: 2 });
  expect(await formatUnified([diff(undefined, object)], { color: false })).toBe(
    [
      'apps/Deployment prod/web would be created',
      '+apiVersion: apps/v1',
      '+kind: Deployment',
      '+metadata:',
      '+  name: web',
      '+  namespace: prod',
      '+spec:',
      '+  replicas: 2',
      '',
    ].join('\n'),
  );
  expect(await formatUnified([diff(object, undefined)], { color: true })).toContain(
    '\u001B[31m-  replicas: 2\u001B[39m',
  );
  expect(await formatUnified([], { color: true })).toBe('');
});
