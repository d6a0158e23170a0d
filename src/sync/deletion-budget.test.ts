import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDeletionBudget, type DeletionBudget, joinBudgets, waitForBudget } from './deletion-budget.ts';

const minute = 60_000;
const key = { group: '', kind: 'ConfigMap', namespace: 'a', name: 'b' };

function takeAll(budget: DeletionBudget): number {
  let taken = 0;
  while (budget.take()) taken += 1;
  return taken;
}

test.for([1, 2, 3, 10, 600])(
  'of %d a minute, one half is there at once and the rest within the minute',
  (perMinute) => {
    let now = 1_000_000;
    const budget = createDeletionBudget({ perMinute, now: () => now, empty: false });
    const most = Math.ceil(perMinute / 2);
    expect(takeAll(budget)).toBe(most);
    const end = now + minute;
    let later = 0;
    for (;;) {
      now += budget.delayFor(1);
      if (now >= end) break;
      later += takeAll(budget);
    }
    expect(later).toBe(perMinute - most);
  },
);

test('after a restart nothing is saved up', () => {
  let now = 0;
  const budget = createDeletionBudget({ perMinute: 60, now: () => now, empty: true });
  expect(budget.take()).toBe(false);
  now += budget.delayFor(1);
  expect(takeAll(budget)).toBe(1);
});

test('a clock that is put back gives nothing, and takes nothing', () => {
  let now = 5 * minute;
  const budget = createDeletionBudget({ perMinute: 4, now: () => now, empty: false });
  expect(takeAll(budget)).toBe(2);
  now = 0;
  expect(budget.take()).toBe(false);
  now = budget.delayFor(1);
  expect(budget.take()).toBe(true);
});

test('a wait says how many wait, and until when', () => {
  const now = Date.parse('2026-11-22T04:00:00Z');
  const budget = createDeletionBudget({ perMinute: 59, now: () => now, empty: true });
  expect(waitForBudget(key, 60, budget)).toEqual({
    key,
    condition: 'Deleted',
    message:
      'its deletion and 59 more wait, as no more than 59 may begin in a minute; the last may by 2026-11-22T04:02:00Z',
    retryAfter: 2_000,
    deletions: 60,
  });
});

/** Takes now; time that goes by, or back; a restart, which forgets everything. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.integer({ min: 0, max: 45_000 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  ),
  { maxLength: 60 },
);

test('however it is asked, and however often it is killed, no minute sees more than the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), steps, (perMinute, plan) => {
      let now = 0;
      let budget = createDeletionBudget({ perMinute, now: () => now, empty: false });
      const begun: number[] = [];
      for (const step of plan) {
        if (step.kind === 'pass') now += step.milliseconds;
        else if (step.kind === 'restart') budget = createDeletionBudget({ perMinute, now: () => now, empty: true });
        else for (let i = 0; i < step.count; i += 1) if (budget.take()) begun.push(now);
      }
      for (const from of begun) {
        expect(begun.filter((at) => at >= from && at < from + minute).length).toBeLessThanOrEqual(perMinute);
      }
    }),
  );
});

test('of two budgets each holds, and one that refuses takes nothing of the other', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 20_000 })), { maxLength: 80 }),
      (perMinute, plan) => {
        let now = 0;
        const make = (limit: number) => createDeletionBudget({ perMinute: limit, now: () => now, empty: false });
        const all = make(perMinute);
        const a = joinBudgets(make(3), all);
        const b = joinBudgets(make(5), all);
        const begun: { readonly at: number; readonly isA: boolean }[] = [];
        for (const [isA, pause] of plan) {
          now += pause;
          if ((isA ? a : b).take()) begun.push({ at: now, isA });
        }
        for (const { at: from } of begun) {
          const within = begun.filter(({ at }) => at >= from && at < from + minute);
          expect(within.length).toBeLessThanOrEqual(perMinute);
          expect(within.filter(({ isA }) => isA).length).toBeLessThanOrEqual(3);
          expect(within.filter(({ isA }) => !isA).length).toBeLessThanOrEqual(5);
        }
      },
    ),
  );
});
