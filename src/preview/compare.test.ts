import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatObject, type KubeObject } from '../object.ts';
import { compareRenders } from './compare.ts';
import { formatComment } from './comment.ts';
import { formatPreview } from './text.ts';
import { ruleOrder } from './rules.ts';
import type { Preview } from './types.ts';
import { arbitraryObjects, arbitrarySecretSides, previewOf } from '../../test/support/preview-sets.ts';

const byId = (objects: readonly KubeObject[]) => new Map(objects.map((object) => [formatObject(object), object]));

test('every difference is told exactly once, and nothing else', () => {
  fc.assert(
    fc.property(arbitraryObjects, arbitraryObjects, (base, head) => {
      const [before, after] = [byId(base), byId(head)];
      const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
        (id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
      );
      const told = compareRenders(base, head).flatMap(({ id, from }) => (from === undefined ? [id] : [id, from]));
      expect(told.toSorted()).toEqual(differing.toSorted());
    }),
  );
});

test('the fields that are told are those that differ, each once', () => {
  fc.assert(
    fc.property(arbitraryObjects, arbitraryObjects, (base, head) => {
      // An empty map is no leaf, and a map that it becomes is none either.
      fc.pre(!JSON.stringify([base, head]).includes('{}'));
      for (const { change, fields, before, after } of compareRenders(base, head)) {
        if (change !== 'changed') continue;
        const differing = [...new Set([...leaves(before).keys(), ...leaves(after).keys()])].filter(
          (path) => leaves(before).get(path) !== leaves(after).get(path),
        );
        // A field that comes or goes with all that is in it is told as one.
        for (const path of differing) {
          const covering = fields.filter((field) => path === field.path || path.startsWith(`${field.path}.`));
          expect(covering).toHaveLength(1);
        }
        for (const field of fields) {
          expect(differing.some((path) => path === field.path || path.startsWith(`${field.path}.`))).toBe(true);
        }
      }
    }),
  );
});

function leaves(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    return value === undefined ? new Map() : new Map([[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, nested]) => [...leaves(nested, path === '' ? name : `${path}.${name}`)]),
  );
}

test('the same sets in any order give the same changes, the gravest first', () => {
  fc.assert(
    fc.property(arbitraryObjects, arbitraryObjects, (base, head) => {
      const changes = compareRenders(base, head);
      expect(compareRenders(base.toReversed(), head.toReversed())).toEqual(changes);
      const orders = changes.map(({ risks }) => ruleOrder(risks[0]?.rule));
      expect(orders).toEqual(orders.toSorted((a, b) => a - b));
    }),
  );
});

test('no value of a Secret, of either side, is anywhere in what is told', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySecretSides, async ({ base, head, values }) => {
      const changes = compareRenders(base, head);
      const preview: Preview = previewOf(changes);
      const text = [
        JSON.stringify(changes),
        await formatComment(preview, { limit: 1_000_000, folds: true }),
        await formatPreview(preview, { color: false }),
      ].join('\n');
      for (const value of values) {
        expect(text).not.toContain(value);
        expect(text).not.toContain(Buffer.from(value).toString('base64'));
        expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
      }
    }),
  );
});

const secret = (data: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'n' },
  data,
});

test('that two keys of a Secret have the same value does not show', () => {
  const [change] = compareRenders([secret({ a: 'b2xk', b: 'b2xk' })], [secret({ a: 'bmV3', b: 'b3RoZXI=' })]);
  expect(change?.fields).toEqual([
    { path: 'data.a', before: '*** (before)', after: '*** (after)' },
    { path: 'data.b', before: '*** (before)', after: '*** (after)' },
  ]);
});

test('the same value in data and in stringData is the same', () => {
  const base = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'x' } };
  const head = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'eA==' } };
  expect(compareRenders([base], [head])).toEqual([]);
});

const deployment = (...env: readonly object[]): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { template: { spec: { containers: [{ name: 'web', image: 'web:1', env }] } } },
});

test('items of lists are paired by what tells them apart', () => {
  const [change] = compareRenders(
    [deployment({ name: 'A', value: '1' }, { name: 'B', value: '2' })],
    [deployment({ name: 'Z', value: '0' }, { name: 'A', value: '1' }, { name: 'B', value: '3' })],
  );
  expect(change?.fields).toEqual([
    {
      path: 'spec.template.spec.containers[name=web].env[name=B].value',
      before: '2',
      after: '3',
    },
    {
      path: 'spec.template.spec.containers[name=web].env[name=Z]',
      before: undefined,
      after: { name: 'Z', value: '0' },
    },
  ]);
});

const service = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name } });

test('what could have been renamed to two things is told as it is', () => {
  const changes = compareRenders([service('a')], [service('b'), service('c')]);
  expect(changes.map(({ id, change }) => [id, change])).toEqual([
    ['Service a', 'deleted'],
    ['Service b', 'created'],
    ['Service c', 'created'],
  ]);
});
