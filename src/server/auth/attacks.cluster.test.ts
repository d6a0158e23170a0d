import { expect, test } from 'vitest';
import { createBrowser } from '../../../test/support/browser.ts';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { testClients } from '../../../test/support/oidc-provider.ts';
import { asker, cookieName, signInAs, signInOfFile } from '../../../test/support/sign-in.ts';

const bench = signInOfFile('auth-attacks');
const { namespace, provider } = bench;

test('a page of somebody else can change nothing with a cookie', async () => {
  const server = await bench.start();
  const { browser, ask } = await signInAs(server, provider, 'a-1');
  const { body } = await ask('GET', '/auth/session');
  const token = String(body['csrfToken']);
  const path = `${server.url}/api/v1/maps/${namespace}/forged`;
  const own = { origin: server.url, 'sec-fetch-site': 'same-origin', 'x-plumb-csrf': token };
  const { origin: _origin, ...withoutOrigin } = own;
  const { 'x-plumb-csrf': _token, ...withoutToken } = own;
  for (const headers of [
    {},
    withoutOrigin,
    withoutToken,
    { ...own, origin: 'null' },
    { ...own, origin: 'https://evil.example' },
    { ...own, origin: `${server.url}.evil.example` },
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, 'sec-fetch-site': 'none' },
    { ...own, 'x-plumb-csrf': '' },
    { ...own, 'x-plumb-csrf': token.slice(1) },
    { ...own, 'x-plumb-csrf': Buffer.alloc(32).toString('base64url') },
    { ...own, 'x-plumb-csrf': browser.cookies.get(cookieName(server.url)) ?? '' },
  ]) {
    const answer = await browser.send(path, { method: 'POST', headers });
    expect({ headers, status: answer.status, text: answer.text }).toMatchObject({
      status: 403,
      text: expect.stringContaining('auth.forged'),
    });
  }
  const logout = await browser.send(`${server.url}/auth/logout`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  });
  expect(logout.status).toBe(403);
  // Nor can it read the token, or anything else.
  const read = await browser.send(`${server.url}/auth/session`, {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  });
  expect(read.status).toBe(403);
  expect(read.headers.get('access-control-allow-origin')).toBeNull();
  const preflight = await browser.send(path, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(404);
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  // With all of them it is Kubernetes that is asked, and that does not grant it here.
  expect((await browser.send(path, { method: 'POST', headers: own })).text).toContain('kube.forbidden');
});

test('odd cookies and headers are refused, and none is passed over for another', async () => {
  const server = await bench.start();
  const { browser } = await signInAs(server, provider, 'a-1');
  const name = cookieName(server.url);
  const cookie = browser.cookies.get(name) ?? '';
  const whoami = async (headers: Record<string, string>): Promise<number> =>
    (await createBrowser().send(`${server.url}/api/v1/whoami`, { headers })).status;
  expect(await whoami({ cookie: `${name}=${cookie}` })).toBe(200);
  expect(await whoami({ cookie: `a=b; ${name}=${cookie}; c=d` })).toBe(200);
  for (const cookies of [
    `${name}=${cookie}; ${name}=${cookie}`,
    `${name}=${cookie}x`,
    `${name}="${cookie}"`,
    `${name}=`,
    `x${name}=${cookie}`,
    `${name}=${'x'.repeat(8_000)}`,
    `${name}=%00`,
    `${name}=../../default/x`,
  ]) {
    expect({ cookies, status: await whoami({ cookie: cookies }) }).toMatchObject({ status: 401 });
  }
  expect(await whoami({ cookie: `${name}=${'x'.repeat(40_000)}` })).toBe(400);
  for (const authorization of ['Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer not-a-token', 'nonsense']) {
    expect({ authorization, status: await whoami({ authorization, cookie: `${name}=${cookie}` }) }).toMatchObject({
      status: 401,
    });
  }
  // Names of users are no headers of ours, whoever sends them.
  const own = {
    cookie: `${name}=${cookie}`,
    'impersonate-user': 'root',
    'impersonate-group': 'system:masters',
    'x-remote-user': 'root',
  };
  const answer = await createBrowser().send(`${server.url}/api/v1/whoami`, { headers: own });
  expect(JSON.parse(answer.text)).toMatchObject({ kubernetes: { username: `oidc:alice-${namespace}` } });
});

test('who guesses is slowed, from one address and from many; who is signed in goes on', async () => {
  const server = await bench.start({
    trustedProxies: ['127.0.0.1'],
    options: { guardLimits: { perSource: { burst: 5, perSecond: 0.1 } } },
  });
  const { browser } = await signInAs(server, provider, 'a-1');
  const from = (source: string, headers: Record<string, string>) =>
    createBrowser().send(`${server.url}/api/v1/whoami`, { headers: { 'x-forwarded-for': source, ...headers } });
  const name = cookieName(server.url);
  const good = { cookie: `${name}=${browser.cookies.get(name) ?? ''}` };
  expect((await from('192.0.2.1', good)).status).toBe(200);
  const statuses: number[] = [];
  for (let time = 0; time < 8; time += 1) {
    const guess =
      time % 2 === 0
        ? { authorization: `Bearer guess-${time}` }
        : { cookie: `${name}=${Buffer.alloc(32, time).toString('base64url')}` };
    statuses.push((await from('192.0.2.1', guess)).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  const late = await from('192.0.2.1', { authorization: 'Bearer x' });
  expect(late.headers.get('retry-after')).toBe('10');
  expect((await from('192.0.2.1', good)).status).toBe(200);
  expect((await from('192.0.2.2', { authorization: 'Bearer x' })).status).toBe(401);
  server.pass(10_000);
  expect((await from('192.0.2.1', { authorization: 'Bearer y' })).status).toBe(401);
});

test('a link signs in once, and soon; its guessing is slowed from wherever it comes', async () => {
  const link = { username: 'local-admin', groups: [`local-${namespace}`], how: 'link' as const };
  const server = await bench.start({ options: { link }, trustedProxies: ['127.0.0.1'] });
  const code = (): string => new URL(server.signIn.createLink() ?? '').hash.slice(1);
  const redeem = (browser: ReturnType<typeof createBrowser>, text: string, headers: Record<string, string> = {}) =>
    browser.send(`${server.url}/auth/link`, {
      method: 'POST',
      headers: { origin: server.url, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ code: text }),
    });
  const first = code();
  const browser = createBrowser();
  // A page of somebody else signs nobody in.
  expect((await redeem(browser, first, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await redeem(browser, first)).status).toBe(204);
  expect((await asker(browser, server.url)('GET', '/api/v1/whoami')).body).toMatchObject({
    kubernetes: { username: 'local-admin', groups: [`local-${namespace}`, 'system:authenticated'] },
  });
  expect((await redeem(createBrowser(), first)).status).toBe(401);
  const [older, newer] = [code(), code()];
  expect((await redeem(createBrowser(), older)).status).toBe(401);
  server.pass(10 * 60_000);
  expect((await redeem(createBrowser(), newer)).status).toBe(401);
  // Another one is given to who has the right to.
  const asAdmin = { authorization: `Bearer ${clusterAccess().token}` };
  const given = await createBrowser().send(`${server.url}/auth/links`, { method: 'POST', headers: asAdmin });
  expect(given.status).toBe(200);
  const another = new URL((JSON.parse(given.text) as { link: string }).link).hash.slice(1);
  expect((await asker(browser, server.url)('POST', '/auth/links')).status).toBe(403);
  const statuses: number[] = [];
  for (let time = 0; time < 12; time += 1) {
    statuses.push((await redeem(createBrowser(), `guess-${time}`, { 'x-forwarded-for': `192.0.2.${time}` })).status);
  }
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
  expect(statuses.at(-1)).toBe(429);
  server.pass(5 * 60_000);
  expect((await redeem(createBrowser(), another)).status).toBe(204);
});

test('no secret is in the log: no cookie, code, token, state or link', async () => {
  const link = { username: 'local-admin', groups: [], how: 'link' as const };
  const server = await bench.start({ options: { link } });
  provider.person = 'a-1';
  const browser = createBrowser();
  const begun = await browser.send(`${server.url}/auth/login`);
  const attempt = [...browser.cookies.values()][0] ?? '';
  const { state, nonce, verifier } = JSON.parse(Buffer.from(attempt, 'base64url').toString()) as Record<string, string>;
  const callback = await browser.visit(begun.headers.get('location') ?? '', (url) => url.startsWith(server.url));
  await browser.send(callback.url);
  const cookie = browser.cookies.get(cookieName(server.url)) ?? '';
  const ask = asker(browser, server.url);
  const { csrfToken } = (await ask('GET', '/auth/session')).body as { csrfToken: string };
  await ask('POST', `/api/v1/maps/${namespace}/logged`);
  const seconds = Math.floor(Date.now() / 1000);
  const good = await provider.mint({
    iss: provider.issuer,
    aud: testClients.cli.id,
    sub: 'a-1',
    iat: seconds,
    exp: seconds + 300,
    preferred_username: 'logged',
    groups: [],
  });
  const expired = await provider.mint({
    iss: provider.issuer,
    aud: testClients.cli.id,
    sub: 'a-1',
    iat: seconds - 300,
    exp: seconds - 200,
  });
  const code = server.signIn.createLink()?.split('#')[1] ?? '';
  for (const token of [good, expired, clusterAccess().token, 'a-guess-at-a-token']) {
    await browser.send(`${server.url}/api/v1/whoami?token=${token}`, { headers: { authorization: `Bearer ${token}` } });
  }
  await browser.send(`${server.url}/auth/link`, {
    method: 'POST',
    headers: { origin: server.url, 'content-type': 'application/json' },
    body: JSON.stringify({ code: `${code}x` }),
  });
  await browser.send(callback.url);
  await ask('POST', '/auth/logout');
  const log = server.logged.join('\n');
  expect(log).toContain('signed in');
  expect(log).toContain('sign-in refused');
  expect(log).toContain('signed out');
  const secrets = {
    state,
    nonce,
    verifier,
    attempt,
    cookie,
    csrfToken,
    good,
    expired,
    code,
    admin: clusterAccess().token,
    guess: 'a-guess-at-a-token',
    authorization: new URL(callback.url).searchParams.get('code') ?? '',
    client: testClients.web.secret,
  };
  for (const [what, secret] of Object.entries(secrets)) {
    expect({ what, length: secret?.length }).not.toMatchObject({ length: 0 });
    expect({ what, isIn: log.includes(secret ?? '') }).toEqual({ what, isIn: false });
  }
});
