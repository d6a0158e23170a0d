import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repositoryKey } from './repository-key.ts';

test.each([
  [
    'github.com/team/app',
    [
      'https://github.com/Team/App',
      'https://github.com/team/app.git',
      'https://GitHub.com:443/team/app/',
      'https://token@github.com/team/app.git',
      'git@github.com:team/app.git',
      'ssh://git@github.com/team/app.git',
      'ssh://git@ssh.github.com:443/team/app.git',
      'git://github.com/team/app.git',
    ],
  ],
  [
    'git.example.org/group/sub/app',
    ['https://git.example.org:8443/group/sub/app.git', 'ssh://git@git.example.org:2222/group/sub/app.git'],
  ],
  ['[::1]/app', ['git@[::1]:app.git', 'http://[::1]:3000/app']],
  [
    'dev.azure.com/org/my project/_git/app',
    [
      'https://dev.azure.com/org/My%20Project/_git/App',
      'https://org@dev.azure.com/org/My%20Project/_git/App',
      'git@ssh.dev.azure.com:v3/org/My%20Project/App',
      'https://org.visualstudio.com/My%20Project/_git/App',
      'https://org.visualstudio.com/DefaultCollection/My%20Project/_git/App',
      'org@vs-ssh.visualstudio.com:v3/org/My%20Project/App',
    ],
  ],
  ['dev.azure.com/org/app/_git/app', ['https://dev.azure.com/org/_git/app', 'https://dev.azure.com/org/app/_git/app']],
  ['docker.io/library/nginx', ['oci://docker.io/library/nginx', 'oci://registry-1.docker.io/library/nginx']],
  ['file:///srv/git/App.git', ['file:///srv/git/App.git', 'file:///srv/git/App.git/']],
])('%s is what they all name', (key, urls) => {
  expect(urls.map(repositoryKey)).toEqual(urls.map(() => key));
});

test.each([
  '',
  'app',
  'https://',
  'https://host',
  'https://host/',
  'https://host/\n',
  'https://host//',
  'x'.repeat(3000),
])('%j names none', (text) => {
  expect(repositoryKey(text)).toBeUndefined();
});

test('repositories on different hosts, or with different paths, differ', () => {
  const keys = ['https://a.example/x', 'https://b.example/x', 'https://a.example/y', 'git@a.example:x/y'];
  expect(new Set(keys.map(repositoryKey)).size).toBe(keys.length);
});

test('no text makes it throw, and a percent sign that encodes nothing is a percent sign', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(['string', 'undefined']).toContain(typeof repositoryKey(text));
    }),
  );
  expect(repositoryKey('https://host/100%')).toBe('host/100%');
});
