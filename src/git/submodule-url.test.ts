import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import { isSameServer, submoduleUrl } from './submodule-url.ts';
import { parseRepositoryUrl } from './url.ts';

const resolve = (parent: string, text: string, options = {}): string =>
  submoduleUrl(parseRepositoryUrl(parent, { allowFile: true }), text, options, {}).text;

test.each([
  ['https://git.example.org/team/app.git', '../lib.git', 'https://git.example.org/team/lib.git'],
  ['https://git.example.org/team/app.git', './lib.git', 'https://git.example.org/team/app.git/lib.git'],
  ['https://git.example.org:8443/team/app', '../../other/lib', 'https://git.example.org:8443/other/lib'],
  ['https://git.example.org/team/app', '../..//other/./lib', 'https://git.example.org/other/lib'],
  ['git@git.example.org:team/app.git', '../lib.git', 'git@git.example.org:team/lib.git'],
  ['git@git.example.org:team/app.git', '../../lib.git', 'git@git.example.org:lib.git'],
  ['ssh://git@git.example.org:2222/team/app', '../lib', 'ssh://git@git.example.org:2222/team/lib'],
  ['file:///srv/git/app.git', '../lib.git', 'file:///srv/git/lib.git'],
  ['git@git.example.org:team/app.git', 'https://other.example.org/lib', 'https://other.example.org/lib'],
  ['https://git.example.org/app', 'git@other.example.org:lib.git', 'git@other.example.org:lib.git'],
])('in %s, %s is %s', (parent, text, url) => {
  expect(resolve(parent, text, { allowFile: true })).toBe(url);
});

test.each([
  ['https://git.example.org/team/app', '../../../lib'],
  ['https://git.example.org/app', '..'],
  ['git@git.example.org:app.git', '../../lib'],
  ['https://git.example.org/app', '/srv/git/lib.git'],
  ['https://git.example.org/app', 'file:///srv/git/lib.git'],
  ['https://git.example.org/app', 'https://127.0.0.1:8443/lib'],
  ['https://git.example.org/app', 'https://localhost/lib'],
  ['https://git.example.org/app', 'http://localhost/lib'],
  ['https://git.example.org/app', 'ext::sh -c id'],
  ['https://git.example.org/app', '-u./x'],
  ['git@git.example.org:app.git', '../-oProxyCommand=x'],
  ['https://git.example.org/app', ''],
])('in %s, %s is refused', (parent, text) => {
  expect(() => resolve(parent, text, { allowFile: true })).toThrow(/git\.submodule-invalid/);
});

test('a relative URL never leads to another server, and never above its root', () => {
  const parents = ['https://git.example.org/a/b', 'git@git.example.org:a/b', 'ssh://git@git.example.org/a/b'];
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', '...', '%2e%2e', '@', ':', '::', 'x'),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...parents), fc.constantFrom('.', '..'), fc.array(part), (parent, first, rest) => {
      const base = parseRepositoryUrl(parent);
      try {
        const url = submoduleUrl(base, [first, ...rest].join('/'), {}, {});
        expect(isSameServer(base, url)).toBe(true);
        expect(url.host).toBe(base.host);
        expect(url.text).not.toMatch(/\/\.\.(?:\/|$)/);
      } catch (error) {
        if (!(error instanceof PlumbError)) throw error;
        expect(error.code).toBe('git.submodule-invalid');
      }
    }),
    { numRuns: 500 },
  );
});

const same = (one: string, other: string) => isSameServer(parseRepositoryUrl(one), parseRepositoryUrl(other));

test('the same server is the same scheme, user, host and port', () => {
  expect(same('git@h.example:a', 'ssh://git@h.example/b')).toBe(true);
  expect(same('https://h.example/a', 'https://H.example:443/b')).toBe(true);
  expect(same('https://h.example/a', 'https://h.example:8443/b')).toBe(false);
  expect(same('https://h.example/a', 'https://h.example.evil/b')).toBe(false);
  expect(same('git@h.example:a', 'root@h.example:a')).toBe(false);
  expect(same('https://h.example/a', 'git@h.example:a')).toBe(false);
});
