import { expect, test } from 'vitest';
import type { RefMove } from '../../forge/index.ts';
import { createBurst } from './burst.ts';

/** A burst whose clock a test turns on by hand. */
function handBurst(act: (moves: readonly RefMove[] | undefined) => boolean = () => true) {
  const timers: (() => void)[] = [];
  const acts: (readonly string[] | 'all')[] = [];
  const burst = createBurst({
    milliseconds: 2_000,
    act: (_id, moves) => {
      acts.push(moves === undefined ? 'all' : moves.map(({ ref, after }) => `${ref} ${after ?? 'gone'}`));
      return act(moves);
    },
    schedule: (_milliseconds, callback) => {
      timers.push(callback);
      return () => {
        if (timers.includes(callback)) timers.splice(timers.indexOf(callback), 1);
      };
    },
  });
  return {
    burst,
    acts,
    timers,
    ring: () => {
      for (const callback of timers.splice(0)) callback();
    },
  };
}

const move = (ref: string, after: string): readonly RefMove[] => [{ ref, after }];

test('a thousand pushes are two acts: the first at once, and the last when the time is over', () => {
  const { burst, acts, ring } = handBurst();
  for (let time = 0; time < 1000; time += 1) burst.add('a/one', move('main', String(time)));
  expect(acts).toEqual([['main 0']]);
  ring();
  expect(acts).toEqual([['main 0'], ['main 999']]);
});

test('each reference keeps its last news', () => {
  const { burst, acts, ring } = handBurst();
  for (const [ref, after] of [
    ['main', '1'],
    ['main', '2'],
    ['dev', '3'],
    ['main', '4'],
  ] as const) {
    burst.add('a/one', move(ref, after));
  }
  ring();
  expect(acts[1]).toEqual(['main 4', 'dev 3']);
});

test('news that needed nothing keeps no other news waiting', () => {
  const { burst, acts, timers } = handBurst((moves) => moves?.[0]?.ref === 'main');
  burst.add('a/one', move('dev', '1'));
  burst.add('a/one', move('dev', '2'));
  burst.add('a/one', move('main', '3'));
  expect(acts).toHaveLength(3);
  expect(timers).toHaveLength(1);
});

/** Acts for what is not there yet, and brings it. */
function remembering(): (moves: readonly RefMove[] | undefined) => boolean {
  const known = new Set<string | undefined>();
  return (moves = []) => {
    const news = moves.filter(({ after }) => !known.has(after));
    for (const { after } of news) known.add(after);
    return news.length > 0;
  };
}

test('after a quiet time the next one acts at once again, and while it goes on once in a while', () => {
  const { burst, acts, ring, timers } = handBurst(remembering());
  burst.add('a/one', move('main', '1'));
  ring();
  expect(acts).toEqual([['main 1'], ['main 1']]);
  expect(timers).toHaveLength(0);
  burst.add('a/one', move('main', '2'));
  expect(acts).toHaveLength(3);
  burst.add('a/one', move('main', '3'));
  ring();
  expect(acts).toHaveLength(4);
  burst.add('a/one', move('main', '4'));
  expect(acts).toHaveLength(4);
  expect(timers).toHaveLength(1);
});

test('what the first look did not find is looked for once more, and not for ever', () => {
  const { burst, acts, ring, timers } = handBurst();
  burst.add('a/one', move('main', 'late'));
  ring();
  expect(acts).toEqual([['main late'], ['main late']]);
  ring();
  expect(acts).toHaveLength(2);
  expect(timers).toEqual([]);
});

test('a branch that is gone is looked for once', () => {
  const { burst, acts, ring, timers } = handBurst();
  burst.add('a/one', [{ ref: 'main' }]);
  ring();
  expect(acts).toEqual([['main gone']]);
  expect(timers).toEqual([]);
});

test('Repositories do not wait for one another', () => {
  const { burst, acts } = handBurst();
  burst.add('a/one', move('main', '1'));
  burst.add('a/two', move('main', '1'));
  expect(acts).toHaveLength(2);
});

test('too many references, or one that is not named, are all of them', () => {
  const { burst, acts, ring } = handBurst();
  burst.add('a/one', undefined);
  for (let time = 0; time < 1000; time += 1) burst.add('a/one', move(String(time), '1'));
  ring();
  expect(acts).toEqual(['all', 'all']);
});

test('a Repository that is gone is left alone', () => {
  const { burst, acts, ring } = handBurst();
  burst.add('a/one', move('main', '1'));
  burst.add('a/one', move('main', '2'));
  burst.delete('a/one');
  burst.delete('a/none');
  ring();
  expect(acts).toHaveLength(1);
});
