import { expect, test } from 'vitest';
import { rollbackTarget } from './rollback-target.ts';

const id = (digit: string) => digit.repeat(40);
const known = {
  name: 'web',
  revision: id('a'),
  history: [
    { revision: id('a'), outcome: 'Succeeded' },
    { revision: id('b'), outcome: 'Failed' },
    { revision: `${id('c')},${id('d')}`, outcome: 'Succeeded' },
  ],
};
const target = (given: string | undefined) => rollbackTarget(known, given, 'cli.usage');

test.each([
  [undefined, `${id('c')},${id('d')}`],
  ['1', id('a')],
  ['2', id('b')],
  ['3', `${id('c')},${id('d')}`],
  ['bbbb', id('b')],
  ['CCCC', `${id('c')},${id('d')}`],
  [id('E'), id('e')],
  [`${id('e')},${id('f')}`, `${id('e')},${id('f')}`],
  [`sha256:${'1'.repeat(64)}`, `sha256:${'1'.repeat(64)}`],
])('%s is %s', (given, expected) => {
  expect(target(given)).toBe(expected);
});

test.each(['4', '99', '123', 'xyz', `${id('e')},short`, ''])('%j is refused', (given) => {
  expect(() => target(given)).toThrow(expect.objectContaining({ code: 'cli.usage' }));
});

test('there may be nothing to go back to', () => {
  const only = { ...known, history: known.history.slice(0, 2) };
  expect(() => rollbackTarget(only, undefined, 'cli.usage')).toThrow(
    expect.objectContaining({ code: 'cli.no-earlier-revision' }),
  );
});
