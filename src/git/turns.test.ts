import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('so many work at once, and who waits has the next turn in order, unless it gave up', async () => {
  const take = createTurns(2);
  const { signal } = new AbortController();
  const [first, second] = [await take(signal), await take(signal)];
  const order: string[] = [];
  const waitFor = async (name: string, from: AbortSignal): Promise<() => void> => {
    const back = await take(from);
    order.push(name);
    return back;
  };
  const impatient = new AbortController();
  const third = waitFor('third', signal);
  const given = waitFor('given up', impatient.signal);
  const fourth = waitFor('fourth', signal);
  impatient.abort(new Error('no time'));
  await expect(given).rejects.toThrow('no time');
  expect(order).toEqual([]);
  first();
  // Giving back twice is no second turn.
  first();
  const thirdBack = await third;
  expect(order).toEqual(['third']);
  second();
  const fourthBack = await fourth;
  expect(order).toEqual(['third', 'fourth']);
  thirdBack();
  fourthBack();
  await expect(take(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  expect(await Promise.all([take(signal), take(signal)])).toHaveLength(2);
});
