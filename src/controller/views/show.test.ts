import { expect, test } from 'vitest';
import { showObjects } from './show.ts';

const secret = (value: string, annotations?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'n', ...(annotations === undefined ? {} : { annotations }), managedFields: [] },
  data: { same: 'c2VjcmV0', other: value },
});

test('of a Secret no value is shown, also not the copy that kubectl keeps; what is equal looks equal', () => {
  const copy = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"same":"c2VjcmV0"}}', note: 'kept' };
  const shown = showObjects([secret('b25l', copy), secret('dHdv')]);
  const text = JSON.stringify(shown);
  for (const value of ['c2VjcmV0', 'b25l', 'dHdv', 'managedFields']) expect(text).not.toContain(value);
  const [one, two] = shown.map((object) => object['data'] as Record<string, string>);
  expect(one?.['same']).toBe(two?.['same']);
  expect(one?.['other']).not.toBe(two?.['other']);
  expect(shown[0]?.metadata.annotations?.['note']).toBe('kept');
});

test('other objects are shown as they are', () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } };
  expect(showObjects([map])).toEqual([map]);
});
