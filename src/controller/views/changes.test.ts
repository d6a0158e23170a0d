import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChangeLog } from './changes.ts';

const change = (name: string) => ({ kind: 'Application', namespace: 'a', name, type: 'changed' }) as const;

test('whoever was away is told what they missed, or that it is forgotten', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.nat({ max: 100 }),
      fc.integer({ min: -1, max: 110 }),
      (capacity, count, seen) => {
        const log = createChangeLog({ epoch: 'e', capacity, now: () => 7 });
        for (let number = 1; number <= count; number += 1) log.add(change(`n${number}`));
        const missed = log.after(seen);
        if (seen > count || seen < Math.max(0, count - capacity)) expect(missed).toBeUndefined();
        else {
          const expected = Array.from({ length: count - seen }, (_, index) => seen + index + 1);
          expect(missed?.map(({ number, name }) => [number, name])).toEqual(
            expected.map((number) => [number, `n${number}`]),
          );
        }
      },
    ),
  );
});

test('who listens is told of each change, and of none once they stop', () => {
  const log = createChangeLog({ epoch: 'e', capacity: 2, now: () => 7 });
  const told: number[] = [];
  const stop = log.subscribe(({ number }) => told.push(number));
  log.add(change('one'));
  log.add(change('two'));
  stop();
  log.add(change('three'));
  expect(told).toEqual([1, 2]);
  expect(log.last).toBe(3);
});
