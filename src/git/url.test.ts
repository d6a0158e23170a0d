import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import { parseRepositoryUrl, redactUrl } from './url.ts';

const everything = { allowFile: true, allowInsecureHttp: true };

test.each([
  ['https://Git.Example.ORG/Team/App.git', 'https://git.example.org/Team/App.git', 'https'],
  ['HTTPS://git.example.org:443/a/', 'https://git.example.org/a', 'https'],
  ['https://git.example.org:8443/a', 'https://git.example.org:8443/a', 'https'],
  ['https://git.example.org/a/./b/../c', 'https://git.example.org/a/c', 'https'],
  ['http://127.0.0.1:3000/a.git', 'http://127.0.0.1:3000/a.git', 'http'],
  ['http://[::1]:3000/a.git', 'http://[::1]:3000/a.git', 'http'],
  ['http://localhost/a', 'http://localhost/a', 'http'],
  ['ssh://git@Git.example.org:22/a/b.git/', 'ssh://git@git.example.org/a/b.git', 'ssh'],
  ['ssh://git@git.example.org:2222/a', 'ssh://git@git.example.org:2222/a', 'ssh'],
  ['git@Git.example.org:team/app.git', 'git@git.example.org:team/app.git', 'ssh'],
  ['git@git.example.org:/srv/app.git', 'ssh://git@git.example.org/srv/app.git', 'ssh'],
  ['git@[::1]:app.git', 'git@[::1]:app.git', 'ssh'],
])('%s becomes %s', (text, normal, transport) => {
  expect(parseRepositoryUrl(text)).toMatchObject({ text: normal, transport });
  expect(parseRepositoryUrl(normal).text).toBe(normal);
});

test.each([
  ['file:///srv/git/app.git/', 'file:///srv/git/app.git'],
  ['/srv/git//app.git', 'file:///srv/git/app.git'],
  ['/srv/../etc/app.git', 'file:///etc/app.git'],
])('%s is a file, where files are allowed', (text, normal) => {
  expect(parseRepositoryUrl(text, everything).text).toBe(normal);
  expect(() => parseRepositoryUrl(text)).toThrow(/git\.protocol-refused/);
});

test.each([
  ['', 'git.url-invalid'],
  ['app', 'git.url-invalid'],
  ['./app', 'git.url-invalid'],
  ['../app', 'git.url-invalid'],
  ['--upload-pack=touch /tmp/x', 'git.url-invalid'],
  ['-oProxyCommand=touch@host:x', 'git.url-invalid'],
  ['ssh://-oProxyCommand=touch/x', 'git.url-invalid'],
  ['ssh://git@-host/x', 'git.url-invalid'],
  ['git@-host:x', 'git.url-invalid'],
  ['-git@host:x', 'git.url-invalid'],
  ['git@host:-x', 'git.url-invalid'],
  ['ext::sh -c touch% /tmp/x', 'git.url-invalid'],
  ['ext::sh', 'git.url-invalid'],
  ['fd::17/foo', 'git.url-invalid'],
  ['https::https://host/x', 'git.url-invalid'],
  ['git://host/x', 'git.protocol-refused'],
  ['ftp://host/x', 'git.protocol-refused'],
  ['javascript://host/x', 'git.protocol-refused'],
  ['http://git.example.org/x', 'git.protocol-refused'],
  ['http://127.0.0.1.example.org/x', 'git.protocol-refused'],
  ['https://token@git.example.org/x', 'git.url-credentials'],
  ['https://user:pass@git.example.org/x', 'git.url-credentials'],
  ['ssh://git:pass@git.example.org/x', 'git.url-credentials'],
  ['https://git.example.org', 'git.url-invalid'],
  ['https://git.example.org/', 'git.url-invalid'],
  ['https://git.example.org/x?y=z', 'git.url-invalid'],
  ['https://git.example.org/x#y', 'git.url-invalid'],
  ['https://git.example.org/x?', 'git.url-invalid'],
  ['https://git.example.org\\@evil.example.org/x', 'git.url-invalid'],
  ['https://git.example.org/x y', 'git.url-invalid'],
  ['https://git.example.org/x\n', 'git.url-invalid'],
  ['https:///x', 'git.url-invalid'],
  ['file://host/x', 'git.url-invalid'],
  [`https://git.example.org/${'x'.repeat(3000)}`, 'git.url-invalid'],
])('%s is refused as %s', (text, code) => {
  const error = ((): unknown => {
    try {
      return parseRepositoryUrl(text);
    } catch (reason) {
      return reason;
    }
  })();
  expect(error).toBeInstanceOf(PlumbError);
  expect((error as PlumbError).code).toBe(code);
  expect((error as PlumbError).message).not.toContain('pass@');
  expect((error as PlumbError).message).not.toContain('token@');
});

const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,6}[a-z0-9]$/);

test('a proper URL has a normal form that is its own normal form', () => {
  const url = fc
    .tuple(
      fc.constantFrom('https', 'ssh', 'HTTPS', 'Ssh'),
      word,
      fc.array(word, { minLength: 1, maxLength: 3 }),
      fc.option(fc.integer({ min: 1, max: 65_535 })),
      fc.constantFrom('', '/', '//', '.git', '.git/'),
    )
    .map(
      ([scheme, host, path, port, end]) =>
        `${scheme}://${host}.example.org${port === null ? '' : `:${port}`}/${path.join('/')}${end}`,
    );
  fc.assert(
    fc.property(url, (text) => {
      const parsed = parseRepositoryUrl(text);
      expect(parseRepositoryUrl(parsed.text)).toEqual(parsed);
      expect(parsed.text).toMatch(/^(https|ssh):\/\/[a-z0-9.-]+(:\d+)?\/[^?#]*[^/]$/);
    }),
  );
});

test('a path outside of a URL is what it is, letter for letter', () => {
  expect(parseRepositoryUrl('git@host:/srv/a%20b').text).toBe('ssh://git@host/srv/a%2520b');
  expect(parseRepositoryUrl('git@host:/srv/a`b').text).toBe('ssh://git@host/srv/a%60b');
  expect(parseRepositoryUrl('git@host:/srv/a+b~c').text).toBe(parseRepositoryUrl('ssh://git@host/srv/a+b~c').text);
});

test('whatever is accepted cannot be taken for an option, a helper or a command', () => {
  const piece = fc.constantFrom(
    '-',
    'a',
    'git',
    '@',
    ':',
    '::',
    '/',
    '//',
    'https',
    'ssh',
    'file',
    'ext',
    '.',
    '..',
    ' ',
    '%20',
    '%0a',
    '$',
    ';',
    '\\',
    '\n',
    '[',
    ']',
    '?',
    '#',
    '~',
    '`',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const text = pieces.join('');
      try {
        const parsed = parseRepositoryUrl(text, everything);
        expect(parsed.text).not.toMatch(/^-|[\s\\]|^[^/[]*::|^(?:ssh|https?):\/\/-|^[^:/]*@-|^[^/]*:-/);
        expect(parseRepositoryUrl(parsed.text, everything).text).toBe(parsed.text);
      } catch (error) {
        expect(error).toBeInstanceOf(PlumbError);
      }
    }),
    { numRuns: 5000 },
  );
});

test('a URL that is shown has no credentials and moves no cursor', () => {
  expect(redactUrl('https://u:p@host/x')).toBe('https://***@host/x');
  expect(redactUrl('https://u:p@ss@host/x')).toBe('https://***@host/x');
  expect(redactUrl('u:p@host:x')).toBe('***@host:x');
  expect(redactUrl('git@host:x')).toBe('git@host:x');
  expect(redactUrl('https://host/\u001b[2J')).toBe('https://host/?[2J');
});
