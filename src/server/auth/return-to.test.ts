import fc from 'fast-check';
import { expect, test } from 'vitest';
import { home, returnPath, under } from './return-to.ts';

const base = new URL('https://plumbline.example.com/sub');

test.each([
  ['/applications?x=1#y', '/applications?x=1#y'],
  ['/a/../b', '/b'],
  ['//evil.example', home],
  ['/\\evil.example', home],
  ['/a\\b', home],
  ['/..//evil.example', home],
  ['https://evil.example', home],
  ['/\n/evil.example', home],
  ['evil.example', home],
  [`/${'a'.repeat(3000)}`, home],
  [undefined, home],
  [['/a', '/b'], home],
])('after signing in, %j leads to %j', (asked, got) => {
  expect(returnPath(asked, base)).toBe(got);
});

test('whatever is asked for, a browser stays on this host', () => {
  const parts = fc.constantFrom(
    '/',
    '\\',
    '//',
    '.',
    '..',
    '@',
    ':',
    'evil.example',
    'https:',
    '\t',
    '%2f',
    '?',
    '#',
    'a',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const whole = under(base, returnPath(text, base));
      expect(whole.startsWith('https://plumbline.example.com/sub/')).toBe(true);
      expect(new URL(whole).origin).toBe(base.origin);
      // As a browser takes it from a Location, too.
      expect(new URL(returnPath(text, base), base.origin).origin).toBe(base.origin);
    }),
    { numRuns: 2000 },
  );
});
