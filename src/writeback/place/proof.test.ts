import { expect, test } from 'vitest';
import { set, remove, wish } from '../../../test/writeback/place.ts';
import type { Origin } from '../../render/index.ts';
import { disproofs } from './proof.ts';
import type { RenderedObject, Wish } from './types.ts';

const config = (name: string, data: Record<string, string>, origin: Origin = {}): RenderedObject => ({
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
  origin,
});
const generated = { generator: 'ConfigMapGenerator' };
const user = (name: string): RenderedObject => ({
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { from: name, note: `about ${name}` } },
  origin: {},
});

const before = [config('a', { x: '1' }), config('b', { x: '1' })];
const edit = wish('ConfigMap prod/a', set('2', 'data', 'x'));

test.each<[string, readonly RenderedObject[], readonly RenderedObject[], readonly Wish[], readonly string[]]>([
  ['exactly the wish', before, [config('b', { x: '1' }), config('a', { x: '2' })], [edit], []],
  ['nothing', before, before, [edit], ['data.x of ConfigMap a would not be as it shall be']],
  [
    'too much',
    before,
    [config('a', { x: '2', y: '3' }), config('b', { x: '2' })],
    [edit],
    ['data.x of ConfigMap b would change too', 'data.y of ConfigMap a would change too'],
  ],
  ['an object less', before, [config('a', { x: '2' })], [edit], ['ConfigMap b would not be there']],
  [
    'an object more',
    before,
    [config('a', { x: '2' }), before[1] ?? config('b', {}), config('c', {})],
    [edit],
    ['ConfigMap c would be there'],
  ],
  [
    'two of a name',
    before,
    [config('a', { x: '2' }), config('a', { x: '2' }), config('b', { x: '1' })],
    [edit],
    ['two objects would have the same name'],
  ],
  ['a removal', before, [config('b', { x: '1' })], [wish('ConfigMap a', remove())], []],
  ['no removal', before, before, [wish('ConfigMap a', remove())], ['ConfigMap a would still be there']],
])('%s', (_, old, now, wishes, expected) => {
  expect(disproofs(old, now, wishes, 'prod')).toEqual(expected);
});

test('many differences are told in short, and no value of any', () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'hunter2']));
  const told = disproofs(before, [config('a', { x: '2', ...many }), config('b', { x: '1' })], [edit], 'prod');
  expect(told).toHaveLength(6);
  expect(told.at(-1)).toBe('and 4 more');
  expect(told.join(' ')).not.toContain('hunter2');
});

const hashed = [config('s-aaaaaaaaaa', { x: '1' }, generated), user('s-aaaaaaaaaa')];
const change = wish('ConfigMap prod/s-aaaaaaaaaa', set('2', 'data', 'x'));

test('a generated object may get another hash, and what names it follows', () => {
  expect(
    disproofs(hashed, [config('s-bbbbbbbbbb', { x: '2' }), user('s-bbbbbbbbbb')].map(sameNote), [change], 'prod'),
  ).toEqual([]);
});

test('what names it has to follow, and nothing else may', () => {
  const stale = disproofs(hashed, [config('s-bbbbbbbbbb', { x: '2' }), user('s-aaaaaaaaaa')], [change], 'prod');
  expect(stale).toEqual(['spec.from of Pod p would not be as it shall be']);
  const plain = [config('s-aaaaaaaaaa', { x: '1' }), user('s-aaaaaaaaaa')];
  const told = disproofs(
    plain,
    [config('s-bbbbbbbbbb', { x: '2' }), user('s-bbbbbbbbbb')].map(sameNote),
    [change],
    'prod',
  );
  expect(told).toContain('ConfigMap s-aaaaaaaaaa would not be there');
  expect(told).toContain('ConfigMap s-bbbbbbbbbb would be there');
});

/** A text that only has the name in it is not what names the object, and stays. */
function sameNote({ object, origin }: RenderedObject): RenderedObject {
  if (object.kind !== 'Pod') return { object, origin };
  return { object: { ...object, spec: { ...(object['spec'] as object), note: 'about s-aaaaaaaaaa' } }, origin };
}
