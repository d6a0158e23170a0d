import { expect, test } from 'vitest';
import { createHolds } from './holds.ts';

test('what is held is not worked on, and is told when all who hold it have let go', async () => {
  let now = 0;
  const ended: string[] = [];
  const holds = createHolds({ onEnd: (id) => ended.push(id), now: () => now });
  const worked: string[] = [];
  const work = (id: string) => holds.work(id, async () => void worked.push(id));
  const [one, two] = [await holds.begin('a'), await holds.begin('a')];
  await work('a');
  await work('b');
  expect(worked).toEqual(['b']);
  one();
  one();
  expect(holds.isHeld('a')).toBe(true);
  two();
  expect(ended).toEqual(['a']);
  await work('a');
  expect(worked).toEqual(['b', 'a']);
  await holds.begin('a');
  now = 30_000;
  // Whoever never lets go keeps nobody for ever.
  expect(holds.isHeld('a')).toBe(false);
});

test('a hold begins when the work that is under way has ended, also where it fails', async () => {
  const holds = createHolds({ onEnd: () => undefined, now: () => 0 });
  const blocked = Promise.withResolvers<void>();
  const work = holds.work('a', () => blocked.promise);
  let isBegun = false;
  const begun = holds.begin('a').then(() => (isBegun = true));
  await Promise.resolve();
  expect(isBegun).toBe(false);
  blocked.reject(new Error('broken'));
  await expect(work).rejects.toThrow('broken');
  await begun;
});
