import { expect, test } from 'vitest';
import { createRemembered } from './remembered.ts';

function asking() {
  let time = 0;
  const remembered = createRemembered<string>({
    entries: 2,
    keep: (text) => (text === 'no' ? 0 : 100),
    now: () => time,
  });
  let asked = 0;
  const ask = (answer: string) => () => {
    asked += 1;
    return Promise.resolve(answer);
  };
  return { ...remembered, ask, asked: () => asked, pass: (milliseconds: number) => (time += milliseconds) };
}

test('an answer is good for its time, and those who ask at once share one question', async () => {
  const { get, ask, asked, pass, peek } = asking();
  expect(await Promise.all([get('a', ask('one')), get('a', ask('two'))])).toEqual(['one', 'one']);
  expect(await get('a', ask('three'))).toBe('one');
  expect(asked()).toBe(1);
  pass(100);
  expect(peek('a')).toBeUndefined();
  expect(await get('a', ask('four'))).toBe('four');
});

test('what fails, and what is not to be kept, is asked again', async () => {
  const { get, ask, asked } = asking();
  await expect(get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await get('a', ask('no'))).toBe('no');
  expect(await get('a', ask('yes'))).toBe('yes');
  expect(asked()).toBe(2);
});

test('an answer counts from when it was asked for', async () => {
  const { get, pass, peek } = asking();
  await get('a', async () => {
    pass(60);
    return 'slow';
  });
  expect(peek('a')).toBe('slow');
  pass(40);
  expect(peek('a')).toBeUndefined();
});

test('what is forgotten while it is asked for is not remembered', async () => {
  const { get, forget, peek, ask } = asking();
  const answer = Promise.withResolvers<string>();
  const first = get('a', () => answer.promise);
  forget('a');
  const second = await get('a', ask('new'));
  answer.resolve('old');
  expect([await first, second, peek('a')]).toEqual(['old', 'new', 'new']);
});

test('so many are remembered, and no more', async () => {
  const { get, peek, ask } = asking();
  for (const key of ['a', 'b', 'c']) await get(key, ask(key));
  expect([peek('a'), peek('b'), peek('c')]).toEqual([undefined, 'b', 'c']);
});
