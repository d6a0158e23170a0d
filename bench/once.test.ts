import { expect, test } from 'vitest';
import { countOnce } from './once.ts';

const commit = (message: string, id: string, author = 'ada') => ({ commit: id, message, author });
const write = (id: string, given: string | undefined, more = {}) => ({
  id,
  commit: given,
  arrivedAt: 1,
  refusal: undefined,
  ...more,
});

test('each write that was answered well is in one commit, the one that the answer named', () => {
  const commits = [commit('a', '1'), commit('b', '2')];
  expect(countOnce([write('a', '1'), write('b', '2')], commits)).toEqual({
    sent: 2,
    refused: 0,
    refusals: [],
    lost: 0,
    doubled: 0,
    misnamed: 0,
    stray: 0,
    missing: 0,
    otherAuthors: 0,
  });
});

test('what is lost, doubled, misnamed, stray or missing is counted as such', () => {
  const sent = [
    write('lost', '9'),
    write('doubled', '1'),
    write('misnamed', '8'),
    write('stray', undefined, { refusal: 'no', arrivedAt: undefined }),
    write('refused', undefined, { refusal: 'no', arrivedAt: undefined }),
    write('missing', '5', { arrivedAt: undefined }),
  ];
  const commits = [
    commit('doubled', '1'),
    commit('doubled', '2'),
    commit('misnamed', '3'),
    commit('stray', '4'),
    commit('missing', '5', 'eve'),
  ];
  expect(countOnce(sent, commits)).toEqual({
    sent: 6,
    refused: 2,
    refusals: ['no'],
    lost: 1,
    doubled: 1,
    misnamed: 1,
    stray: 1,
    missing: 1,
    otherAuthors: 1,
  });
});
