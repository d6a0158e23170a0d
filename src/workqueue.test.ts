import { expect, test, vi } from 'vitest';
import { createWorkqueue, type WorkqueueOptions } from './workqueue.ts';

function queueOf(work: WorkqueueOptions['work'], options: Partial<WorkqueueOptions> = {}) {
  const stop = new AbortController();
  const failures: { key: string; delay: number }[] = [];
  const queue = createWorkqueue({
    workers: 2,
    work,
    onFailure: (key, _error, delay) => failures.push({ key, delay }),
    firstRetryMilliseconds: 1,
    lastRetryMilliseconds: 8,
    random: () => 0.5,
    signal: stop.signal,
    ...options,
  });
  return { queue, stop, failures };
}

test('wishes for one key collapse, and one that comes during the work makes exactly one more run', async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let runs = 0;
  const { queue, stop } = queueOf(async () => {
    runs += 1;
    if (runs === 1) {
      started.resolve();
      await gate.promise;
    } else second.resolve();
  });
  queue.add('a');
  await started.promise;
  queue.add('a');
  queue.add('a');
  queue.add('a');
  gate.resolve();
  await second.promise;
  stop.abort();
  await queue.ended;
  expect(runs).toBe(2);
});

test('a key is never worked on twice at a time, and no more keys than workers', async () => {
  const active = new Map<string, number>();
  let most = 0;
  let done = 0;
  const all = Promise.withResolvers<void>();
  const { queue, stop } = queueOf(async (key) => {
    active.set(key, (active.get(key) ?? 0) + 1);
    expect(active.get(key)).toBe(1);
    most = Math.max(
      most,
      [...active.values()].reduce((sum, count) => sum + count, 0),
    );
    await new Promise(setImmediate);
    active.set(key, 0);
    done += 1;
    if (done === 20) all.resolve();
  });
  for (let index = 0; index < 20; index += 1) queue.add(`key-${index}`);
  await all.promise;
  stop.abort();
  await queue.ended;
  expect(most).toBe(2);
});

test('what is added first goes ahead of all that wait, also after a run of its own', async () => {
  const worked: string[] = [];
  const gate = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  const { queue, stop } = queueOf(
    async (key) => {
      worked.push(key);
      if (worked.length === 1) await gate.promise;
      if (worked.length === 5) all.resolve();
    },
    { workers: 1 },
  );
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  queue.addFirst('d');
  // Of two wishes for the key at work, the more urgent counts.
  queue.addFirst('a');
  queue.add('a');
  gate.resolve();
  await all.promise;
  stop.abort();
  await queue.ended;
  expect(worked).toEqual(['a', 'd', 'a', 'b', 'c']);
});

test('a failing key comes back later and later, up to the limit, and a success resets it', async () => {
  let runs = 0;
  const succeeded = Promise.withResolvers<void>();
  const { queue, stop, failures } = queueOf(async () => {
    runs += 1;
    if (runs < 7) throw new Error('not yet');
    succeeded.resolve();
  });
  queue.add('a');
  await succeeded.promise;
  stop.abort();
  await queue.ended;
  expect(failures.map(({ delay }) => delay)).toEqual([1, 2, 4, 8, 8, 8]);
});

test('failing keys do not hold up the others', async () => {
  const good = Promise.withResolvers<void>();
  const { queue, stop } = queueOf(async (key) => {
    if (key === 'good') good.resolve();
    else throw new Error('bad');
  });
  for (let index = 0; index < 50; index += 1) queue.add(`bad-${index}`);
  queue.add('good');
  await good.promise;
  stop.abort();
  await queue.ended;
});

test('of two delays the earlier wins', () => {
  vi.useFakeTimers();
  try {
    const worked: string[] = [];
    const { queue, stop } = queueOf(async (key) => {
      worked.push(key);
    });
    queue.addAfter('a', 1000);
    queue.addAfter('a', 10);
    queue.addAfter('a', 500);
    vi.advanceTimersByTime(20);
    expect(worked).toEqual(['a']);
    vi.advanceTimersByTime(5000);
    expect(worked).toEqual(['a']);
    stop.abort();
  } finally {
    vi.useRealTimers();
  }
});

test('after the stop nothing new begins, and the end waits for what runs', async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const worked: string[] = [];
  const { queue, stop } = queueOf(async (key) => {
    worked.push(key);
    started.resolve();
    await gate.promise;
  });
  queue.add('a');
  await started.promise;
  stop.abort();
  queue.add('b');
  let over = false;
  const end = (async () => {
    await queue.ended;
    over = true;
  })();
  await new Promise(setImmediate);
  expect(over).toBe(false);
  gate.resolve();
  await end;
  expect(worked).toEqual(['a']);
});

test('what timers bring back goes behind all else, and still gets a turn now and then', async () => {
  const order: string[] = [];
  const all = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const timers: (() => void)[] = [];
  const { queue, stop } = queueOf(
    async (key) => {
      if (key === 'busy') return gate.promise;
      order.push(key);
      if (order.length === 16) all.resolve();
    },
    {
      workers: 1,
      schedule: (_milliseconds, callback) => {
        timers.push(callback);
        return () => {};
      },
    },
  );
  queue.add('busy');
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) queue.addAfter(`failing-${number}`, 1000);
  for (const fire of timers) fire();
  for (const number of [1, 2, 3, 4, 5, 6, 7]) queue.add(`new-${number}`);
  // News of what waits for a timer takes it forward.
  queue.add('failing-8');
  queue.addFirst('drifted');
  gate.resolve();
  await all.promise;
  stop.abort();
  await queue.ended;
  expect(order).toEqual([
    'drifted',
    'new-1',
    'new-2',
    'failing-1',
    'new-3',
    'new-4',
    'new-5',
    'failing-2',
    'new-6',
    'new-7',
    'failing-8',
    'failing-3',
    'failing-4',
    'failing-5',
    'failing-6',
    'failing-7',
  ]);
});

test('a key that a timer brings back while it is worked on is worked on once more', async () => {
  const gate = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  const timers: (() => void)[] = [];
  let runs = 0;
  const { queue, stop } = queueOf(
    async () => {
      runs += 1;
      if (runs === 1) await gate.promise;
      else again.resolve();
    },
    {
      schedule: (_milliseconds, callback) => {
        timers.push(callback);
        return () => {};
      },
    },
  );
  queue.add('a');
  queue.addAfter('a', 10);
  for (const fire of timers) fire();
  gate.resolve();
  await again.promise;
  stop.abort();
  await queue.ended;
  expect(runs).toBe(2);
});

test('who observes is told how long work waited and took, and how much waits', async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const begun: number[] = [];
  const ended: boolean[] = [];
  const all = Promise.withResolvers<void>();
  const { queue, stop } = queueOf(
    async (key) => {
      started.resolve();
      await gate.promise;
      if (key === 'b') throw new Error('no');
    },
    {
      workers: 1,
      // What failed comes back no more here.
      schedule: () => () => {},
      observer: {
        onBegin: (waited) => begun.push(waited),
        onEnd(worked, failed) {
          expect(worked).toBeGreaterThanOrEqual(0);
          ended.push(failed);
          if (ended.length === 3) all.resolve();
        },
      },
    },
  );
  expect(queue.depth).toBe(0);
  queue.add('a');
  await started.promise;
  queue.add('b');
  queue.add('b');
  queue.addFirst('b');
  // Waits for its own end.
  queue.add('a');
  queue.addAfter('later', 60_000);
  expect(queue.depth).toBe(1);
  gate.resolve();
  await all.promise;
  expect(ended).toEqual([false, true, false]);
  expect(begun).toHaveLength(3);
  expect(begun.every((waited) => waited >= 0)).toBe(true);
  stop.abort();
  await queue.ended;
  expect(queue.depth).toBe(0);
});
