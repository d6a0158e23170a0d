import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { flux, pushArtifact, startRegistry, type TestRegistry } from '../../test/support/registry.ts';
import { startStaticServer } from '../../test/support/static-server.ts';
import { tarGzOf } from '../../test/support/tar.ts';
import { startTokenServer, type TokenServer } from '../../test/support/token-server.ts';
import { createEgress } from '../egress.ts';
import { sensitive } from '../sensitive.ts';
import { belongTogether } from './auth.ts';
import { parseChallenge } from './challenge.ts';
import { loginFor } from './docker-config.ts';
import { openRegistryCache, openRegistrySource, type RegistryConnection, type RegistryCredentials } from './index.ts';
import { systemClock } from './retry.ts';

const signal = new AbortController().signal;
let tokens: TokenServer;
let registry: TestRegistry;
beforeAll(async () => {
  tokens = await startTokenServer();
  registry = await startRegistry(tokens.auth);
  const content = await tarGzOf({ 'a.yaml': 'a' });
  const headers = { authorization: tokens.pushToken('private/app') };
  await pushArtifact(registry.host, 'private/app', 'main', [{ mediaType: flux.content, content }], { headers });
});
afterAll(async () => {
  await registry.stop();
  await tokens.stop();
});
beforeEach(() => {
  tokens.requests.length = 0;
  tokens.seconds = 300;
});

async function open(connection: RegistryConnection, host = registry.host, now?: () => number) {
  const clock = now === undefined ? {} : { clock: { ...systemClock, now } };
  const cache = openRegistryCache({ directory: temporaryFolder(), egress: createEgress(), ...clock });
  onTestFinished(() => cache.close());
  const source = openRegistrySource({ url: `oci://${host}/private/app`, type: 'OCI', ...connection, cache, signal });
  return { fetch: () => source.fetch({ tag: 'main' }, { signal }) };
}

const password = { kind: 'password', username: 'me', password: sensitive('hunter2') } as const;
const docker = (entry: object, host = registry.host): RegistryCredentials => ({
  kind: 'docker-config',
  config: sensitive(JSON.stringify({ auths: { [host]: entry } })),
});

test('a token is fetched for the one repository, used as long as it is good, and then renewed', async () => {
  let now = 1_000_000;
  const source = await open({ credentials: password }, registry.host, () => now);
  expect((await source.fetch()).artifact.tree.files.size).toBe(1);
  await source.fetch();
  expect(tokens.requests).toHaveLength(1);
  expect(tokens.requests[0]?.query.get('scope')).toBe('repository:private/app:pull');
  expect(tokens.requests[0]?.query.get('service')).toBe('registry of a test');
  now += 291_000;
  await source.fetch();
  expect(tokens.requests).toHaveLength(2);
});

test.each<[string, () => RegistryCredentials, 'GET' | 'POST']>([
  ['a user name and a password', () => password, 'GET'],
  ['auth of a Docker configuration', () => docker({ auth: Buffer.from('me:hunter2').toString('base64') }), 'GET'],
  ['its user name and password', () => docker({ username: 'me', password: 'hunter2' }), 'GET'],
  ['its identity token', () => docker({ auth: '', identitytoken: 'again' }), 'POST'],
])('who has %s is let in', async (_, credentials, method) => {
  const source = await open({ credentials: credentials() });
  expect((await source.fetch()).change).toBe('created');
  expect(tokens.requests.map((request) => request.method)).toEqual([method]);
});

test.each<[string, () => RegistryConnection]>([
  ['nothing', () => ({})],
  ['another password', () => ({ credentials: { kind: 'password', username: 'me', password: sensitive('wrong1') } })],
  ['a log-in for another host', () => ({ credentials: docker({ username: 'me', password: 'hunter2' }, 'ghcr.io') })],
])('who has %s is not let in, and is told without the secret', async (_, connection) => {
  const error: unknown = await (await open(connection())).fetch().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'registry.auth-failed' });
  expect(String(error)).not.toMatch(/hunter2|wrong1/);
});

test('a registry cannot have the log-in sent elsewhere, unless that is allowed', async () => {
  const asked = await openHttpRelay(Number(registry.host.split(':')[1]));
  let realm = `http://localhost:${tokens.port}/token`;
  asked.onAnswer = (_, answer) => {
    const header = answer.headers['www-authenticate'];
    if (header === undefined) return answer;
    return {
      ...answer,
      headers: { ...answer.headers, 'www-authenticate': header.replace(/realm="[^"]*"/, `realm="${realm}"`) },
    };
  };
  const { host } = new URL(asked.url);
  await expect((await open({ credentials: password }, host)).fetch()).rejects.toMatchObject({
    code: 'registry.redirected',
    message: expect.stringContaining(`to be sent to localhost:${tokens.port}`) as unknown,
  });
  expect(tokens.requests).toEqual([]);
  const allowed = await open({ credentials: password, credentialHosts: ['localhost'] }, host);
  expect((await allowed.fetch()).change).toBe('created');
  for (const [place, code] of [
    ['http://tokens.example.com/', 'registry.redirected'],
    ['ftp://localhost/', 'registry.redirected'],
    ['http://me:x@localhost/', 'registry.answer-invalid'],
    ['nothing', 'registry.answer-invalid'],
  ]) {
    realm = place ?? '';
    await expect((await open({}, host)).fetch()).rejects.toMatchObject({ code });
  }
  realm = 'https://169.254.169.254/token';
  await expect((await open({}, host)).fetch()).rejects.toMatchObject({ code: 'egress.refused' });
});

test('a registry that wants the password each time gets it, and nobody behind a redirect does', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'htpasswd');
  // bcrypt of hunter2
  await writeFile(file, 'me:$2a$04$q1RToXCTfpA4E3qczW/VhuUxPgGym0JXet1StN9EVKb.bfbynIMMG\n');
  const basic = await startRegistry({ htpasswd: { realm: 'test', path: file } });
  onTestFinished(() => basic.stop());
  const content = await tarGzOf({ 'a.yaml': 'a' });
  const headers = { authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}` };
  await pushArtifact(basic.host, 'private/app', 'main', [{ mediaType: flux.content, content }], { headers });
  await expect((await open({}, basic.host)).fetch()).rejects.toMatchObject({ code: 'registry.auth-failed' });
  expect((await (await open({ credentials: password }, basic.host)).fetch()).change).toBe('created');

  // The content is elsewhere, as with registries that keep it in an object store.
  const [asked, store] = [await openHttpRelay(Number(basic.host.split(':')[1])), await startStaticServer()];
  onTestFinished(() => store.stop());
  asked.onAnswer = ({ path }, answer) => {
    if (!path.includes('/blobs/') || answer.status !== 200) return answer;
    store.files.set(path, content);
    const location = `http://localhost:${new URL(store.url).port}${path}?signature=x`;
    return { status: 307, headers: { location }, body: Buffer.alloc(0) };
  };
  const redirected = await open({ credentials: password }, new URL(asked.url).host);
  expect((await redirected.fetch()).change).toBe('created');
  expect(store.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
  // What the other host then asks for is not given to it.
  store.files.clear();
  asked.onAnswer = ({ path }, answer) =>
    path.includes('/blobs/') && answer.status === 200
      ? {
          status: 307,
          headers: { location: `http://localhost:${new URL(store.url).port}/closed` },
          body: Buffer.alloc(0),
        }
      : answer;
  store.files.set('/closed', (response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end());
  const closed = await open({ credentials: password }, new URL(asked.url).host);
  await expect(closed.fetch()).rejects.toMatchObject({ code: 'registry.auth-failed' });
  expect(new Set(store.requests.map((request) => request.headers.authorization))).toEqual(new Set([undefined]));
});

test.each([
  [
    'Bearer realm="https://a/t",service="s, \\"x\\"",scope="repository:a:pull"',
    { realm: 'https://a/t', service: 's, "x"' },
  ],
  ['bearer REALM=https://a/t', { realm: 'https://a/t' }],
  ['Basic realm="x", Bearer realm="https://a/t",service=s', { realm: 'https://a/t', service: 's' }],
  ['Negotiate, Basic realm="x"', { scheme: 'basic' }],
])('the challenge %s is understood', (header, expected) => {
  expect(parseChallenge(header)).toMatchObject(expected);
});

test.each(['', 'Negotiate', 'Bearer', 'Bearer service="x"', ',,,', '"', 'Digest realm="x"'])(
  'the challenge %j cannot be answered',
  (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  },
);

test.each<[string, string, boolean]>([
  ['registry-1.docker.io', 'auth.docker.io', true],
  ['ghcr.io', 'ghcr.io', true],
  ['registry.gitlab.example.com', 'gitlab.example.com', true],
  ['ghcr.io', 'evil.io', false],
  ['a.co.uk', 'b.co.uk', false],
  ['x.a.co.uk', 'y.a.co.uk', true],
  ['127.0.0.1', '10.0.0.1', false],
  ['1.0.0.1', '2.0.0.1', false],
  ['localhost', 'other', false],
  ['io', 'ghcr.io', false],
])('%s and %s belong together: %s', (a, b, together) => {
  expect(belongTogether(a, b)).toBe(together);
});

test('the log-in of Docker Hub goes by any of its names, and what is no configuration is refused', () => {
  const entry = { username: 'me', password: 'hunter2' };
  for (const host of ['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io'])
    expect(loginFor(docker(entry, host), 'docker.io')).toMatchObject({ username: 'me' });
  expect(loginFor(docker(entry, 'ghcr.io'), 'evil.io')).toBeUndefined();
  expect(loginFor(docker({}, 'ghcr.io'), 'ghcr.io')).toBeUndefined();
  for (const text of ['no JSON: hunter2', '[]', '{"auths": 1}', '{"auths": {"a": {"auth": "aHVudGVyMg=="}}}']) {
    const login = () => loginFor({ kind: 'docker-config', config: sensitive(text) }, 'a');
    expect(login).toThrow(expect.objectContaining({ code: 'registry.credentials-invalid' }));
    expect(login).not.toThrow(/hunter2|aHVudGVyMg/);
  }
});
