import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createEndBySignal } from './end-by-signal.ts';

test('thousands that wait for a signal are one listener of it', () => {
  const { signal } = new AbortController();
  const ends = createEndBySignal();
  const removals = Array.from({ length: 5_000 }, () => ends.add(signal, () => {}));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const remove of removals.slice(1)) remove();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  removals[0]?.();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('what waits is ended by its own signal, once, and what was taken back is not', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const ended: string[] = [];
  const ends = createEndBySignal();
  ends.add(one.signal, () => ended.push('first'));
  const takeBack = ends.add(one.signal, () => ended.push('taken back'));
  ends.add(other.signal, () => ended.push('of another'));
  takeBack();
  takeBack();
  one.abort();
  one.abort();
  expect(ended).toEqual(['first']);
});

test('a signal that lost its last one is listened to again by the next', () => {
  const abort = new AbortController();
  const ended: string[] = [];
  const ends = createEndBySignal();
  const takeBack = ends.add(abort.signal, () => ended.push('first'));
  takeBack();
  ends.add(abort.signal, () => ended.push('second'));
  // Of an entry that is gone: it must not take the new one along.
  takeBack();
  abort.abort();
  expect(ended).toEqual(['second']);
});
