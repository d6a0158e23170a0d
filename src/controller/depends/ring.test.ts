import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Edges, knotOf, reachableFrom, ringThrough } from './ring.ts';

type Graph = Readonly<Record<string, readonly string[]>>;

const forward =
  (graph: Graph): Edges =>
  (id) =>
    graph[id] ?? [];
const backward =
  (graph: Graph): Edges =>
  (id) =>
    Object.keys(graph).filter((from) => graph[from]?.includes(id));

test('a ring is named alike by each of its members, and by nobody who only leads to it', () => {
  const edges = forward({ a: ['b'], b: ['c'], c: ['a'], outside: ['a'] });
  for (const id of ['a', 'b', 'c']) expect(ringThrough(id, edges)).toEqual(['a', 'b', 'c']);
  expect(ringThrough('outside', edges)).toBeUndefined();
});

test('what depends on itself is a ring of one, and a chain is none', () => {
  expect(ringThrough('a', forward({ a: ['a'] }))).toEqual(['a']);
  const chain = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}`, [`${at + 1}`]]));
  for (const id of Object.keys(chain)) expect(ringThrough(id, forward(chain))).toBeUndefined();
  expect(ringThrough('0', forward({ ...chain, '19': ['0'] }))).toHaveLength(20);
});

const ids = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const graphs = fc.record(
  Object.fromEntries(ids.map((id) => [id, fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 4 })])),
);

test('in any graph: who reaches itself lies on a ring, which is there step by step, each member once, and no longer one is shorter', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      for (const id of ids) {
        const ring = ringThrough(id, forward(graph));
        expect(ring !== undefined).toBe(reachableFrom(id, forward(graph)).has(id));
        if (ring === undefined) continue;
        expect(ring).toContain(id);
        expect(new Set(ring).size).toBe(ring.length);
        expect(ring[0]).toBe(ring.toSorted()[0]);
        for (const [at, member] of ring.entries()) expect(graph[member]).toContain(ring[(at + 1) % ring.length]);
        for (const member of ring) expect(ringThrough(member, forward(graph))?.length).toBeLessThanOrEqual(ring.length);
      }
    }),
  );
});

test('in any graph: those on rings with one another are those who reach one another', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      for (const id of ids) {
        const knot = knotOf(id, forward(graph), backward(graph));
        for (const other of ids) {
          const there = reachableFrom(id, forward(graph)).has(other);
          const back = reachableFrom(other, forward(graph)).has(id);
          expect(knot.has(other)).toBe(there && back);
        }
      }
    }),
  );
});
