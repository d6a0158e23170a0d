import fc from 'fast-check';
import { expect, test } from 'vitest';
import { saidOf } from './said-of.ts';

test('what the desired object leaves out is left out, in items of lists as well', () => {
  const live = { spec: { clusterIP: '10.0.0.1', ports: [{ port: 80, protocol: 'TCP' }], type: 'ClusterIP' } };
  expect(saidOf(live, { spec: { ports: [{ port: 81 }] } })).toEqual({ spec: { ports: [{ port: 80 }] } });
});

test('lists of another length, and values of another shape, stay whole', () => {
  expect(saidOf({ a: [1, 2], b: { c: 1 } }, { a: [1], b: 'text' })).toEqual({ a: [1, 2], b: { c: 1 } });
});

test('of what is as desired, exactly that is left', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(saidOf(value, value)).toEqual(value);
    }),
  );
});
