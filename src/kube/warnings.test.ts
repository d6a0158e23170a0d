import { expect, test } from 'vitest';
import { tellWarnings } from './warnings.ts';

function told(header: string | string[] | undefined): string[] {
  const texts: string[] = [];
  tellWarnings(header, (text) => texts.push(text));
  return texts;
}

test('each warning once, unquoted', () => {
  expect(told(undefined)).toEqual([]);
  expect(told('299 - "unknown field \\"spec.foo\\""')).toEqual(['unknown field "spec.foo"']);
  expect(told('299 - "one, two", 299 - "three"')).toEqual(['one, two', 'three']);
  expect(told(['299 - "one"', '299 - "one"', '299 - "two"'])).toEqual(['one', 'two']);
});
