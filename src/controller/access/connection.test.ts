import { expect, test } from 'vitest';
import type { PlumbError } from '../../errors.ts';
import type { Connection } from '../../git/index.ts';
import type { KubeObject } from '../../object.ts';
import { Sensitive } from '../../sensitive.ts';
import { connectionFrom, type ConnectionTarget } from './connection.ts';
import { secretKeys } from './secret-keys.ts';

const https: ConnectionTarget = { url: 'https://git.example.com/acme/app', proxy: undefined, isTemplate: false };
const ssh: ConnectionTarget = { ...https, url: 'git@git.example.com:acme/app.git' };

function read(data: Readonly<Record<string, string>>, target = https): Connection {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: encoded } as KubeObject;
  return connectionFrom(secretKeys(secret), target, { object: 'Secret team/s' });
}

/** With everything secret laid open, for the comparison. */
function open(value: unknown): unknown {
  if (value instanceof Sensitive) return value.reveal();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)]));
}

function problemsOf(data: Readonly<Record<string, string>>, target = https): readonly string[] {
  try {
    read(data, target);
    return [];
  } catch (error) {
    const { problems } = error as PlumbError;
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['controller.secret-invalid']));
    return problems.map(({ message }) => message);
  }
}

test.each<[string, Record<string, string>, ConnectionTarget, unknown]>([
  ['a token', { token: 't' }, https, { credentials: { kind: 'https', password: 't' } }],
  [
    'user and password',
    { username: 'bob', password: 'p' },
    https,
    { credentials: { kind: 'https', username: 'bob', password: 'p' } },
  ],
  ['a file with a line break at its end', { token: 't\r\n' }, https, { credentials: { kind: 'https', password: 't' } }],
  ['a bearer token', { bearerToken: 't' }, https, { credentials: { kind: 'bearer', token: 't' } }],
  [
    "Kubernetes' keys for SSH",
    { 'ssh-privatekey': 'k', known_hosts: 'h' },
    ssh,
    { credentials: { kind: 'ssh', privateKey: 'k', knownHosts: 'h' } },
  ],
  [
    "Flux's keys for SSH",
    { identity: 'k', 'identity.pub': 'x', known_hosts: 'h', password: 'p' },
    ssh,
    { credentials: { kind: 'ssh', privateKey: 'k', knownHosts: 'h', passphrase: 'p' } },
  ],
  [
    "Argo CD's keys for SSH",
    { type: 'git', url: 'git@git.example.com:acme/app', sshPrivateKey: 'k', known_hosts: 'h' },
    ssh,
    { credentials: { kind: 'ssh', privateKey: 'k', knownHosts: 'h' }, scope: 'git@git.example.com:acme/app' },
  ],
  [
    "Flux's keys for a GitHub App",
    { githubAppID: '12', githubAppInstallationID: '34', githubAppPrivateKey: 'k' },
    https,
    { gitHubApp: { credentials: { kind: 'github-app', appId: '12', installationId: 34, privateKey: 'k' } } },
  ],
  [
    "Argo CD's keys for a GitHub App of one's own GitHub",
    { githubAppID: '12', githubAppPrivateKey: 'k', githubAppEnterpriseBaseUrl: 'https://git.example.com/api/v3' },
    https,
    {
      gitHubApp: {
        credentials: { kind: 'github-app', appId: '12', privateKey: 'k' },
        apiUrl: 'https://git.example.com/api/v3',
      },
    },
  ],
  [
    "Kubernetes' keys for TLS",
    { 'tls.crt': 'c', 'tls.key': 'k', 'ca.crt': 'a' },
    https,
    { clientCertificate: { certificate: 'c', key: 'k' }, certificateAuthority: 'a' },
  ],
  [
    "Flux's old keys for TLS",
    { certFile: 'c', keyFile: 'k', caFile: 'a' },
    https,
    { clientCertificate: { certificate: 'c', key: 'k' }, certificateAuthority: 'a' },
  ],
  [
    "Argo CD's keys for TLS, beside a password",
    { tlsClientCertData: 'c', tlsClientCertKey: 'k', username: 'bob', password: 'p' },
    https,
    {
      credentials: { kind: 'https', username: 'bob', password: 'p' },
      clientCertificate: { certificate: 'c', key: 'k' },
    },
  ],
  ['an authority alone', { 'ca.crt': 'a' }, https, { certificateAuthority: 'a' }],
  ['a proxy alone', { proxy: 'http://pat:p@proxy:3128' }, https, { proxy: 'http://pat:p@proxy:3128/' }],
  [
    'a proxy with a password beside it',
    { token: 't', proxy: 'http://proxy:3128', proxyUsername: 'pat', proxyPassword: 'p@:/' },
    https,
    { credentials: { kind: 'https', password: 't' }, proxy: 'http://pat:p%40%3A%2F@proxy:3128/' },
  ],
  [
    'the proxy of the Repository with the password of its Secret',
    { proxyUsername: 'pat', proxyPassword: 'p' },
    { ...https, proxy: 'http://proxy:3128' },
    { proxy: 'http://pat:p@proxy:3128/' },
  ],
  [
    'both kinds of credentials: the URL decides',
    { token: 't', id_rsa: 'k', known_hosts: 'h', passphrase: 'p' },
    ssh,
    { credentials: { kind: 'ssh', privateKey: 'k', knownHosts: 'h', passphrase: 'p' } },
  ],
  [
    'the same for HTTPS',
    { token: 't', id_rsa: 'k', known_hosts: 'h' },
    https,
    { credentials: { kind: 'https', password: 't' } },
  ],
])('%s', (_, data, target, wanted) => {
  expect(open(read(data, target))).toEqual(wanted);
});

test('all that is wrong is told at once, and nothing of what is secret', () => {
  const told = problemsOf({
    insecure: 'true',
    url: 'https://git.example.com/other',
    token: 's3cr3t-s3cr3t',
    bearerToken: 's3cr3t-s3cr3t',
    'tls.key': 's3cr3t-s3cr3t',
    proxy: 's3cr3t-s3cr3t',
  });
  expect(told).toHaveLength(5);
  expect(told.join('\n')).not.toContain('s3cr3t');
});

test.each<[Record<string, string>, ConnectionTarget, RegExp]>([
  [{}, https, /none of token, password/],
  [{ token: '' }, https, /none of token, password/],
  [{ id_rsa: 'k', known_hosts: 'h' }, https, /none of token, password/],
  [{ token: 't' }, ssh, /no SSH key/],
  [{ sshPrivateKey: 'k' }, ssh, /no `known_hosts`/],
  [{ sshPrivateKey: 'k', known_hosts: 'h', insecureIgnoreHostKey: 'true' }, ssh, /asks not to look/],
  [{ githubAppID: '12' }, https, /no `githubAppPrivateKey`/],
  [{ githubAppPrivateKey: 'k' }, https, /no `githubAppID`/],
  [{ githubAppID: '12', githubAppPrivateKey: 'k', githubAppInstallationID: 'x' }, https, /is no number/],
  [{ githubAppID: '12', githubAppPrivateKey: 'k', token: 't' }, https, /beside a token or password/],
  [{ username: 'bob' }, https, /no `password`/],
  [{ token: 't', 'tls.crt': 'c' }, https, /no `tls.key`/],
  [{ token: 't', proxyPassword: 'p' }, https, /there is no proxy/],
  [{ token: 't', url: 'https://git.example.com.evil' }, https, /for other repositories/],
  [{ token: 't', url: 'https://git.example.com/acm' }, https, /for other repositories/],
  [{ token: 't', url: 'http://git.example.com' }, https, /for other repositories/],
])('%j', (data, target, words) => {
  expect(problemsOf(data, target).join()).toMatch(words);
});

test('whoever writes a Repository gets no password of a template for a proxy of his own', () => {
  const target = { ...https, proxy: 'http://mallory.example:3128', isTemplate: true };
  expect(problemsOf({ token: 't', proxyUsername: 'pat', proxyPassword: 'p' }, target)).toHaveLength(1);
  // That of the template goes before.
  const own = { token: 't', proxy: 'http://proxy:3128', proxyUsername: 'pat', proxyPassword: 'p' };
  expect(open(read(own, target))).toMatchObject({ proxy: 'http://pat:p@proxy:3128/' });
});
