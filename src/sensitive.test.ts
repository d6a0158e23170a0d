import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { sensitive } from './sensitive.ts';

test('a sensitive value shows in no form of printing', () => {
  const token = sensitive('hunter2');
  const shown = [
    String(token),
    JSON.stringify({ token }),
    inspect({ token }),
    inspect(token, { depth: 9, showHidden: true }),
  ];
  for (const text of shown) {
    expect(text).not.toContain('hunter2');
    expect(text).toContain('***');
  }
  expect(token.reveal()).toBe('hunter2');
});
