import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import {
  type AskedOfForge,
  failureOf,
  type ForgeReply,
  type ForgeServer,
  openForgeServer,
  type TestClock,
  testClock,
  testConnections,
} from '../../../test/support/forge-server.ts';
import { gitHubPull } from '../../../test/support/github.ts';
import { sensitive } from '../../sensitive.ts';
import type { ForgeConnections } from '../connections.ts';
import type { ForgeCredentials } from '../credentials.ts';
import { openForge } from '../open-forge.ts';
import type { Forge } from '../types.ts';
import { installationToken } from './installation-token.ts';

// GitHub cannot run here: the server is ours and answers as docs.github.com documents (Generating a JSON Web Token,
// Authenticating as a GitHub App installation).

const call = { signal: new AbortController().signal };
function open(
  server: ForgeServer,
  options: { credentials?: ForgeCredentials; connections?: ForgeConnections; clock?: TestClock } = {},
): Forge {
  return openForge({
    repositoryUrl: 'git@github.com:octo-org/hello-world.git',
    apiUrl: server.url,
    credentials: options.credentials ?? app,
    connections: options.connections ?? testConnections(options.clock),
  });
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
// As GitHub gives it out.
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const app: ForgeCredentials = { kind: 'github-app', appId: '12345', privateKey: sensitive(pem) };

interface AppServer extends ForgeServer {
  /** The web tokens that came. */
  readonly webTokens: string[];
  /** The last token that was made, and those that GitHub takes no more. */
  readonly made: string[];
  readonly revoked: Set<string>;
}

/** GitHub as an App sees it: tokens that last an hour. */
async function openAppServer(clock: TestClock, rest: (asked: AskedOfForge) => ForgeReply): Promise<AppServer> {
  const webTokens: string[] = [];
  const made: string[] = [];
  const revoked = new Set<string>();
  const server = await openForgeServer((asked) => {
    const carried = (asked.headers.authorization ?? '').replace('Bearer ', '');
    if (asked.path.endsWith('/installation')) {
      webTokens.push(carried);
      return asked.path.includes('/octo-org/') ? { body: { id: 55, app_id: 12345 } } : { status: 404, body: {} };
    }
    if (asked.path === '/app/installations/55/access_tokens') {
      webTokens.push(carried);
      made.push(`ghs_${made.length + 1}`);
      const expires = new Date(clock.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
      return { status: 201, body: { token: made.at(-1), expires_at: expires, permissions: {} } };
    }
    if (revoked.has(carried) || !made.includes(carried)) return { status: 401, body: { message: 'Bad credentials' } };
    return rest(asked);
  });
  return { ...server, webTokens, made, revoked };
}

test('an App makes itself a token, once for all who wait, and a new one before it ends', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, () => ({ body: gitHubPull(1) }));
  const connections = testConnections(clock);
  const forges = [1, 2, 3].map(() => open(server, { credentials: app, connections }));
  await Promise.all(forges.map((forge) => forge.pullRequest(1, call)));
  expect(server.made).toEqual(['ghs_1']);
  expect(server.webTokens).toHaveLength(2);

  await clock.wait(54 * 60_000, call.signal);
  await forges[0]?.pullRequest(1, call);
  expect(server.made).toEqual(['ghs_1']);
  await clock.wait(2 * 60_000, call.signal);
  await Promise.all(forges.map((forge) => forge.pullRequest(1, call)));
  expect(server.made).toEqual(['ghs_1', 'ghs_2']);
});

test('what an App shows of itself is signed, and lasts no longer than GitHub allows', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, () => ({ body: gitHubPull(1) }));
  await open(server, { credentials: app, clock }).pullRequest(1, call);
  for (const webToken of server.webTokens) {
    const { payload } = await jwtVerify(webToken, publicKey, { currentDate: new Date(clock.now()), issuer: '12345' });
    expect(decodeProtectedHeader(webToken).alg).toBe('RS256');
    expect((payload.exp ?? 0) - clock.now() / 1000).toBeLessThanOrEqual(600);
    expect(payload.iat).toBeLessThan(clock.now() / 1000);
  }
  expect(server.webTokens.length).toBeGreaterThan(0);
});

test('a token that GitHub takes no more is made anew, once', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, () => ({ body: gitHubPull(1) }));
  const forge = open(server, { credentials: app, clock });
  await forge.pullRequest(1, call);
  server.revoked.add('ghs_1');
  await forge.pullRequest(1, call);
  expect(server.made).toEqual(['ghs_1', 'ghs_2']);
});

test('the token of an App is what Git needs for a password', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, () => ({}));
  const connections = testConnections(clock);
  const options = { apiUrl: server.url, credentials: app, connections } as const;
  const repositoryUrl = 'https://github.com/octo-org/hello-world.git';
  const [first, second] = await Promise.all([
    installationToken({ ...options, repositoryUrl }, call),
    installationToken({ ...options, repositoryUrl: 'https://github.com/octo-org/other' }, call),
  ]);
  expect(first.token.reveal()).toBe('ghs_1');
  expect(second.token.reveal()).toBe('ghs_1');
  expect(first.expiresAt).toBe(clock.now() + 3_600_000);
  const elsewhere = installationToken({ ...options, repositoryUrl: 'https://github.com/nobody/x' }, call);
  expect((await failureOf(elsewhere)).message).toContain('not installed for nobody/x');
});

test('one of several who wait for a token may give up', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, () => ({}));
  const options = {
    apiUrl: server.url,
    credentials: app,
    connections: testConnections(clock),
    repositoryUrl: 'https://github.com/octo-org/hello-world.git',
  };
  const impatient = new AbortController();
  const [gone, stays] = [installationToken(options, { signal: impatient.signal }), installationToken(options, call)];
  const reason = new Error('changed my mind');
  impatient.abort(reason);
  await expect(gone).rejects.toBe(reason);
  expect((await stays).token.reveal()).toBe('ghs_1');
});

test('a key that is none is refused without being shown', async () => {
  const server = await openForgeServer(() => ({}));
  const broken = pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  for (const text of ['no key at all', broken]) {
    const credentials: ForgeCredentials = { kind: 'github-app', appId: '1', privateKey: sensitive(text) };
    const opened = (): Forge => open(server, { credentials });
    expect(opened).toThrow('no RSA key');
    expect(opened).not.toThrow(text.slice(10, 40));
  }
});

test('of the comments with the mark an App changes its own alone', async () => {
  const clock = testClock();
  const server = await openAppServer(clock, ({ method, path }) => {
    if (method !== 'GET' || !path.includes('/comments')) return { body: {} };
    const body = '<!-- plumbline: preview -->';
    const mark = (id: number, via: object | null) => ({ id, body, user: { id: 1 }, performed_via_github_app: via });
    return { body: [mark(1, null), mark(2, { id: 999 }), mark(3, { id: 12345 })] };
  });
  const forge = open(server, { credentials: app, clock });
  expect(await forge.putComment(1, { mark: 'preview', body: 'new' }, call)).toBe('written');
  expect(server.lines().filter((line) => line.startsWith('PATCH'))).toEqual([
    'PATCH /repos/octo-org/hello-world/issues/comments/3',
  ]);
});
