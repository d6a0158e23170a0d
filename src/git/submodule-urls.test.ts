import { expect, test } from 'vitest';
import { problemsOf } from '../errors.ts';
import { parseRepositoryUrl } from './url.ts';

/**
 * What has been written into .gitmodules to have a client of Git do something else than fetch. Every URL that comes out
 * of a repository goes through the same check as one that a person wrote, before Git sees it.
 */
test.each([
  ['CVE-2017-1000117', 'ssh://-oProxyCommand=touch%20x/repo', 'git.url-invalid'],
  ['CVE-2017-1000117', 'ssh://-oProxyCommand=touch$IFS/x', 'git.url-invalid'],
  ['CVE-2017-1000117', '-oProxyCommand=touch:x', 'git.url-invalid'],
  ['CVE-2018-17456', '-u./payload', 'git.url-invalid'],
  ['CVE-2018-17456', '--upload-pack=./payload', 'git.url-invalid'],
  ['CVE-2015-7545', 'ext::sh -c touch% x', 'git.url-invalid'],
  ['CVE-2015-7545', 'ext::sh', 'git.url-invalid'],
  ['CVE-2015-7545', 'fd::3', 'git.url-invalid'],
  ['CVE-2015-7545', 'transport-helper::https://example.org/x', 'git.url-invalid'],
  ['CVE-2020-5260', 'https://evil.example%0ahost=github.com/x', 'git.url-invalid'],
  ['CVE-2020-5260', 'https://evil.example\nhost=github.com/x', 'git.url-invalid'],
  ['CVE-2020-11008', 'https:///?host=github.com', 'git.url-invalid'],
  ['CVE-2020-11008', 'https://%0a@github.com/x', 'git.url-credentials'],
  ['CVE-2024-52006', 'https://evil.example\r.github.com/x', 'git.url-invalid'],
  ['CVE-2022-39253', 'file:///srv/other.git', 'git.protocol-refused'],
  ['CVE-2022-39253', '/srv/other.git', 'git.protocol-refused'],
  ['relative', '../other.git', 'git.url-invalid'],
  ['relative', './../../etc', 'git.url-invalid'],
  ['a token', 'https://token@github.com/acme/x', 'git.url-credentials'],
  ['not encrypted', 'git://github.com/acme/x', 'git.protocol-refused'],
  ['not encrypted', 'http://github.com/acme/x', 'git.protocol-refused'],
  ['not of Git', 'rsync://github.com/acme/x', 'git.protocol-refused'],
  ['a path of ssh that is an option', 'git@github.com:--upload-pack=x', 'git.url-invalid'],
  ['a user of ssh that is an option', '-lroot@github.com:x', 'git.url-invalid'],
  ['a command in the host', 'git@$(touch x):y', 'git.url-invalid'],
  ['a command in the host', 'git@`touch x`:y', 'git.url-invalid'],
  ['a command in the host', 'ssh://git@a;touch/x', 'git.url-invalid'],
])('%s: %j is refused', (_, url, code) => {
  const read = (): unknown => {
    try {
      return parseRepositoryUrl(url);
    } catch (error) {
      return problemsOf(error)[0].code;
    }
  };
  expect(read()).toBe(code);
});
