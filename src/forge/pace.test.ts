import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testClock } from '../../test/support/forge-server.ts';
import { createPace, longestWait, type Pace } from './pace.ts';

const signal = new AbortController().signal;

function pace(writes?: { burst: number; perSecond: number }): Pace & { readonly clock: ReturnType<typeof testClock> } {
  const clock = testClock();
  return { ...createPace({ origin: 'https://forge.test', clock, writes }), clock };
}

test('no more are under way at once than there are places, in the order in which they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('read', 'write'), { maxLength: 40 }), async (kinds) => {
      const lanes = pace();
      const underWay = { read: 0, write: 0 };
      const most = { read: 0, write: 0 };
      const order: number[] = [];
      await Promise.all(
        kinds.map(async (kind, index) => {
          const leave = await lanes.enter(kind, signal);
          if (kind === 'write') order.push(index);
          underWay[kind] += 1;
          most[kind] = Math.max(most[kind], underWay[kind]);
          await Promise.resolve();
          underWay[kind] -= 1;
          leave();
          // Twice is once: nobody else's place is given away.
          leave();
        }),
      );
      expect(most.write).toBeLessThanOrEqual(1);
      expect(most.read).toBeLessThanOrEqual(6);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
  );
});

test('who gives up while waiting takes no place with him', async () => {
  const lanes = pace();
  const leave = await lanes.enter('write', signal);
  const impatient = new AbortController();
  const reason = new Error('changed my mind');
  const waiting = lanes.enter('write', impatient.signal);
  impatient.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const next = lanes.enter('write', signal);
  leave();
  (await next)();
  await expect(lanes.enter('write', impatient.signal)).rejects.toBe(reason);
});

test('a closed forge is waited for, up to a limit, and no earlier end shortens it', async () => {
  const lanes = pace();
  const { clock } = lanes;
  const until = clock.now() + longestWait;
  lanes.closeUntil(until);
  lanes.closeUntil(until - 30_000);
  (await lanes.enter('read', signal))();
  expect(clock.waits).toEqual([longestWait]);
  lanes.closeUntil(clock.now() + longestWait + 1);
  await expect(lanes.enter('write', signal)).rejects.toMatchObject({ code: 'forge.rate-limited' });
});

test('a budget is never overdrawn, and fills up again while nothing is written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 30 }),
      async (burst, perSecond, pauses) => {
        const lanes = pace({ burst, perSecond });
        const { clock } = lanes;
        const times: number[] = [];
        for (const pause of pauses) {
          await clock.wait(pause, signal);
          (await lanes.enter('write', signal))();
          times.push(clock.now());
        }
        for (const [first, from] of times.entries()) {
          for (const [offset, to] of times.slice(first).entries()) {
            // A millisecond of rounding at each wait.
            expect(offset + 1).toBeLessThanOrEqual(burst + ((to - from + offset + 1) / 1000) * perSecond + 1e-6);
          }
        }
      },
    ),
  );
});
