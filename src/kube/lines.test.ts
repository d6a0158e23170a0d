import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from './lines.ts';

function split(chunks: readonly Buffer[], limit = 1_000_000): { lines: string[]; pending: number } {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), limit);
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, pending: splitter.pending };
}

/** Cuts a buffer at the given places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text));

test('any chunking of the stream gives the same lines', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (lines, places) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      expect(split(cutAt(bytes, places))).toEqual({ lines, pending: 0 });
    }),
  );
});

test('the end of the stream without a line feed is no line yet', () => {
  const { lines, pending } = split([Buffer.from('{"a":1}\n{"b"')]);
  expect(lines).toEqual(['{"a":1}']);
  expect(pending).toBe(4);
});

test('empty lines are passed over', () => {
  expect(split([Buffer.from('\n\r\n{}\n\n')]).lines).toEqual(['{}']);
});

test('a line without an end is refused, and not collected for ever', () => {
  const endless = Buffer.alloc(600, 'x');
  expect(() => split([endless, endless], 1_000)).toThrow(/longer than 1000 bytes/);
});
