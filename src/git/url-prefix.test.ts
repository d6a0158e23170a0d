import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUrlPrefix, prefixLength } from './url-prefix.ts';

test.each([
  ['https://github.com/acme/app', 'https://github.com'],
  ['https://github.com/acme/app', 'https://github.com/'],
  ['https://github.com/acme/app', 'https://GitHub.com/acme'],
  ['https://github.com/acme/app', 'https://github.com:443/acme/'],
  ['https://github.com/acme/app.git', 'https://github.com/acme/app'],
  ['https://github.com/acme/app', 'https://github.com/acme/app.git'],
  ['https://github.com/acme/x/../app', 'https://github.com/acme'],
  ['https://git.example.com:8443/a/b', 'https://git.example.com:8443'],
  ['ssh://git@github.com/acme/app', 'ssh://github.com'],
  ['ssh://git@github.com:22/acme/app', 'ssh://git@github.com/acme'],
  ['git@github.com:acme/app.git', 'ssh://git@github.com/acme'],
  ['git@github.com:acme/app.git', 'git@github.com:acme'],
  ['ssh://git@github.com/acme/app', 'git@github.com:acme'],
  ['http://localhost:3000/acme/app', 'http://localhost:3000'],
  ['https://[2001:db8::1]/acme/app', 'https://[2001:db8::1]/acme'],
  ['oci://ghcr.io/acme/app', 'oci://ghcr.io/acme'],
  ['oci://GHCR.io/acme/app', 'oci://ghcr.io'],
])('%s lies below %s', (url, prefix) => {
  expect(prefixLength(url, prefix)).toBeGreaterThan(0);
});

test.each([
  // A path is whole segments.
  ['https://github.com/acme-evil/app', 'https://github.com/acme'],
  ['https://github.com/acmeevil', 'https://github.com/acme'],
  ['https://github.com/acme.git/app', 'https://github.com/acme'],
  ['https://github.com/Acme/app', 'https://github.com/acme'],
  ['https://github.com/acme', 'https://github.com/acme/app'],
  ['https://github.com/evil/acme', 'https://github.com/acme'],
  // A host is whole, and the port and the scheme are those that are written.
  ['https://github.com.evil/acme/app', 'https://github.com/acme'],
  ['https://github.com.evil/acme/app', 'https://github.com'],
  ['https://evilgithub.com/acme/app', 'https://github.com'],
  ['https://api.github.com/acme/app', 'https://github.com'],
  ['https://github.com@evil.example/acme/app', 'https://github.com'],
  ['https://github.com%2eevil.example/acme', 'https://github.com'],
  ['http://github.com/acme/app', 'https://github.com'],
  ['https://github.com/acme/app', 'http://github.com'],
  ['https://github.com:8443/acme/app', 'https://github.com'],
  ['https://github.com/acme/app', 'https://github.com:8443'],
  ['ssh://git@github.com/acme/app', 'https://github.com/acme'],
  ['ssh://git@github.com:2222/acme/app', 'ssh://git@github.com'],
  ['ssh://mallory@github.com/acme/app', 'ssh://git@github.com'],
  ['mallory@github.com:acme/app', 'git@github.com:acme'],
  ['git@github.com.evil:acme/app', 'ssh://git@github.com'],
  ['oci://ghcr.io/acme/app', 'https://ghcr.io/acme'],
  ['https://ghcr.io/acme/app', 'oci://ghcr.io'],
  ['oci://ghcr.io/acme-evil/app', 'oci://ghcr.io/acme'],
  ['oci://ghcr.io/acme/../evil/app', 'oci://ghcr.io/acme'],
  ['oci://ghcr.io:5000/acme/app', 'oci://ghcr.io/acme'],
  // What leads out of the prefix, however it is written.
  ['https://github.com/acme/../evil/app', 'https://github.com/acme'],
  ['https://github.com/acme/%2e%2e/evil/app', 'https://github.com/acme'],
  ['https://github.com/acme/x%2f..%2f..%2fevil', 'https://github.com/acme'],
  ['https://github.com/acme/x%252f..%252fevil', 'https://github.com/acme'],
  ['https://github.com/acme/..%5cevil', 'https://github.com/acme'],
  ['https://github.com/acme\\..\\evil', 'https://github.com/acme'],
  ['git@github.com:acme/../evil', 'git@github.com:acme'],
  ['git@github.com:acme/./../evil', 'ssh://git@github.com/acme'],
  // What is no URL of a repository, or no prefix.
  ['https://github.com/acme/app?x=https://github.com', 'https://github.com'],
  ['file:///acme', 'file:///'],
  ['/acme/app', '/acme'],
  ['https://github.com/acme/app', 'https://'],
  ['https://github.com/acme/app', ''],
  ['https://github.com/acme/app', '*'],
  ['https://github.com/acme/app', 'https://*.com'],
  ['https://github.com/acme/app', 'github.com'],
  ['https://github.com/acme/app', 'https://user:pass@github.com'],
  ['https://github.com/acme/app', 'https://github.com?'],
])('%s does not lie below %s', (url, prefix) => {
  expect(prefixLength(url, prefix)).toBeUndefined();
});

test('the one that says more is the longer one', () => {
  const url = 'ssh://git@github.com/acme/team/app';
  const prefixes = [
    'ssh://github.com',
    'ssh://git@github.com',
    'ssh://github.com/acme',
    'ssh://git@github.com/acme',
    'ssh://github.com/acme/team/app',
  ];
  const lengths = prefixes.map((prefix) => prefixLength(url, prefix) ?? 0);
  expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  expect(new Set(lengths).size).toBe(prefixes.length);
});

test('which texts are prefixes', () => {
  for (const prefix of ['https://x.example', 'https://x.example/a', 'git@x.example:a', 'ssh://git@x.example:22'])
    expect(isUrlPrefix(prefix)).toBe(true);
  for (const prefix of ['', 'x.example', 'https://', 'https://a@x.example', 'ftp://x.example', 'file:///x', '-x:y'])
    expect(isUrlPrefix(prefix)).toBe(false);
});

const path = (of: URL): string => `${of.pathname.replace(/\/+$/, '').replace(/\.git$/, '')}/`.replaceAll(/\/+/g, '/');

test('whatever lies below a prefix goes to the same origin, and its path begins with that of the prefix', () => {
  const part = fc.stringMatching(/^[a-z0-9.%-]{1,6}$/);
  const host = fc.constantFrom('a.example', 'a.example.evil', 'b.a.example', 'A.example');
  const build = fc
    .tuple(
      fc.constantFrom('https', 'http', 'ssh'),
      host,
      fc.constantFrom('', ':443', ':22', ':8080'),
      fc.array(part, { maxLength: 4 }),
    )
    .map(([scheme, name, port, parts]) => `${scheme}://${name}${port}/${parts.join('/')}`);
  fc.assert(
    fc.property(build, build, (url, prefix) => {
      if (prefixLength(url, prefix) === undefined) return;
      const [narrow, wide] = [new URL(url), new URL(prefix)];
      expect(narrow.protocol).toBe(wide.protocol);
      expect(narrow.hostname.toLowerCase()).toBe(wide.hostname.toLowerCase());
      expect(path(narrow).startsWith(path(wide))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
