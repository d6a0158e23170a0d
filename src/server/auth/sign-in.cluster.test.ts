import { expect, test } from 'vitest';
import { createBrowser } from '../../../test/support/browser.ts';
import { asker, cookieName, routes, signInAs, signInOfFile, startSignInServer } from '../../../test/support/sign-in.ts';
import { grant } from '../../../test/support/tokens.ts';

const bench = signInOfFile('auth-sign-in');
const { namespace, provider } = bench;

test('whoever signs in is, to the API server, the user of the claims with their groups, and nobody else', async () => {
  const server = await bench.start();
  const { ask, end, browser } = await signInAs(server, provider, 'a-1');
  expect(end.url).toBe(`${server.url}/login`);
  expect([...browser.cookies.keys()].filter((name) => name.startsWith('plumb-'))).toEqual([cookieName(server.url)]);
  const { body } = await ask('GET', '/api/v1/whoami');
  expect(body).toMatchObject({
    user: { username: `oidc:alice-${namespace}`, email: 'alice@example.com', how: 'oidc' },
    kubernetes: {
      username: `oidc:alice-${namespace}`,
      groups: [`oidc:developers-${namespace}`, 'system:authenticated'],
    },
  });
});

test('two people have different rights, by name and by group, in the answers of the API server', async () => {
  const server = await bench.start();
  const maps = { group: '', resource: 'configmaps', verbs: ['create', 'patch'] };
  const applications = { group: 'plumbline.dev', resource: 'applications', verbs: ['sync'] };
  await grant(bench.admin, namespace, { kind: 'Group', name: `oidc:developers-${namespace}` }, maps);
  await grant(bench.admin, namespace, { kind: 'User', name: `oidc:bob-${namespace}` }, applications);
  const [alice, bob] = [await signInAs(server, provider, 'a-1'), await signInAs(server, provider, 'b-2')];
  const write = `/api/v1/maps/${namespace}/by`;
  expect((await alice.ask('POST', `${write}-alice`)).status).toBe(200);
  expect(await bob.ask('POST', `${write}-bob`)).toMatchObject({
    status: 403,
    body: { code: 'kube.forbidden', detail: expect.stringContaining(`User "oidc:bob-${namespace}" cannot patch`) },
  });
  const sync = `/api/v1/sync/${namespace}/web`;
  expect(await alice.ask('POST', sync)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  expect((await bob.ask('POST', sync)).status).toBe(200);
  expect((await bob.ask('POST', '/api/v1/sync/default/web')).status).toBe(403);
  const stranger = asker(createBrowser(), server.url);
  expect(await stranger('POST', sync)).toMatchObject({ status: 401, body: { code: 'auth.required' } });
});

test('cookies are for this host, for HTTP, and for requests of its own pages', async () => {
  const server = await bench.start();
  const browser = createBrowser();
  provider.person = 'a-1';
  const begun = await browser.send(`${server.url}/auth/login`);
  expect(begun.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^plumb-sign-in-\d+=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/),
  ]);
  const callback = await browser.visit(begun.headers.get('location') ?? '', (url) => url.startsWith(server.url));
  const done = await browser.send(callback.url);
  expect(done.status).toBe(303);
  expect(done.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^plumb-sign-in-\d+=; .*Max-Age=0$/),
    expect.stringMatching(/^plumb-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/),
  ]);
  const secure = await bench.start({ options: { publicUrl: () => 'https://plumbline.example.com/sub' } });
  const answer = await createBrowser().send(`${secure.url}/auth/login`);
  expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-plumb-sign-in=.*; Path=\/; .*; Secure$/);
  expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(
    'https://plumbline.example.com/sub/auth/callback',
  );
});

test('a callback counts once, in the browser that began', async () => {
  const server = await bench.start();
  provider.person = 'a-1';
  const browser = createBrowser();
  const isCallback = (url: string): boolean => url.startsWith(server.url);
  const callback = await browser.visit(
    (await browser.send(`${server.url}/auth/login`)).headers.get('location') ?? '',
    isCallback,
  );
  const victim = createBrowser();
  const stolen = await victim.send(callback.url);
  expect(stolen.headers.get('location')).toBe(`${server.url}/login?problem=auth.required`);
  const elsewhere = await victim.send(`${server.url}/auth/login`);
  expect(elsewhere.status).toBe(303);
  expect((await victim.send(callback.url)).headers.get('location')).toContain('problem=auth.required');
  expect(victim.cookies.size).toBe(0);
  const cookie = new Map(browser.cookies);
  expect((await browser.send(callback.url)).headers.get('location')).toBe(`${server.url}/login`);
  // The cookie of the attempt is gone; whoever kept it finds the code used up.
  const replaying = createBrowser();
  for (const [name, value] of cookie) replaying.cookies.set(name, value);
  expect((await replaying.send(callback.url)).headers.get('location')).toContain('problem=auth.required');
  expect([...replaying.cookies.keys()].some((name) => name.startsWith('plumb-session'))).toBe(false);
});

test('nobody is signed in whose claims say too little, and the page says so without quoting anybody', async () => {
  const server = await bench.start();
  provider.accounts.set('c-3', { email: 'c@example.com', groups: [] });
  const { end, browser } = await signInAs(server, provider, 'c-3');
  expect(end.url).toBe(`${server.url}/login?problem=auth.claims`);
  expect(end.text).toContain('does not say in its id token who they are');
  expect([...browser.cookies.keys()].some((name) => name.startsWith('plumb-session'))).toBe(false);
  const page = await browser.send(`${server.url}/login?problem=<script>alert(1)</script>`);
  expect(page.text).not.toContain('alert(1)');
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'sha256-/);
});

test('after signing in a browser goes on here, and nowhere else', async () => {
  const server = await bench.start();
  for (const [asked, got] of [
    ['/applications/team-a?x=1', '/applications/team-a?x=1'],
    ['//evil.example/', '/login'],
    ['/\\evil.example', '/login'],
    ['https://evil.example/', '/login'],
    ['javascript:alert(1)', '/login'],
    ['/%09/evil.example', '/%09/evil.example'],
    ['/\t/evil.example', '/login'],
    ['', '/login'],
  ] as const) {
    provider.person = 'a-1';
    const browser = createBrowser();
    const begun = await browser.send(`${server.url}/auth/login?returnTo=${encodeURIComponent(asked)}`);
    const callback = await browser.visit(begun.headers.get('location') ?? '', (url) => url.startsWith(server.url));
    expect((await browser.send(callback.url)).headers.get('location')).toBe(`${server.url}${got}`);
  }
});

test('without a link and without an issuer there are neither', async () => {
  const { provider: _none, ...bare } = { client: bench.admin, namespace, provider: undefined };
  const server = await startSignInServer({ ...bare, groups: [routes] });
  expect(server.signIn.createLink()).toBeUndefined();
  const browser = createBrowser();
  expect((await browser.send(`${server.url}/auth/login`)).status).toBe(404);
  const answer = await browser.send(`${server.url}/auth/methods`);
  expect(JSON.parse(answer.text)).toEqual({ token: true, link: false });
});
