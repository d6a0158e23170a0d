import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../object.ts';
import { editsBetween } from './edits-between.ts';
import { applyEdits, formatFieldPath } from './field-path.ts';

const container = (name: string, image: string): Json => ({ name, image });

const cases: readonly (readonly [name: string, before: Json, after: Json, edits: readonly string[]])[] = [
  ['nothing', { a: 1 }, { a: 1 }, []],
  ['a field changed', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['a.c=3']],
  ['a field added and one removed', { a: 1 }, { 'x.y/z': 2 }, ['a removed', '["x.y/z"]=2']],
  ['an item changed', { c: [container('a', 'x')] }, { c: [container('a', 'y')] }, ['c[name=a].image="y"']],
  [
    'an item added',
    { c: [container('a', 'x')] },
    { c: [container('a', 'x'), container('b', 'y')] },
    ['c[name=b]={"name":"b","image":"y"}'],
  ],
  [
    'an item removed',
    { c: [container('a', 'x'), container('b', 'y')] },
    { c: [container('b', 'y')] },
    ['c[name=a] removed'],
  ],
  [
    'an order changed',
    { c: [container('a', 'x'), container('b', 'y')] },
    { c: [container('b', 'y'), container('a', 'x')] },
    ['c=[{"name":"b","image":"y"},{"name":"a","image":"x"}]'],
  ],
  ['a text in a list', { args: ['a', 'b'] }, { args: ['a', 'c'] }, ['args[1]="c"']],
  ['a text added to a list', { args: ['a'] }, { args: ['a', 'b'] }, ['args[1]="b"']],
  ['texts removed from the end', { args: ['a', 'b', 'c'] }, { args: ['a'] }, ['args[2] removed', 'args[1] removed']],
  ['a text removed from the middle', { args: ['a', 'b', 'c'] }, { args: ['a', 'c'] }, ['args=["a","c"]']],
];

test.each(cases)('%s', (_, before, after, expected) => {
  const edits = editsBetween(before, after);
  expect(
    edits.map(
      ({ path, value }) => formatFieldPath(path) + (value === undefined ? ' removed' : `=${JSON.stringify(value)}`),
    ),
  ).toEqual(expected);
  expect(applyEdits(before, edits)).toEqual(after);
});

test('edits between any two objects make the one of the other', () => {
  const name = fc.constantFrom('a', 'b', 'name', 'containerPort', 'protocol', '__proto__');
  const { value } = fc.letrec<{ value: Json; fields: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(0, 1, 'x', 'y', true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('fields'),
    ),
    fields: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }));
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(applyEdits(before, editsBetween(before, after))).toEqual(after);
    }),
    { numRuns: 1000 },
  );
});
