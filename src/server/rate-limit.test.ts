import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateLimit, networkOf, type RateLimitOptions } from './rate-limit.ts';

function limit(options: Partial<RateLimitOptions> = {}) {
  let time = 0;
  const rateLimit = createRateLimit({
    perSource: { burst: 3, perSecond: 1 },
    overall: { burst: 100, perSecond: 10 },
    sources: 100,
    now: () => time,
    ...options,
  });
  return { ...rateLimit, wait: (milliseconds: number) => (time += milliseconds) };
}

test('a source has its burst, and then as many as come back with time', () => {
  const { take, wait } = limit();
  expect([1, 2, 3, 4].map(() => take('a'))).toEqual([0, 0, 0, 1000]);
  wait(999);
  expect(take('a')).toBeGreaterThan(0);
  wait(1);
  expect([take('a'), take('a')]).toEqual([0, 1000]);
  wait(1_000_000);
  expect([1, 2, 3, 4].map(() => take('a') === 0)).toEqual([true, true, true, false]);
});

test('one source’s haste is not another one’s, until all together are too many', () => {
  const { take } = limit({ overall: { burst: 5, perSecond: 1 } });
  for (let time = 0; time < 50; time += 1) take('a');
  expect([take('b'), take('b')]).toEqual([0, 0]);
  expect(take('c')).toBe(1000);
});

test('what costs more is let in less often, and all the same once everything is there', () => {
  const { take, wait } = limit({ perSource: { burst: 10, perSecond: 1 } });
  expect([take('a', 4), take('a', 4), take('a', 4)]).toEqual([0, 0, 2000]);
  wait(2000);
  expect(take('a', 4)).toBe(0);
  expect(take('b', 1000)).toBe(0);
  expect(take('b')).toBe(1000);
});

test('what is charged is gone, and never more than all', () => {
  const { take, charge, wait } = limit();
  take('a');
  charge('a', 1_000);
  expect(take('a')).toBe(1000);
  wait(1000);
  expect(take('a')).toBe(0);
});

test('to look costs nothing', () => {
  const { take, look, charge, wait } = limit();
  expect([look('a'), look('a'), look('a'), look('a'), look('a')]).toEqual([0, 0, 0, 0, 0]);
  charge('a', 3);
  expect([look('a'), take('a')]).toEqual([1000, 1000]);
  wait(1000);
  expect([look('a'), look('a'), take('a'), take('a')]).toEqual([0, 0, 0, 1000]);
});

test('an IPv6 sender is its network, and an IPv4 one the same in both notations', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2:ffff::1'));
  expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('nonsense')).toBe('nonsense');
});

test('sources that are forgotten begin anew, and so many are remembered', () => {
  const { take } = limit({ sources: 2 });
  for (let time = 0; time < 4; time += 1) take('a');
  take('b');
  expect(take('a')).toBeGreaterThan(0);
  take('b');
  take('c');
  expect(take('a')).toBe(0);
});

test('in no span of time are more let in than burst and rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 60 }), (pauses) => {
      const { take, wait } = limit();
      let passed = 0;
      let taken = 0;
      for (const pause of pauses) {
        wait(pause);
        passed += pause;
        if (take('a') === 0) taken += 1;
        expect(taken).toBeLessThanOrEqual(3 + passed / 1000);
      }
    }),
  );
});
