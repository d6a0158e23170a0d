import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemsOf } from '../../errors.ts';
import { labelFilter } from './label-filter.ts';

const labels = { app: 'web', 'plumbline.dev/part': 'a.b-c', empty: '' };

test.for([
  ['app=web', true],
  ['app==web', true],
  ['app=other', false],
  ['app!=web', false],
  ['none!=web', true],
  ['app', true],
  ['!app', false],
  ['!none', true],
  ['constructor', false],
  ['empty=', true],
  ['plumbline.dev/part=a.b-c, app', true],
  ['app,none', false],
] as const)('%s', ([text, wanted]) => {
  expect(labelFilter(text, 'query.labels')(labels)).toBe(wanted);
});

test.for(['', 'app in (web)', 'app=web,', 'app=a b', '=web', '!', 'app<1'])('%s is refused', (text) => {
  const refused = (() => {
    try {
      return labelFilter(text, 'query.labels');
    } catch (error) {
      return problemsOf(error)[0];
    }
  })();
  expect(refused).toMatchObject({ code: 'server.invalid', where: { field: 'query.labels' } });
});

test('what is wanted and what is not are all that there is', () => {
  const word = fc.stringMatching(/^[a-z]{1,2}$/);
  fc.assert(
    fc.property(fc.dictionary(word, word), word, word, (given, key, value) => {
      expect(labelFilter(`${key}=${value}`, '')(given)).not.toBe(labelFilter(`${key}!=${value}`, '')(given));
      expect(labelFilter(key, '')(given)).not.toBe(labelFilter(`!${key}`, '')(given));
    }),
  );
});
