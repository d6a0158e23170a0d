import { expect, test } from 'vitest';
import { testClock, testConnections } from '../../../test/support/forge-server.ts';
import type { Repository } from '../../api/index.ts';
import { problemsOf } from '../../errors.ts';
import { readForgeAccess } from './forge-access.ts';
import type { Look } from '../access/references.ts';
import { createTemplates } from '../access/templates.ts';

type Data = Readonly<Record<string, string>>;

const metadata = (name: string) => ({ namespace: 'team', name, resourceVersion: '1' });

/** A cluster with these Secrets in the namespace `team`; those with a `url` are templates as well. */
function cluster(secrets: Readonly<Record<string, Data>>): Look {
  return {
    object: ({ name }) => {
      const found = secrets[name];
      if (found === undefined) return Promise.resolve(undefined);
      const entries = Object.entries(found).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
      const data = Object.fromEntries(entries) as Data;
      return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: metadata(name), data });
    },
    templates: () =>
      Promise.resolve(
        Object.keys(secrets).flatMap((name) => (secrets[name]?.['url'] === undefined ? [] : [metadata(name)])),
      ),
  };
}

async function access(secrets: Readonly<Record<string, Data>>, spec: Repository['spec']): Promise<string> {
  const repository = { metadata: { namespace: 'team', name: 'apps' }, spec } as Repository;
  const parts = {
    look: cluster(secrets),
    templates: createTemplates({ onProblem: () => {} }),
    connections: testConnections(testClock()),
  };
  return readForgeAccess(parts, repository).then(
    ({ credentials }) => credentials?.kind ?? 'nobody',
    (error: unknown) => problemsOf(error)[0].code,
  );
}

const url = 'https://git.example.com/acme/app';
const forge = (apiUrl: string, secret?: string): NonNullable<Repository['spec']['forge']> => ({
  kind: 'Gitea',
  apiUrl,
  ...(secret === undefined ? {} : { secretRef: { name: secret } }),
});
const token = { token: 't' };
const template = { template: { ...token, url: 'https://git.example.com/acme' } };

test.each([
  'https://evil.example/api/v1',
  'https://git.example.com.evil/api/v1',
  'https://evilgit.example.com/api/v1',
  'https://git.example.com:8443/api/v1',
  'http://git.example.com/api/v1',
  'https://git.example.com@evil.example/api/v1',
])('credentials that are for the repository are not carried to %s', async (apiUrl) => {
  expect(await access(template, { url, forge: forge(apiUrl) })).toBe('forge.credentials-invalid');
  expect(await access({ git: token }, { url, secretRef: { name: 'git' }, forge: forge(apiUrl) })).toBe(
    'forge.credentials-invalid',
  );
  // A Secret that says where it is for is not carried either, though it is named.
  expect(await access(template, { url, forge: forge(apiUrl, 'template') })).toBe('forge.credentials-invalid');
});

test.each([
  ['https://git.example.com/api/v1', url],
  ['https://api.git.example.com/v1', url],
  ['https://git.example.com/api/v1', 'git@git.example.com:acme/app.git'],
  ['https://git.example.com:8443/api/v1', 'ssh://git@git.example.com:2222/acme/app'],
])('they are carried to %s for %s', async (apiUrl, repositoryUrl) => {
  const forSsh = { ...token, url: 'https://git.example.com' };
  const found = await access({ named: forSsh }, { url: repositoryUrl, forge: forge(apiUrl, 'named') });
  expect(found).toBe('token');
});

test('a Secret that is named for the forge and says no more is for the forge that is named', async () => {
  expect(await access({ forge: token }, { url, forge: forge('https://forge.example.org/api/v1', 'forge') })).toBe(
    'token',
  );
  // Whoever brings nothing has nothing to lose.
  expect(await access({}, { url, forge: forge('https://forge.example.org/api/v1') })).toBe('nobody');
});
