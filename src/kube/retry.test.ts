import { expect, test } from 'vitest';
import { backoff, pause, retryAfter } from './retry.ts';

test.each([
  ['3', 3_000],
  [' 0 ', 0],
  ['Sat, 21 Nov 2026 12:00:05 GMT', 5_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, milliseconds) => {
  expect(retryAfter(header, Date.parse('2026-11-21T12:00:00Z'))).toBe(milliseconds);
});

test('waits double, spread over their second half, up to the longest', () => {
  const bounds = { first: 50, longest: 2_000 };
  const least = [0, 1, 2, 5, 6, 60].map((attempt) => backoff(attempt, bounds, () => 0));
  expect(least).toEqual([25, 50, 100, 800, 1_000, 1_000]);
  expect(backoff(0, bounds, () => 1)).toBe(50);
});

test('a pause ends with its signal', async () => {
  const aborting = new AbortController();
  const pausing = pause(3_600_000, aborting.signal);
  aborting.abort(new Error('enough'));
  await expect(pausing).rejects.toThrow('enough');
  await expect(pause(1, aborting.signal)).rejects.toThrow('enough');
});
