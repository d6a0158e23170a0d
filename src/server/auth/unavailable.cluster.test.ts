import { expect, test } from 'vitest';
import { createBrowser } from '../../../test/support/browser.ts';
import { testClient } from '../../../test/support/kube-client.ts';
import { wholeFile } from '../../../test/support/opened.ts';
import { cookieName, signInAs, signInOfFile } from '../../../test/support/sign-in.ts';
import { serviceAccountToken } from '../../../test/support/tokens.ts';

const bench = signInOfFile('auth-unavailable');
const powerless = wholeFile(
  async () => testClient({ token: await serviceAccountToken(bench.admin, bench.namespace, 'powerless') }),
  (client) => client.close(),
);

test('a Plumbline without rights of its own lets nobody in, and says why in its log, once in a while', async () => {
  const token = await serviceAccountToken(bench.admin, bench.namespace, 'robot');
  const server = await bench.start({ client: powerless });
  const { end, browser } = await signInAs(server, bench.provider, 'a-1');
  expect(end.url).toBe(`${server.url}/login?problem=auth.unavailable`);
  expect(browser.cookies.has(cookieName(server.url))).toBe(false);
  const planted = { cookie: `${cookieName(server.url)}=${Buffer.alloc(32, 1).toString('base64url')}` };
  for (const headers of [{ authorization: `Bearer ${token}` }, planted, { authorization: `Bearer ${token}` }]) {
    const answer = await createBrowser().send(`${server.url}/api/v1/user`, { headers });
    expect({ status: answer.status, text: answer.text }).toMatchObject({
      status: 503,
      text: expect.stringContaining('auth.unavailable'),
    });
    // Why is nothing for strangers.
    expect(answer.text).not.toContain('powerless');
  }
  const told = server.logged.filter((line) => line.includes('nobody can be let in'));
  expect(told).toHaveLength(2);
  expect(told.join()).toContain('cannot create resource');
  server.pass(10_000);
  await createBrowser().send(`${server.url}/api/v1/user`, { headers: { authorization: `Bearer ${token}` } });
  expect(server.logged.filter((line) => line.includes('nobody can be let in'))).toHaveLength(3);
  expect(server.logged.join()).not.toContain(token);
});

test('who cannot be signed out is told so, and not that it is done', async () => {
  const server = await bench.start();
  const { browser } = await signInAs(server, bench.provider, 'a-1');
  const session = await browser.send(`${server.url}/auth/session`);
  const { csrfToken } = JSON.parse(session.text) as { csrfToken: string };
  const readOnly = { ...bench.admin, delete: () => Promise.reject(new Error('no rights')) };
  const other = await bench.start({ client: readOnly });
  browser.cookies.set(cookieName(other.url), browser.cookies.get(cookieName(server.url)) ?? '');
  const answer = await browser.send(`${other.url}/auth/logout`, {
    method: 'POST',
    headers: { origin: other.url, 'sec-fetch-site': 'same-origin', 'x-plumb-csrf': csrfToken },
  });
  expect({ status: answer.status, text: answer.text }).toMatchObject({
    status: 503,
    text: expect.stringContaining('the session cannot be ended'),
  });
});
