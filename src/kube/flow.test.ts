import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFlow, type Flow, type FlowOptions, type Priority } from './flow.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function flowOf(options: FlowOptions = {}): Flow {
  return createFlow({ now: () => performance.now(), random: () => 0, ...options });
}

/** Takes so many turns; tells which have come. */
function take(flow: Flow, count: number, priority: Priority = 'normal', arrived: string[] = [], name = ''): string[] {
  for (let index = 0; index < count; index += 1) {
    const turn = flow.enter(priority, undefined);
    if (turn === undefined) arrived.push(`${name}${index}`);
    else void turn.then(() => arrived.push(`${name}${index}`));
  }
  return arrived;
}

const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

test('as many at once as the limit says, the others in their order', async () => {
  const flow = flowOf({ initial: 2 });
  const arrived = take(flow, 4);
  await settled();
  expect(arrived).toEqual(['0', '1']);
  expect([flow.running, flow.waiting]).toEqual([2, 2]);
  flow.leave('normal');
  await settled();
  expect(arrived).toEqual(['0', '1', '2']);
});

test('urgent ones do not wait, high ones wait before normal ones', async () => {
  const flow = flowOf({ initial: 1, maximum: 1 });
  const arrived = take(flow, 2, 'normal', [], 'normal');
  take(flow, 1, 'high', arrived, 'high');
  take(flow, 1, 'urgent', arrived, 'urgent');
  flow.leave('normal');
  await settled();
  expect(arrived).toEqual(['normal0', 'urgent0', 'high0']);
});

test('low ones wait for all others, and leave half of the room to them', async () => {
  const flow = flowOf({ initial: 4, maximum: 4 });
  const arrived = take(flow, 3, 'low', [], 'low');
  await settled();
  expect(arrived).toEqual(['low0', 'low1']);
  take(flow, 3, 'normal', arrived, 'normal');
  await settled();
  expect(arrived).toEqual(['low0', 'low1', 'normal0', 'normal1']);
  flow.leave('low');
  flow.leave('low');
  flow.leave('normal');
  await settled();
  expect(arrived.slice(4)).toEqual(['normal2']);
  flow.leave('normal');
  await settled();
  expect(arrived.slice(5)).toEqual(['low2']);
});

/** So many requests that wait are let in, and answered, one after the other. */
function answer(flow: Flow, count: number, milliseconds: number): void {
  for (let index = 0; index < count; index += 1) {
    flow.answered(milliseconds);
    flow.leave('normal');
  }
}

test('grows while the server is quick and all places are taken, and not otherwise', () => {
  const flow = flowOf({ initial: 4, maximum: 6 });
  for (let index = 0; index < 100; index += 1) flow.answered(10);
  expect(flow.limit).toBe(4);
  take(flow, 200);
  answer(flow, 5, 10);
  expect([flow.limit, flow.running]).toEqual([5, 5]);
  answer(flow, 100, 10);
  expect([flow.limit, flow.running]).toEqual([6, 6]);
});

test('429 halves the limit once for one storm, and closes the way for all but urgent ones until the time asked for', async () => {
  const flow = flowOf({ initial: 16 });
  for (let index = 0; index < 16; index += 1) flow.throttled(2_000);
  expect(flow.limit).toBe(8);
  const arrived = take(flow, 3, 'high', [], 'high');
  take(flow, 1, 'urgent', arrived, 'urgent');
  await vi.advanceTimersByTimeAsync(1_999);
  expect(arrived).toEqual(['urgent0']);
  await vi.advanceTimersByTimeAsync(1);
  expect(arrived).toEqual(['urgent0', 'high0', 'high1', 'high2']);
  flow.throttled(1_000);
  expect(flow.limit).toBe(4);
});

test('the limit never falls below its minimum, and comes back', async () => {
  const flow = flowOf({ initial: 2, minimum: 1 });
  for (let round = 0; round < 5; round += 1) {
    flow.throttled(100);
    await vi.advanceTimersByTimeAsync(1_500);
  }
  expect(flow.limit).toBe(1);
  take(flow, 1);
  for (let index = 0; index < 3; index += 1) flow.answered(10);
  expect(flow.limit).toBeGreaterThan(1);
});

test('a server that answers slowly gets less', async () => {
  const flow = flowOf({ initial: 10 });
  take(flow, 10);
  for (let index = 0; index < 40; index += 1) flow.answered(3_000);
  expect(flow.limit).toBe(8);
  await vi.advanceTimersByTimeAsync(1_000);
  flow.answered(3_000);
  expect(flow.limit).toBe(6);
});

test('who gives up waiting takes no place', async () => {
  const flow = flowOf({ initial: 1 });
  take(flow, 1);
  const aborting = new AbortController();
  const turn = flow.enter('normal', aborting.signal);
  const arrived = take(flow, 1, 'normal', [], 'patient');
  aborting.abort(new Error('enough'));
  await expect(turn).rejects.toThrow('enough');
  expect(flow.waiting).toBe(1);
  flow.leave('normal');
  await settled();
  expect(arrived).toEqual(['patient0']);
  expect(() => flow.enter('normal', aborting.signal)).toThrow('enough');
});
