import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distribution, median, quantile } from './statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10])).toBe(10);
});

test('the 99th percentile of 100 values is the 99th, of fewer the greatest', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile(hundred.slice(0, 50), 0.99)).toBe(100);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
  expect(() => distribution([])).toThrow(RangeError);
});

test('min, median, p99 and max are ordered, and a share of all values lies at or below its quantile', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(values, fc.double({ noNaN: true, min: 0.001, max: 1 }), (sample, share) => {
      const { count, min, median: middle, p99, max } = distribution(sample);
      expect([min, middle, p99, max]).toEqual([min, middle, p99, max].toSorted((left, right) => left - right));
      expect(count).toBe(sample.length);
      const bound = quantile(sample, share);
      expect(sample.filter((value) => value <= bound).length).toBeGreaterThanOrEqual(share * sample.length);
      expect(sample.filter((value) => value < bound).length).toBeLessThan(share * sample.length);
    }),
  );
});
