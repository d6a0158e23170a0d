import { expect, test } from 'vitest';
import type { Json } from '../../object.ts';
import { applyEdits, formatFieldPath } from './field-path.ts';
import type { FieldStep } from './types.ts';

const ports: Json = {
  ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 53, protocol: 'TCP' }],
};

const cases: readonly (readonly [
  name: string,
  before: Json,
  path: readonly FieldStep[],
  value: Json | undefined,
  after: Json,
])[] = [
  ['sets a field', { a: 1 }, ['a'], 2, { a: 2 }],
  ['makes what is missing on the way', {}, ['a', 'b', { name: 'c' }, 'd'], 1, { a: { b: [{ name: 'c', d: 1 }] } }],
  ['takes null for nothing', { a: null }, ['a', 'b'], 1, { a: { b: 1 } }],
  ['leaves an empty object', { a: { b: 1 } }, ['a', 'b'], undefined, { a: {} }],
  ['removes what is not there', { a: 1 }, ['b', 'c'], undefined, { a: 1 }],
  [
    'finds a port by all its keys',
    ports,
    ['ports', { containerPort: 53, protocol: 'TCP' }, 'name'],
    'dns',
    {
      ports: [
        { containerPort: 80 },
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 53, protocol: 'TCP', name: 'dns' },
      ],
    },
  ],
  [
    'finds a port that leaves out what the server fills in',
    ports,
    ['ports', { containerPort: 80, protocol: 'TCP' }],
    undefined,
    {
      ports: [
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 53, protocol: 'TCP' },
      ],
    },
  ],
  ['adds an item by its keys', { c: [] }, ['c', { name: 'a' }], { image: 'x' }, { c: [{ name: 'a', image: 'x' }] }],
  ['adds an item by its index', { c: [1] }, ['c', 1], 2, { c: [1, 2] }],
  ['makes a field of any name', {}, ['__proto__', 'x'], 1, JSON.parse('{"__proto__":{"x":1}}') as Json],
];

test.each(cases)('%s', (_, before, path, value, after) => {
  expect(JSON.stringify(applyEdits(before, [{ path, value }]))).toBe(JSON.stringify(after));
});

test.each<[Json, readonly FieldStep[], string]>([
  [{ a: 1 }, ['a', 'b'], 'there is no a.b'],
  [{ a: { b: 1 } }, ['a', 0], 'there is no a[0]'],
  [{ a: [1] }, ['a', 2], 'there is no a[2]'],
  [{ a: [1] }, ['a', 'b'], 'there is no a.b'],
])('refuses a path that leads nowhere: %j %j', (before, path, message) => {
  expect(() => applyEdits(before, [{ path, value: 1 }])).toThrow(message);
});

test('a path reads as people write it', () => {
  expect(formatFieldPath(['metadata', 'annotations', 'a.b/c'])).toBe('metadata.annotations["a.b/c"]');
  expect(formatFieldPath(['spec', 'ports', { port: 80, protocol: 'TCP' }, 'args', 0])).toBe(
    'spec.ports[port=80,protocol=TCP].args[0]',
  );
});
