import { expect, test } from 'vitest';
import { createGuard, type Guard, TooManyError } from './guard.ts';

const limits = {
  perSource: { burst: 3, perSecond: 0.5 },
  perAccount: { burst: 5, perSecond: 0.1 },
  overall: { burst: 1000, perSecond: 100 },
};

function waits(guard: Guard, source: string, account?: string): number {
  try {
    guard.admit(source, account);
    return 0;
  } catch (error) {
    expect(error).toBeInstanceOf(TooManyError);
    expect(error).toMatchObject({ code: 'server.rate-limited' });
    return (error as TooManyError).retryAfter;
  }
}

test('what succeeds costs nothing, and what fails waits longer and longer', () => {
  let time = 0;
  const guard = createGuard(() => time, limits);
  for (let count = 0; count < 100; count += 1) expect(waits(guard, '192.0.2.1')).toBe(0);
  for (let count = 0; count < 3; count += 1) guard.failed('192.0.2.1');
  expect(waits(guard, '192.0.2.1')).toBe(2);
  expect(waits(guard, '192.0.2.2')).toBe(0);
  time = 2_000;
  expect(waits(guard, '192.0.2.1')).toBe(0);
});

test('an account is guarded against many sources', () => {
  const guard = createGuard(() => 0, limits);
  for (let count = 0; count < 5; count += 1) guard.failed(`192.0.2.${count}`, 'link');
  expect(waits(guard, '192.0.2.99', 'link')).toBe(10);
  expect(waits(guard, '192.0.2.99', 'other')).toBe(0);
  expect(waits(guard, '192.0.2.99')).toBe(0);
});

test('a network of IPv6 is one source', () => {
  const guard = createGuard(() => 0, limits);
  for (let count = 0; count < 3; count += 1) guard.failed(`2001:db8::${count}`);
  expect(waits(guard, '2001:db8::ffff')).toBe(2);
});

test('so many sources are remembered; whoever was silent longest is forgotten', () => {
  const guard = createGuard(() => 0, { ...limits, overall: { burst: 1e9, perSecond: 1 } });
  for (let count = 0; count < 3; count += 1) guard.failed('192.0.2.1');
  for (let count = 0; count < 10_000; count += 1)
    guard.failed(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  expect(waits(guard, '192.0.2.1')).toBe(0);
});
