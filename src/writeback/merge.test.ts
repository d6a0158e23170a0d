import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSame } from './fields.ts';
import { type ListRules, mergeFields } from './merge.ts';

const base = {
  spec: {
    replicas: 1,
    paused: false,
    containers: [
      { name: 'web', image: 'web:1' },
      { name: 'side', image: 'side:1' },
    ],
  },
};
const { spec } = base;

test('changes of different fields are joined', () => {
  const ours = { spec: { ...spec, replicas: 2 } };
  const theirs = { spec: { ...spec, paused: true } };
  expect(mergeFields(base, ours, theirs)).toEqual({
    value: { spec: { ...spec, replicas: 2, paused: true } },
    conflicts: [],
  });
});

test('the same field with two values is a conflict that tells both sides', () => {
  const merged = mergeFields(base, { spec: { ...spec, replicas: 2 } }, { spec: { ...spec, replicas: 3 } });
  expect(merged.conflicts).toEqual([{ field: 'spec.replicas', base: 1, ours: 2, theirs: 3 }]);
});

test('a field that one removes and the other changes is a conflict; that both remove is none', () => {
  const { replicas: _replicas, ...removed } = spec;
  const merged = mergeFields<unknown>(base, { spec: removed }, { spec: { ...spec, replicas: 3 } });
  expect(merged.conflicts).toEqual([{ field: 'spec.replicas', base: 1, ours: undefined, theirs: 3 }]);
  expect(mergeFields<unknown>(base, { spec: removed }, { spec: { ...removed, paused: true } })).toEqual({
    value: { spec: { ...removed, paused: true } },
    conflicts: [],
  });
});

test('items with names are joined one by one, added and removed ones as well', () => {
  const [web, side] = spec.containers;
  const ours = { spec: { ...spec, containers: [{ ...web, image: 'web:2' }, side, { name: 'new', image: 'new:1' }] } };
  const theirs = { spec: { ...spec, containers: [web, { ...side, image: 'side:2' }] } };
  const merged = mergeFields<unknown>(base, ours, theirs);
  expect(merged.conflicts).toEqual([]);
  expect(merged.value).toEqual({
    spec: {
      ...spec,
      containers: [
        { name: 'web', image: 'web:2' },
        { name: 'side', image: 'side:2' },
        { name: 'new', image: 'new:1' },
      ],
    },
  });
  const conflict = mergeFields<unknown>(base, ours, {
    spec: { ...spec, containers: [{ ...web, image: 'web:3' }, side] },
  });
  expect(conflict.conflicts.map(({ field }) => field)).toEqual(['spec.containers[name=web].image']);
});

test('lists without names are one field', () => {
  const merged = mergeFields({ args: ['a'] }, { args: ['a', 'b'] }, { args: ['a', 'c'] });
  expect(merged.conflicts).toEqual([{ field: 'args', base: ['a'], ours: ['a', 'b'], theirs: ['a', 'c'] }]);
});

test('an object that two have made at the same time conflicts where they differ', () => {
  expect(mergeFields<unknown>(undefined, { a: 1, b: 1 }, { a: 1, b: 2 }).conflicts).toEqual([
    { field: 'b', base: undefined, ours: 1, theirs: 2 },
  ]);
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, 'x', 'y', true, null),
    tie('map'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.constantFrom('one', 'two', 'three'), { maxLength: 3 })
      .map((all) => all.map((name) => ({ name }))),
  ),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { noNullPrototype: true }),
})).map;

test('who alone has changed something gets it, and nobody disturbs who did the same', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      expect(mergeFields(before, after, before)).toEqual({ value: after, conflicts: [] });
      expect(mergeFields(before, before, after)).toEqual({ value: after, conflicts: [] });
      expect(mergeFields(before, after, after)).toEqual({ value: after, conflicts: [] });
    }),
  );
});

const fields = (merged: ReturnType<typeof mergeFields>) => merged.conflicts.map(({ field }) => field).toSorted();

const unordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(unordered).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unordered(item)]))
      : value;

test('the two sides meet the same conflicts, and come to the same where there is none', () => {
  fc.assert(
    fc.property(json, json, json, (before, ours, theirs) => {
      const one = mergeFields<unknown>(before, ours, theirs);
      const other = mergeFields<unknown>(before, theirs, ours);
      expect(fields(one)).toEqual(fields(other));
      if (one.conflicts.length === 0) expect(isSame(unordered(one.value), unordered(other.value))).toBe(true);
    }),
  );
});

const rules: ListRules = new Map([
  ['spec.ports', { type: 'map', keys: [{ name: 'port' }, { name: 'protocol', usual: 'TCP' }] }],
  ['spec.ports[].tags', { type: 'set' }],
  ['spec.steps', { type: 'atomic' }],
]);

test('items are told apart by what their rule says, also where a field is left out that has a usual value', () => {
  const web = { port: 80, target: 1 };
  const dns = { port: 53, protocol: 'UDP', target: 1 };
  const before = { spec: { ports: [web, dns, { port: 53, target: 1 }] } };
  const ours = { spec: { ports: [{ ...web, target: 2 }, dns, { port: 53, target: 1 }] } };
  const theirs = {
    spec: {
      ports: [
        { ...web, protocol: 'TCP' },
        { ...dns, target: 3 },
      ],
    },
  };
  expect(mergeFields<unknown>(before, ours, theirs, rules)).toEqual({
    value: {
      spec: {
        ports: [
          { ...web, protocol: 'TCP', target: 2 },
          { ...dns, target: 3 },
        ],
      },
    },
    conflicts: [],
  });
  expect(mergeFields<unknown>(before, ours, theirs).conflicts.map(({ field }) => field)).toEqual(['spec.ports']);
  const other = { spec: { ports: [{ ...web, target: 4 }, dns] } };
  expect(mergeFields<unknown>(before, ours, other, rules).conflicts).toEqual([
    { field: 'spec.ports[port=80,protocol=TCP].target', base: 1, ours: 2, theirs: 4 },
  ]);
});

const tagged = (...tags: readonly string[]) => ({ spec: { ports: [{ port: 80, tags }] } });

const steps = (first: number, second: number) => ({
  spec: {
    steps: [
      { name: 'one', first },
      { name: 'two', second },
    ],
  },
});

test('what is added to a set by two is in it, and a list that belongs together is one field, whatever its items are called', () => {
  expect(mergeFields<unknown>(tagged('a', 'b'), tagged('a', 'b', 'c'), tagged('b', 'd'), rules)).toEqual({
    value: tagged('b', 'd', 'c'),
    conflicts: [],
  });
  expect(mergeFields<unknown>(steps(1, 1), steps(2, 1), steps(1, 2)).conflicts).toEqual([]);
  expect(mergeFields<unknown>(steps(1, 1), steps(2, 1), steps(1, 2), rules).conflicts).toMatchObject([
    { field: 'spec.steps' },
  ]);
});

const at = (...ports: readonly object[]) => ({ spec: { ports } });

test('an item without what tells it apart, or two that are the same, make a list one field', () => {
  const before = at({ port: 80, target: 1 });
  for (const odd of [at({ target: 3 }), at({ port: 80, target: 3 }, { port: 80, protocol: 'TCP' })])
    expect(mergeFields<unknown>(before, at({ port: 80, target: 2 }), odd, rules).conflicts).toMatchObject([
      { field: 'spec.ports' },
    ]);
});

const keyOf = ({ port, protocol = 'TCP' }: { port: number; protocol?: string | undefined }): string =>
  `${port}/${protocol}`;

test('whatever two do to different items of a list is done, and nothing else', () => {
  const id = fc.record({ port: fc.constantFrom(1, 2, 3), protocol: fc.constantFrom('TCP', 'UDP', undefined) });
  const portList = fc.uniqueArray(id, { selector: keyOf, minLength: 2 });
  const edit = fc.constantFrom('ours', 'theirs', 'ours removes', 'theirs removes', 'nobody');
  fc.assert(
    fc.property(portList, fc.array(edit, { minLength: 6, maxLength: 6 }), (ports, edits) => {
      const clean = ports.map(({ port, protocol }) => ({
        port,
        ...(protocol === undefined ? {} : { protocol }),
        target: 0,
      }));
      const side = (who: string) => ({
        spec: {
          ports: clean.flatMap((port, index) => {
            if (edits[index] === `${who} removes`) return [];
            return [edits[index] === who ? { ...port, target: who } : port];
          }),
        },
      });
      const wanted = clean.flatMap((port, index) => {
        const done = edits[index] ?? 'nobody';
        if (done.endsWith('removes')) return [];
        return [done === 'nobody' ? port : { ...port, target: done }];
      });
      const merged = mergeFields<unknown>({ spec: { ports: clean } }, side('ours'), side('theirs'), rules);
      expect(merged).toEqual({ value: { spec: { ports: wanted } }, conflicts: [] });
    }),
  );
});
