import { expect, test } from 'vitest';
import type { Ref } from '../../api/index.ts';
import { isNews } from './concerns.ts';

type Seen = Parameters<typeof isNews>[1];

const now = '2'.repeat(40);
const ready: Seen = { revision: now, ref: 'refs/heads/main' };
const pending: Seen = undefined;
const commit = '7'.repeat(40);

test.each<[Ref | undefined, Seen, string, boolean]>([
  [undefined, ready, 'refs/heads/main', true],
  [undefined, ready, 'refs/heads/dev', false],
  [undefined, pending, 'refs/heads/dev', true],
  [undefined, ready, '', true],
  [{ branch: 'main' }, ready, 'refs/heads/main', true],
  [{ branch: 'main' }, pending, 'refs/heads/dev', false],
  [{ branch: 'main' }, ready, 'refs/tags/main', false],
  [{ tag: 'v1' }, ready, 'refs/tags/v1', true],
  [{ tag: 'v1' }, ready, 'refs/tags/v2', false],
  [{ semver: '>=1' }, ready, 'refs/tags/v2', true],
  [{ semver: '>=1' }, ready, 'refs/heads/main', false],
  [{ commit }, ready, 'refs/heads/main', false],
  [{ commit }, pending, 'refs/heads/main', true],
])('%j, seen %j: news of %s is news: %s', (ref, seen, moved, expected) => {
  expect(isNews(ref, seen, { ref: moved, after: '3'.repeat(40) })).toBe(expected);
  expect(isNews(ref, seen, { ref: moved })).toBe(expected);
  // What is there already is none.
  expect(isNews(ref, seen, { ref: moved, after: now })).toBe(expected && seen === undefined);
});
