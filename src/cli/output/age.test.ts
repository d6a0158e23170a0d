import { expect, test } from 'vitest';
import { age, humanDuration } from './age.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [-3 * second, '<invalid>'],
  [-1 * second, '0s'],
  [0, '0s'],
  [999, '0s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [5 * minute + 30 * second, '5m30s'],
  [10 * minute + 30 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour + 20 * minute, '3h20m'],
  [8 * hour + 20 * minute, '8h'],
  [47 * hour, '47h'],
  [48 * hour + 3 * hour, '2d3h'],
  [8 * day + 3 * hour, '8d'],
  [729 * day, '729d'],
  [730 * day + day, '2y1d'],
  [8 * 365 * day + 3 * day, '8y'],
])('%i ms is shown as kubectl shows it: %s', (milliseconds, shown) => {
  expect(humanDuration(milliseconds)).toBe(shown);
});

test('an age is measured from a time, and is unknown without one', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  expect(age('2026-11-21T11:59:15Z', now)).toBe('45s');
  expect(age(undefined, now)).toBe('<unknown>');
  expect(age('soon', now)).toBe('<unknown>');
});
