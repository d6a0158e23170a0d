import { expect, test } from 'vitest';
import { impersonationHeaders } from './impersonate.ts';

test('names go as bytes of UTF-8, keys escaped with their capitals', () => {
  expect(
    impersonationHeaders({ username: 'zoë', groups: ['a', 'b'], uid: '1', extra: { 'Example.org/x': ['1', '2'] } }),
  ).toEqual([
    'impersonate-user',
    'zo\u00C3\u00AB',
    'impersonate-uid',
    '1',
    'impersonate-group',
    'a',
    'impersonate-group',
    'b',
    'impersonate-extra-%45xample.org%2Fx',
    '1',
    'impersonate-extra-%45xample.org%2Fx',
    '2',
  ]);
});
