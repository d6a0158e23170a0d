import { isNode } from 'yaml';
import type { Pair, YAMLMap, YAMLSeq } from 'yaml';
import { replaceValue } from './change.ts';
import {
  contentEnd,
  dashOf,
  isFlow,
  itemEnd,
  itemStart,
  pairEnd,
  pairStart,
  refuseShared,
  type Slot,
  type Source,
} from './nodes.ts';
import { lineEnd, type Splice, startsLine, withoutLines } from './text.ts';

/** Something that goes, and what stands beside it. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Where the next one of the same collection begins; undefined for the last. */
  readonly next: number | undefined;
  /** Where the one before it ends; undefined for the first. */
  readonly previousEnd: number | undefined;
}

/** Takes a key and its value away. */
export function removePair(source: Source, slot: Slot, map: YAMLMap, pair: Pair): readonly Splice[] {
  const { text } = source;
  refuseShared(source, map, false);
  if (isNode(pair.value)) refuseShared(source, pair.value, true);
  if (map.items.length === 1) return replaceValue(source, slot, {});
  const index = map.items.indexOf(pair);
  const next = map.items[index + 1];
  const previous = map.items[index - 1];
  const part = {
    start: pairStart(pair),
    end: pairEnd(text, pair),
    next: next === undefined ? undefined : pairStart(next),
    previousEnd: previous === undefined ? undefined : pairEnd(text, previous),
  };
  return [isFlow(map) ? withoutFlow(part) : withoutBlock(text, part)];
}

/** Takes an item away. */
export function removeItem(source: Source, slot: Slot, list: YAMLSeq, index: number): readonly Splice[] {
  const { text } = source;
  const node = list.items[index];
  refuseShared(source, list, false);
  if (isNode(node)) refuseShared(source, node, true);
  if (list.items.length === 1) return replaceValue(source, slot, []);
  const flow = isFlow(list);
  const startOf = (each: number): number => (flow ? itemStart(list, each) : dashOf(list, each).offset);
  const endOf = (each: number): number => (flow ? flowEnd(text, list.items[each]) : itemEnd(text, list, each));
  const part = {
    start: startOf(index),
    end: endOf(index),
    next: index + 1 < list.items.length ? startOf(index + 1) : undefined,
    previousEnd: index > 0 ? endOf(index - 1) : undefined,
  };
  return [flow ? withoutFlow(part) : withoutBlock(text, part)];
}

function flowEnd(text: string, node: unknown): number {
  return isNode(node) ? contentEnd(text, node) : 0;
}

/** With its comma: the one before it where it is the last. */
function withoutFlow({ start, end, next, previousEnd }: Part): Splice {
  if (next !== undefined) return { from: start, to: next, text: '' };
  return { from: previousEnd ?? start, to: end, text: '' };
}

/** With its lines, and what stands behind it in the last one; comments in lines of their own stay. */
function withoutBlock(text: string, { start, end, next }: Part): Splice {
  if (startsLine(text, start) || next === undefined) return withoutLines(text, start, end);
  // The first one stands behind the dash of the list around it, and the next one takes its place.
  const gap = text.slice(lineEnd(text, end), next);
  if (gap.trim() === '') return { from: start, to: next, text: '' };
  const from = text.slice(0, start).trimEnd().length;
  return { from, to: lineEnd(text, end), text: '' };
}
