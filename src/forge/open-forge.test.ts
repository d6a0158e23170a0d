import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testConnections } from '../../test/support/forge-server.ts';
import { PlumbError } from '../errors.ts';
import { gitHubPlace } from './github/place.ts';
import { knownForge, openForge } from './open-forge.ts';
import { repositoryPlace } from './repository-place.ts';
import type { ForgeKind } from './types.ts';

test.each([
  ['https://github.com/a/b.git', 'GitHub'],
  ['git@github.com:a/b', 'GitHub'],
  ['ssh://git@ssh.github.com:443/a/b', 'GitHub'],
  ['https://gitlab.com/a/b/c', 'GitLab'],
  ['git@bitbucket.org:a/b.git', 'BitbucketCloud'],
  ['https://dev.azure.com/o/p/_git/r', 'AzureDevOps'],
  ['git@ssh.dev.azure.com:v3/o/p/r', 'AzureDevOps'],
  ['https://o.visualstudio.com/p/_git/r', 'AzureDevOps'],
  ['https://codeberg.org/a/b', 'Forgejo'],
  ['https://GitHub.com/a/b', 'GitHub'],
  ['https://github.com.example.org/a/b', undefined],
  ['https://git.example.org/a/b', undefined],
])('%s is on %s', (url, kind) => {
  expect(knownForge(url)).toBe(kind);
});

function code(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    return error instanceof PlumbError ? error.code : String(error);
  }
}

test('a host that nobody knows needs its kind to be said', () => {
  const connections = testConnections();
  const repositoryUrl = 'https://git.example.org/team/web.git';
  expect(code(() => openForge({ repositoryUrl, connections }))).toBe('forge.unknown-kind');
  expect(openForge({ repositoryUrl, connections, kind: 'Gitea' }).kind).toBe('Gitea');
});

test.each([
  'ftp://git.example.org/api',
  'http://git.example.org/api/v1',
  'https://user:secret-4711@git.example.org/api',
  'https://git.example.org/api?x=1',
  'git.example.org/api',
  '',
])('the address %j is refused for an API', (apiUrl) => {
  const connections = testConnections();
  const open = (): unknown =>
    openForge({ repositoryUrl: 'https://git.example.org/a/b', connections, kind: 'Gitea', apiUrl });
  expect(code(open)).toBe('forge.url-invalid');
  expect(open).not.toThrow('secret-4711');
});

test('a token does not go over plain HTTP to another machine', () => {
  const connections = testConnections();
  const repositoryUrl = 'http://git.example.org/a/b';
  for (const kind of ['Gitea', 'GitHub', 'GitLab'] satisfies ForgeKind[]) {
    expect(code(() => openForge({ repositoryUrl, connections, kind }))).toBe('forge.url-invalid');
  }
});

test.each([
  ['https://git.example.org:3000/team/web.git/', 'https://git.example.org:3000', ['team', 'web']],
  ['HTTPS://Git.Example.Org/a%20b/c', 'https://git.example.org', ['a b', 'c']],
  ['ssh://git@git.example.org:2222/team/sub/web.git', 'https://git.example.org', ['team', 'sub', 'web']],
  ['git@git.example.org:team/web.git', 'https://git.example.org', ['team', 'web']],
  ['git.example.org:/team/web', 'https://git.example.org', ['team', 'web']],
  ['http://127.0.0.1:3000/a/b', 'http://127.0.0.1:3000', ['a', 'b']],
])('the place of %s', (url, origin, path) => {
  expect(repositoryPlace(url)).toMatchObject({ origin, path });
});

test.each([
  '',
  'file:///a/b',
  '/a/b',
  'https://git.example.org/',
  'https://git.example.org/a/%2e%2e/b%2f..%2fc',
  'a b:c',
])('%j is no place on a forge', (url) => {
  expect(code(() => repositoryPlace(url))).toBe('forge.url-invalid');
});

test('what is said of a URL never shows a password, whatever the URL is', () => {
  const url = fc.oneof(
    fc.string(),
    fc.webPath().map((path) => `https://user:secret-4711@${path}`),
    fc.constant('user:secret-4711@'),
  );
  fc.assert(
    fc.property(url, (text) => {
      try {
        for (const part of repositoryPlace(text).path) expect(['', '.', '..']).not.toContain(part);
      } catch (error) {
        expect(error).toBeInstanceOf(PlumbError);
        expect(String(error)).not.toContain('secret-4711');
      }
    }),
  );
});

test.each([
  ['https://github.com/a/b', undefined, 'https://api.github.com/'],
  ['git@ssh.github.com:a/b.git', undefined, 'https://api.github.com/'],
  ['https://corp.ghe.com/a/b', undefined, 'https://api.corp.ghe.com/'],
  ['https://github.example.org/a/b', undefined, 'https://github.example.org/api/v3'],
  ['git@github.example.org:a/b', 'https://github.example.org:8443/api/v3', 'https://github.example.org:8443/api/v3'],
])('GitHub of %s with the address %s is called at %s', (url, apiUrl, expected) => {
  const { api } = gitHubPlace({
    kind: 'GitHub',
    place: repositoryPlace(url),
    connections: testConnections(),
    route: {},
    ...(apiUrl === undefined ? {} : { apiUrl: new URL(apiUrl) }),
  });
  expect(api.href).toBe(expected);
});
