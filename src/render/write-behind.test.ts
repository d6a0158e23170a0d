import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWriteBehind } from './write-behind.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A slow place: what it has, and the writes that it has not finished. */
function slowPlace(maximumBytes: number) {
  const written: string[] = [];
  const unfinished: (() => void)[] = [];
  const behind = createWriteBehind<string>(async (key, value) => {
    await new Promise<void>((resolve) => unfinished.push(resolve));
    written.push(`${key}=${value}`);
  }, maximumBytes);
  const finish = async (): Promise<void> => {
    for (const resolve of unfinished.splice(0)) resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { behind, written, unfinished, finish };
}

test('a value is there at once, and written when nothing new has come for a while', async () => {
  const { behind, written, unfinished, finish } = slowPlace(100);
  behind.put('a', 'one', 10);
  await vi.advanceTimersByTimeAsync(2000);
  behind.put('b', 'two', 10);
  await vi.advanceTimersByTimeAsync(2000);
  expect(unfinished).toHaveLength(0);
  expect(behind.get('a')).toBe('one');

  await vi.advanceTimersByTimeAsync(1000);
  expect(behind.get('a')).toBe('one');
  await finish();
  expect(written).toEqual(['a=one', 'b=two']);
  expect(behind.get('a')).toBeUndefined();
});

test('of the values of one key the last is written', async () => {
  const { behind, written, finish } = slowPlace(100);
  behind.put('a', 'one', 10);
  behind.put('a', 'two', 10);
  const flushed = behind.flush();
  await finish();
  await flushed;
  expect(written).toEqual(['a=two']);
});

test('more than the bound is written without waiting, and more than twice the bound is let go of', async () => {
  const { behind, unfinished, finish, written } = slowPlace(100);
  behind.put('a', 'one', 60);
  behind.put('b', 'two', 60);
  expect(unfinished).toHaveLength(2);
  behind.put('c', 'three', 60);
  behind.put('d', 'four', 60);
  expect(behind.get('c')).toBe('three');
  expect(behind.get('d')).toBeUndefined();
  await finish();
  await finish();
  expect(written).toEqual(['a=one', 'b=two', 'c=three']);
  behind.put('d', 'four', 60);
  expect(behind.get('d')).toBe('four');
});

test('a flush waits also for what comes while it writes', async () => {
  const { behind, written, finish } = slowPlace(1000);
  const names = Array.from({ length: 10 }, (_, index) => String(index));
  for (const name of names) behind.put(name, 'x', 1);
  const flushed = behind.flush();
  await finish();
  behind.put('late', 'x', 1);
  behind.put('0', 'y', 1);
  for (let turn = 0; turn < 5; turn += 1) await finish();
  await flushed;
  expect(written.toSorted()).toEqual([...names.map((name) => `${name}=x`), '0=y', 'late=x'].toSorted());
});
