import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { contains, isGone } from './contained.ts';

function object(fields: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'one', ...metadata }, ...fields };
}

test.for<{ readonly what: string; readonly live: object; readonly file: object; readonly has: boolean }>([
  { what: 'the same', live: { spec: { a: 1 } }, file: { spec: { a: 1 } }, has: true },
  { what: 'a default that the server filled in', live: { spec: { a: 1, b: 2 } }, file: { spec: { a: 1 } }, has: true },
  { what: 'another value', live: { spec: { a: 1 } }, file: { spec: { a: 2 } }, has: false },
  { what: 'a missing field', live: { spec: {} }, file: { spec: { a: 1 } }, has: false },
  { what: 'a default inside an item', live: { l: [{ n: 'x', p: 'TCP' }] }, file: { l: [{ n: 'x' }] }, has: true },
  {
    what: 'a list in another order',
    live: { l: [{ n: 'b' }, { n: 'a' }] },
    file: { l: [{ n: 'a' }, { n: 'b' }] },
    has: true,
  },
  { what: 'an item that is not taken out yet', live: { l: ['a', 'b'] }, file: { l: ['a'] }, has: false },
  { what: 'an item twice', live: { l: ['a', 'b'] }, file: { l: ['a', 'a'] }, has: false },
  { what: 'a quantity in its canonical form', live: { cpu: '2' }, file: { cpu: '2000m' }, has: true },
  { what: 'a quantity as a number', live: { cpu: '1500m' }, file: { cpu: 1.5 }, has: true },
  { what: 'another quantity', live: { memory: '1Gi' }, file: { memory: '1G' }, has: false },
  { what: 'an empty map that the server leaves out', live: {}, file: { spec: { a: {} } }, has: false },
  { what: 'an empty map at the end', live: { spec: {} }, file: { spec: { a: {} } }, has: true },
  { what: 'null for nothing', live: { spec: {} }, file: { spec: { a: null } }, has: true },
])('$what', ({ live, file, has }) => {
  expect(contains(object(live), object(file))).toBe(has);
});

test('what only the server writes is not asked for', () => {
  const live = object(
    { status: { ready: true } },
    { namespace: 'shop', uid: 'u', labels: { app: 'web', more: 'yes' } },
  );
  expect(contains(live, object({ status: { ready: false } }, { labels: { app: 'web' } }))).toBe(true);
  expect(contains(live, object({}, { labels: { app: 'api' } }))).toBe(false);
});

test('an object has all of any part of itself, and not what was changed', () => {
  const value = fc.jsonValue({ maxDepth: 3 }).filter((json) => json !== null);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { minKeys: 1 }), fc.string(), (spec, other) => {
      const live = object({ spec });
      expect(contains(live, live)).toBe(true);
      const [name = ''] = Object.keys(spec);
      expect(contains(live, object({ spec: { [name]: spec[name] } }))).toBe(true);
      expect(contains(live, object({ spec: { [name]: { [`${other}-new`]: 'x' } } }))).toBe(false);
    }),
  );
});

test('a field is gone when it is, or when nobody who applies it owns it any more', () => {
  const path = ['metadata', 'labels', 'a/b'];
  const owned = { 'f:metadata': { 'f:labels': { 'f:a/b': {} } } };
  const managed = (operation: string) => [{ manager: 'plumbline', operation, fieldsV1: owned }];
  expect(isGone(object({}), path)).toBe(true);
  expect(isGone(object({}, { labels: { 'a/b': 'x' }, managedFields: managed('Apply') }), path)).toBe(false);
  expect(isGone(object({}, { labels: { 'a/b': 'x' }, managedFields: managed('Update') }), path)).toBe(true);
});
