import { expect, test } from 'vitest';
import { openWorkshop } from '../../../test/support/git-workshop.ts';
import { plumbError, problemsOf } from '../../errors.ts';
import { openMirror } from '../../git/index.ts';
import { poll as startPoll, type PollOptions } from './poll.ts';

/** A clock that a test turns on by hand. */
function handClock() {
  const timers: { readonly milliseconds: number; readonly callback: () => void }[] = [];
  return {
    timers,
    schedule: (milliseconds: number, callback: () => void): (() => void) => {
      const timer = { milliseconds, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    /** Lets the one timer that waits ring. */
    ring(): number {
      const [timer, ...more] = timers.splice(0);
      expect(more).toEqual([]);
      timer?.callback();
      return timer?.milliseconds ?? -1;
    },
  };
}

type Answer = 'a' | 'b' | Error;

/** A poll of a server that answers when the test says so. */
function scripted(overrides: Partial<PollOptions<string>> = {}) {
  const clock = handClock();
  const told: string[] = [];
  const retries: number[] = [];
  const pending: { resolve(outcome: string): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const controller = new AbortController();
  const poll = startPoll({
    ask: (signal) => new Promise<string>((resolve, reject) => void pending.push({ resolve, reject, signal })),
    intervalMilliseconds: 60_000,
    jitter: 0.1,
    random: () => 0.5,
    signal: controller.signal,
    schedule: clock.schedule,
    onOutcome: (outcome) => told.push(outcome),
    onError: (error, milliseconds) => {
      told.push(problemsOf(error)[0].code);
      retries.push(milliseconds);
    },
    ...overrides,
  });
  return {
    poll,
    clock,
    told,
    retries,
    pending,
    controller,
    answer: async (answer: Answer): Promise<void> => {
      const next = pending.shift();
      if (answer instanceof Error) next?.reject(answer);
      else next?.resolve(answer);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('it asks at once, then at intervals', async () => {
  const { clock, told, answer } = scripted();
  await answer('a');
  expect(clock.ring()).toBe(63_000);
  await answer('b');
  expect(clock.ring()).toBe(63_000);
  await answer('b');
  expect(told).toEqual(['a', 'b', 'b']);
});

test('after failures it waits longer each time, up to a limit, and not after a success', async () => {
  const { clock, retries, answer } = scripted();
  const failure = plumbError('git.unreachable', 'gone');
  for (let count = 0; count < 6; count += 1) {
    await answer(failure);
    expect(clock.ring()).toBe(retries.at(-1));
  }
  expect(retries).toEqual([126_000, 252_000, 504_000, 945_000, 945_000, 945_000]);
  await answer('a');
  expect(clock.ring()).toBe(63_000);
});

test('an interval over the limit is not shortened by failures', async () => {
  const { retries, answer } = scripted({ intervalMilliseconds: 3_600_000, jitter: 0 });
  await answer(plumbError('git.unreachable', 'gone'));
  expect(retries).toEqual([3_600_000]);
});

test('a trigger fetches now, and a burst of them while it runs makes one more', async () => {
  const { poll, clock, pending, told, answer } = scripted();
  await answer('a');
  poll.trigger();
  expect(clock.timers).toEqual([]);
  expect(pending).toHaveLength(1);
  for (let count = 0; count < 50; count += 1) poll.trigger();
  expect(pending).toHaveLength(1);
  await answer('a');
  expect(pending).toHaveLength(1);
  expect(clock.timers).toEqual([]);
  await answer('b');
  expect(pending).toHaveLength(0);
  expect(told).toEqual(['a', 'a', 'b']);
  expect(clock.timers).toHaveLength(1);
});

test('a trigger during a failing fetch is not lost to the backoff', async () => {
  const { poll, pending, retries, answer } = scripted();
  poll.trigger();
  await answer(plumbError('git.unreachable', 'gone'));
  expect(retries).toEqual([0]);
  expect(pending).toHaveLength(1);
});

test('after it was stopped nobody is told anything, and nothing waits', async () => {
  const { poll, clock, pending, told, answer } = scripted();
  expect(pending[0]?.signal.aborted).toBe(false);
  poll.stop();
  expect(pending[0]?.signal.aborted).toBe(true);
  await answer('a');
  poll.trigger();
  expect(told).toEqual([]);
  expect(pending).toEqual([]);
  expect(clock.timers).toEqual([]);
  const other = scripted();
  await other.answer('a');
  expect(other.clock.timers).toHaveLength(1);
  other.controller.abort();
  expect(other.clock.timers).toEqual([]);
});

test('a push arrives by the trigger that it pulls, on a real mirror', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  const commits: string[] = [];
  let wake: (() => void) | undefined;
  const poll = startPoll({
    ask: (signal) => mirror.fetch({}, { signal }),
    intervalMilliseconds: 3_600_000,
    jitter: 0,
    random: Math.random,
    signal: workshop.signal,
    onOutcome: ({ resolved }) => {
      commits.push(resolved.commit);
      wake?.();
    },
    onError: (error) => {
      throw error;
    },
  });
  const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  if (commits.length === 0) await next();
  const second = await repository.commit({ a: '2' });
  const told = next();
  poll.trigger();
  await told;
  poll.stop();
  expect(commits).toEqual([first, second]);
});
