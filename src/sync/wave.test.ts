import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configMap, memberLike, preparedObject } from '../../test/support/sync-objects.ts';
import { deletionOrder, applyOrder } from './order.ts';
import type { PlannedApply } from './plan.ts';
import { cutIntoWaves, type Ordered, waveFinder, waveOf, waveProblem } from './wave.ts';

const argo = 'argocd.argoproj.io/sync-wave';
const own = 'plumbline.dev/sync-wave';
const weight = 'helm.sh/hook-weight';
const cases: readonly (readonly [Record<string, string> | undefined, number])[] = [
  [undefined, 0],
  [{}, 0],
  [{ [argo]: '5' }, 5],
  [{ [argo]: '-1' }, -1],
  [{ [argo]: '+3' }, 3],
  [{ [argo]: '-0' }, 0],
  [{ [argo]: 'five' }, 0],
  [{ [argo]: '1.5' }, 0],
  [{ [weight]: '7' }, 7],
  [{ [argo]: '1', [weight]: '7' }, 1],
  [{ [argo]: 'x', [weight]: '7' }, 7],
  [{ [own]: '2', [argo]: '1' }, 2],
];
for (const [annotations, wave] of cases) {
  test(`${JSON.stringify(annotations)} is wave ${wave}`, () => {
    expect(waveOf(annotations)).toBe(wave);
  });
}

test('a mistake in the annotation of Plumbline is told, one in those of others counts as not there', () => {
  expect(waveProblem({ [own]: 'first' })).toBe('plumbline.dev/sync-wave is no whole number: "first"');
  expect([waveProblem({ [own]: '-4' }), waveProblem({ [argo]: 'first' }), waveProblem(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

const kinds = ['ConfigMap', 'apps/Deployment', 'Service', 'example.dev/Widget'] as const;

function ordered(kind: string, name: string, namespace: string, wave: number): Ordered {
  const [group = '', plain = ''] = kind.includes('/') ? kind.split('/') : ['', kind];
  return { key: { group, kind: plain, namespace, name }, wave };
}

const inNamespace = fc
  .tuple(
    fc.constantFrom(...kinds),
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom('n', 'm'),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([kind, name, namespace, wave]) => ordered(kind, name, namespace, wave));
const holder = fc
  .tuple(
    fc.constantFrom<readonly [string, string]>(
      ['Namespace', 'n'],
      ['Namespace', 'm'],
      ['apiextensions.k8s.io/CustomResourceDefinition', 'widgets.example.dev'],
    ),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([[kind, name], wave]) => ordered(kind, name, '', wave));
const identity = ({ key }: Ordered): string => JSON.stringify(key);
const sets = fc.uniqueArray(fc.oneof(inNamespace, holder), { selector: identity, maxLength: 12 });

function holds({ key }: Ordered, other: Ordered): boolean {
  if (key.kind === 'Namespace') return other.key.namespace === key.name;
  return key.kind === 'CustomResourceDefinition' && other.key.group === 'example.dev';
}

function planned(items: readonly Ordered[]): readonly PlannedApply[] {
  const waveFor = waveFinder(items) ?? (() => 0);
  return items.map((item) => ({
    desired: { ...preparedObject(configMap(identity(item))), key: item.key, id: identity(item), wave: waveFor(item) },
    live: undefined,
    reason: 'missing',
  }));
}

test('property: applying keeps to the waves, and never has what holds an object after it', () => {
  fc.assert(
    fc.property(sets, (items) => {
      const order = applyOrder(planned(items))
        .flatMap(({ stages }) => stages.flat())
        .map(({ desired }) => items.find((item) => identity(item) === desired.id) as Ordered);
      expect(order).toHaveLength(items.length);
      for (const [index, item] of order.entries()) {
        for (const later of order.slice(index + 1)) {
          expect(holds(later, item)).toBe(false);
          if (!order.some((other) => holds(item, other))) expect(item.wave).toBeLessThanOrEqual(later.wave ?? 0);
        }
      }
    }),
  );
});

test('property: deletion goes through the waves the other way, and what holds others goes after them', () => {
  fc.assert(
    fc.property(sets, (items) => {
      const order = deletionOrder(items).flat();
      expect(new Set(order.map(identity))).toEqual(new Set(items.map(identity)));
      for (const [index, item] of order.entries()) {
        for (const later of order.slice(index + 1)) {
          expect(holds(item, later)).toBe(false);
          if (!order.some((other) => holds(later, other))) expect(item.wave).toBeGreaterThanOrEqual(later.wave ?? 0);
        }
      }
    }),
  );
});

test('property: without waves the order is that of the kinds alone, however the input is ordered', () => {
  fc.assert(
    fc.property(sets, (items) => {
      const plain = items.map(({ key }) => ({ key }));
      expect(waveFinder(plain)).toBeUndefined();
      expect(cutIntoWaves(plain, () => 0).length).toBeLessThanOrEqual(1);
      expect(deletionOrder(plain)).toEqual(deletionOrder(plain.toReversed()));
    }),
  );
});

test('members are pruned from the highest wave down', () => {
  const members = [-1, 5, 0, 2].map((wave) => memberLike(configMap(`w${wave}`), { wave }));
  expect(deletionOrder(members).map((stage) => stage.map(({ key }) => key.name))).toEqual([
    ['w5'],
    ['w2'],
    ['w0'],
    ['w-1'],
  ]);
});
