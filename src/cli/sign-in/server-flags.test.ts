import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { testContext } from '../../../test/support/api.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { addApiFlags, type ApiFlags, oidcOf } from './server-flags.ts';

const { client } = testContext();
const externalUrl = 'https://plumbline.example.com';

function settingsOf(args: readonly string[], parts: { readonly externalUrl?: string | undefined } = { externalUrl }) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'secret'), 'geheim\n');
  writeFileSync(join(folder, 'ca.pem'), 'CERTIFICATE');
  const silent = { write: () => {}, isTerminal: false, columns: 80 };
  const { signal } = new AbortController();
  const context = { stdout: silent, stderr: silent, env: {}, cwd: folder, signal, now: () => new Date(0) };
  const command = addApiFlags(new Command()).exitOverride();
  command.parse([...args], { from: 'user' });
  const flags = command.opts<ApiFlags>();
  return oidcOf(flags, { context, client, namespace: 'system', externalUrl: parts.externalUrl, signal });
}

const issuer = ['--oidc-issuer', 'https://login.example.com', '--oidc-client-id', 'plumbline'];

test('without an issuer nobody signs in with one; with one there are defaults', async () => {
  expect(await settingsOf([])).toBeUndefined();
  expect(await settingsOf(issuer)).toEqual({
    issuer: 'https://login.example.com',
    clientId: 'plumbline',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      username: 'preferred_username',
      usernamePrefix: 'oidc:',
      groups: 'groups',
      groupsPrefix: 'oidc:',
      email: 'email',
    },
  });
});

test('every flag counts, and a dash stands for nothing', async () => {
  const flags =
    '--oidc-client-secret-file secret --oidc-cli-client-id cli --oidc-ca-file ca.pem --oidc-scope openid ' +
    '--oidc-scope roles --oidc-username-claim sub --oidc-username-prefix - --oidc-groups-claim - ' +
    '--oidc-groups-prefix g: --oidc-email-claim mail';
  const settings = await settingsOf([...issuer, ...flags.split(' ')]);
  expect(settings).toMatchObject({
    cliClientId: 'cli',
    certificateAuthority: 'CERTIFICATE',
    scopes: ['openid', 'roles'],
    claims: { username: 'sub', usernamePrefix: '', groups: undefined, groupsPrefix: 'g:', email: 'mail' },
  });
  expect((await settings?.clientSecret?.())?.reveal()).toBe('geheim');
  expect(JSON.stringify(settings)).not.toContain('geheim');
});

test.each<[readonly string[], string, string | undefined]>([
  [['--oidc-client-id', 'x'], 'need --oidc-issuer', externalUrl],
  [['--oidc-issuer', 'https://login.example.com'], 'needs --oidc-client-id', externalUrl],
  [issuer, 'needs --external-url', undefined],
  [issuer, 'needs --external-url', 'http://plumbline.example.com'],
  [[...issuer, '--oidc-client-secret', 'geheim'], 'never the secret itself', externalUrl],
  [[...issuer, '--oidc-client-secret', 'a/b', '--oidc-client-secret-file', 'secret'], 'twice', externalUrl],
  [[...issuer, '--oidc-client-secret-file', 'missing'], 'cannot be read', externalUrl],
])('%j is refused: %s', async (args, words, url) => {
  await expect(settingsOf(args, { externalUrl: url })).rejects.toThrow(words);
});

test('on this machine people may come without TLS', async () => {
  expect(await settingsOf(issuer, { externalUrl: 'http://127.0.0.1:8090' })).toBeDefined();
});
