import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseVersion, parseSelector, refNameProblem } from './selector.ts';

function gitAllows(name: string): boolean {
  return spawnSync('git', ['check-ref-format', `refs/heads/${name}`]).status === 0;
}

test('a name is allowed exactly where Git allows it', () => {
  // Pieces that the rules speak of, put together at random; single names cost a process each.
  const piece = fc.constantFrom(
    'a',
    'B',
    '.',
    '..',
    '/',
    '-',
    '@',
    '{',
    '@{',
    '~',
    '^',
    ':',
    '?',
    '*',
    '[',
    '\\',
    ' ',
    '.lock',
    'é',
    '\u007f',
    '\t',
    '_',
    '+',
    '=',
    'lock',
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const name = pieces.join('');
      expect({ name, allowed: refNameProblem(name) === undefined }).toEqual({ name, allowed: gitAllows(name) });
    }),
    { numRuns: 400 },
  );
});

test('a selector names one thing at most', () => {
  expect(parseSelector({})).toEqual({ kind: 'default', name: 'the default branch' });
  expect(parseSelector({ branch: 'a/b' })).toEqual({ kind: 'ref', ref: 'refs/heads/a/b', name: 'branch a/b' });
  expect(parseSelector({ tag: 'v1' })).toEqual({ kind: 'ref', ref: 'refs/tags/v1', name: 'tag v1' });
  expect(parseSelector({ semver: '1.x' })).toEqual({ kind: 'semver', range: '1.x', name: 'version 1.x' });
  expect(parseSelector({ commit: 'A'.repeat(40) })).toMatchObject({ kind: 'commit', commit: 'a'.repeat(40) });
  expect(() => parseSelector({ branch: 'a', tag: 'b' })).toThrow(/branch and tag are given/);
  expect(() => parseSelector({ commit: 'abc123' })).toThrow(/not a full commit id/);
  expect(() => parseSelector({ semver: 'latest' })).toThrow(/no version range/);
  expect(() => parseSelector({ branch: '' })).toThrow(/is empty/);
  expect(() => parseSelector({ name: 'x' } as never)).toThrow(/none of branch, tag, semver, commit/);
});

test.each([
  [['v1.0.0', '1.2.0', 'v1.10.0', 'v2.0.0'], '^1.0.0', 'v1.10.0'],
  [['1.0.0', '1.1.0-rc.1'], '>=1.0.0', '1.0.0'],
  [['1.0.0', '1.1.0-rc.1'], '>=1.1.0-rc.0', '1.1.0-rc.1'],
  [['1.0.0+a', '1.0.0+b'], '1.0.0', '1.0.0+b'],
  [['v1.0.0', '1.0.0'], '*', '1.0.0'],
  [['chart-1.0.0', 'latest', '1.0', '01.0.0'], '*', undefined],
  [[], '*', undefined],
])('of the tags %j, the range %s takes %s', (tags, range, chosen) => {
  expect(chooseVersion(tags, range)).toBe(chosen);
});

test('the choice does not depend on the order of the tags', () => {
  const tag = fc
    .tuple(fc.nat(3), fc.nat(12), fc.nat(3), fc.constantFrom('', '-rc.1', '+b1', '+b2'), fc.boolean())
    .map(([major, minor, patch, rest, v]) => `${v ? 'v' : ''}${major}.${minor}.${patch}${rest}`);
  fc.assert(
    fc.property(
      fc.uniqueArray(tag, { maxLength: 12 }),
      fc.constantFrom('*', '^1.0.0', '>=1.2.0 <3', '~2.1'),
      (tags, range) => {
        expect(chooseVersion(tags.toReversed(), range)).toBe(chooseVersion(tags, range));
        expect(chooseVersion(tags.toSorted(), range)).toBe(chooseVersion(tags, range));
      },
    ),
  );
});
