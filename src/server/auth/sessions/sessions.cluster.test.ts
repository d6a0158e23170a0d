import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBrowser } from '../../../../test/support/browser.ts';
import { clusterAccess } from '../../../../test/support/cluster.ts';
import { startOidcProvider, testClients } from '../../../../test/support/oidc-provider.ts';
import { asker, cookieName, signInAs, signInOfFile } from '../../../../test/support/sign-in.ts';

const bench = signInOfFile('auth-sessions');
const { namespace, provider } = bench;

test('a session ends when it is signed out, everywhere and for good, also after a restart', async () => {
  const [one, other] = [await bench.start(), await bench.start()];
  const { ask, browser } = await signInAs(one, provider, 'a-1');
  // Two replicas have one URL; here they differ by their port, and so do the cookies' names.
  const cookie = browser.cookies.get(cookieName(one.url)) ?? '';
  const kept = createBrowser();
  kept.cookies.set(cookieName(other.url), cookie);
  expect((await asker(kept, other.url)('GET', '/api/v1/whoami')).status).toBe(200);
  const before = (await bench.sessions()).length;
  const out = await ask('POST', '/auth/logout');
  expect(out.status).toBe(204);
  expect((await bench.sessions()).length).toBe(before - 1);
  expect(browser.cookies.has(cookieName(one.url))).toBe(false);
  browser.cookies.set(cookieName(one.url), cookie);
  expect((await ask('GET', '/api/v1/whoami')).status).toBe(401);
  other.pass(2_000);
  expect((await asker(kept, other.url)('GET', '/api/v1/whoami')).status).toBe(401);
  const restarted = await bench.start();
  kept.cookies.set(cookieName(restarted.url), cookie);
  expect((await asker(kept, restarted.url)('GET', '/api/v1/whoami')).status).toBe(401);
});

test('signing out everywhere ends all sessions and tokens of one person, and of nobody else', async () => {
  const server = await bench.start();
  const [first, second, bob] = [
    await signInAs(server, provider, 'a-1'),
    await signInAs(server, provider, 'a-1'),
    await signInAs(server, provider, 'b-2'),
  ];
  const seconds = Math.floor(Date.now() / 1000);
  const token = await provider.mint({
    iss: provider.issuer,
    aud: testClients.cli.id,
    sub: 'a-1',
    iat: seconds - 10,
    exp: seconds + 300,
    ...provider.accounts.get('a-1'),
  });
  const bearer = { authorization: `Bearer ${token}` };
  const byToken = async (): Promise<number> =>
    (await createBrowser().send(`${server.url}/api/v1/whoami`, { headers: bearer })).status;
  expect(await byToken()).toBe(200);
  expect((await first.ask('POST', '/auth/logout-everywhere')).status).toBe(204);
  expect((await first.ask('GET', '/api/v1/whoami')).status).toBe(401);
  expect(await byToken()).toBe(401);
  server.pass(2_000);
  expect((await second.ask('GET', '/api/v1/whoami')).status).toBe(401);
  expect((await bob.ask('GET', '/api/v1/whoami')).status).toBe(200);
  // Another one may do so who has the right to.
  const path = `/auth/users/${encodeURIComponent(`oidc:bob-${namespace}`)}/sessions`;
  const again = await signInAs(server, provider, 'a-1');
  expect((await again.ask('DELETE', path)).status).toBe(403);
  const asAdmin = { authorization: `Bearer ${clusterAccess().token}` };
  expect((await createBrowser().send(`${server.url}${path}`, { method: 'DELETE', headers: asAdmin })).status).toBe(204);
  server.pass(2_000);
  expect((await bob.ask('GET', '/api/v1/whoami')).status).toBe(401);
});

test('one id token is signed out, and others of the same person go on', async () => {
  const server = await bench.start();
  const seconds = Math.floor(Date.now() / 1000);
  const mint = (id: string) =>
    provider.mint({
      iss: provider.issuer,
      aud: testClients.cli.id,
      sub: 'b-2',
      jti: id,
      iat: seconds,
      exp: seconds + 300,
      preferred_username: `carl-${namespace}`,
      groups: [],
    });
  const [one, other] = [await mint('one'), await mint('other')];
  const send = async (token: string, method: string, path: string): Promise<number> =>
    (await createBrowser().send(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await send(one, 'POST', '/auth/logout')).toBe(204);
  expect(await send(one, 'GET', '/api/v1/whoami')).toBe(401);
  expect(await send(other, 'GET', '/api/v1/whoami')).toBe(200);
});

test('a session ends when nobody uses it, and after its whole time whoever does', async () => {
  const minute = 60_000;
  const server = await bench.start({
    options: { times: { idle: 10 * minute, whole: 25 * minute, vouched: 60 * minute, stale: 60 * minute } },
  });
  const used = await signInAs(server, provider, 'a-1');
  const unused = await signInAs(server, provider, 'b-2');
  for (let time = 0; time < 3; time += 1) {
    expect((await used.ask('GET', '/api/v1/whoami')).status).toBe(200);
    server.pass(8 * minute);
  }
  expect((await unused.ask('GET', '/api/v1/whoami')).status).toBe(401);
  expect((await used.ask('GET', '/api/v1/whoami')).status).toBe(200);
  server.pass(2 * minute);
  expect((await used.ask('GET', '/api/v1/whoami')).status).toBe(401);
});

test('the issuer is asked again who somebody is: new groups count, and who is gone is signed out', async () => {
  const server = await bench.start();
  const { ask } = await signInAs(server, provider, 'a-1');
  const groups = async () => ((await ask('GET', '/api/v1/whoami')).body as { user: { groups: string[] } }).user.groups;
  provider.accounts.set('a-1', { ...provider.accounts.get('a-1'), groups: ['guests'] });
  expect(await groups()).toEqual([`oidc:developers-${namespace}`]);
  for (let time = 0; time < 3; time += 1) {
    server.pass(5 * 60_000);
    // Many requests at once: the provider takes each refresh token once, and takes a second use for theft.
    const answers = await Promise.all(Array.from({ length: 10 }, () => groups()));
    expect(new Set(answers.map((each) => each.join()))).toEqual(new Set(['oidc:guests']));
  }
  await provider.expel('a-1');
  server.pass(5 * 60_000);
  expect((await ask('GET', '/api/v1/whoami')).status).toBe(401);
});

test('two replicas do not use up one refresh token between them', async () => {
  const [one, other] = [await bench.start(), await bench.start()];
  const { browser } = await signInAs(one, provider, 'a-1');
  browser.cookies.set(cookieName(other.url), browser.cookies.get(cookieName(one.url)) ?? '');
  provider.requests.length = 0;
  for (let round = 0; round < 3; round += 1) {
    one.pass(6 * 60_000);
    other.pass(6 * 60_000);
    const ask = (url: string) => browser.send(`${url}/api/v1/whoami`);
    const answers = await Promise.all([ask(one.url), ask(other.url), ask(one.url), ask(other.url)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
  expect(provider.requests.filter((each) => each === 'POST /token')).toHaveLength(3);
});

test('while the issuer is away sessions go on for a while, and nobody is signed in', async () => {
  const own = await startOidcProvider();
  own.accounts.set('a-1', { preferred_username: 'alice', groups: [] });
  const server = await bench.start({ provider: own });
  const { ask } = await signInAs(server, own, 'a-1');
  await own.stop();
  server.pass(6 * 60_000);
  expect((await ask('GET', '/api/v1/whoami')).status).toBe(200);
  server.pass(25 * 60_000);
  expect(await ask('GET', '/api/v1/whoami')).toMatchObject({ status: 503, body: { code: 'auth.unavailable' } });
});

test('what lies in Kubernetes gives nobody a session: not the Secret, not another one’s content', async () => {
  const server = await bench.start();
  const { ask, browser } = await signInAs(server, provider, 'a-1');
  const mallory = await signInAs(server, provider, 'b-2');
  const cookie = browser.cookies.get(cookieName(server.url)) ?? '';
  const stored = await bench.sessions();
  const text = JSON.stringify(
    stored.map((each) => [each, Buffer.from((each['data'] as { record: string }).record, 'base64').toString('latin1')]),
  );
  for (const secret of [cookie, 'alice', 'oidc:']) expect(text).not.toContain(secret);
  // Whoever may write Secrets there can end sessions, and cannot make one out of another.
  const isOf = async (name: string) => {
    const key = createHash('sha256').update(`oidc:${name}-${namespace}`).digest('hex').slice(0, 40);
    return stored.filter(({ metadata }) => metadata.labels?.['plumbline.dev/session-user'] === key);
  };
  const [alices] = await isOf('alice');
  for (const own of await isOf('bob')) {
    await bench.admin.patch(
      { group: '', kind: 'Secret', namespace, name: own.metadata.name },
      { data: alices?.['data'] },
      { type: 'merge' },
    );
  }
  server.pass(2_000);
  expect((await mallory.ask('GET', '/api/v1/whoami')).status).toBe(401);
  expect((await ask('GET', '/api/v1/whoami')).status).toBe(200);
});

test('signing in again makes another session, and ends the one before; a planted cookie gives nothing', async () => {
  const server = await bench.start();
  const name = cookieName(server.url);
  const browser = createBrowser();
  const planted = Buffer.alloc(32, 7).toString('base64url');
  browser.cookies.set(name, planted);
  provider.person = 'a-1';
  await browser.visit(`${server.url}/auth/login`);
  const first = browser.cookies.get(name) ?? '';
  expect(first).not.toBe(planted);
  await browser.visit(`${server.url}/auth/login`);
  const second = browser.cookies.get(name) ?? '';
  expect(second).not.toBe(first);
  const attacker = createBrowser();
  for (const cookie of [planted, first]) {
    attacker.cookies.set(name, cookie);
    expect((await attacker.send(`${server.url}/api/v1/whoami`)).status).toBe(401);
  }
});

test('one person has twenty sessions at most: the one that was unused longest ends', async () => {
  const server = await bench.start({ options: { guardLimits: { perAccount: { burst: 100, perSecond: 1 } } } });
  provider.accounts.set('d-4', { preferred_username: `dora-${namespace}`, groups: [] });
  const first = await signInAs(server, provider, 'd-4');
  const before = (await bench.sessions()).length;
  for (let time = 0; time < 20; time += 1) {
    server.pass(1_000);
    await signInAs(server, provider, 'd-4');
  }
  expect((await bench.sessions()).length).toBe(before + 19);
  server.pass(2_000);
  expect((await first.ask('GET', '/api/v1/whoami')).status).toBe(401);
});
