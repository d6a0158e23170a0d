import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../../test/support/certificate.ts';
import { openChromium, type Visitor } from '../../../test/support/chromium.ts';
import { wholeFile } from '../../../test/support/opened.ts';
import { signInOfFile, type SignInServer } from '../../../test/support/sign-in.ts';
import { grant } from '../../../test/support/tokens.ts';
import { listenHere } from '../../../test/support/listen.ts';

/** What a real browser makes of signing in: its cookies, its rules about origins, its policy. */
const chromium = wholeFile(openChromium, (opened) => opened.close());
const bench = signInOfFile('auth-chromium');
const { namespace, provider } = bench;

beforeEach(() => {
  provider.person = 'a-1';
});

async function visitor(): Promise<Visitor> {
  const opened = await chromium.visitor();
  onTestFinished(() => opened.context.close());
  return opened;
}

/** Opens the page as somebody whom it does not know, and signs in. */
async function signIn({ page }: Visitor, { url }: Pick<SignInServer, 'url'>): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByText(`You are signed in as oidc:alice-${namespace}.`).waitFor();
}

const isKnown = ({ page }: Visitor): Promise<number> =>
  page.evaluate(`fetch('auth/session').then(({ status }) => status)`);

/** A page of somebody else, at another origin; `{name}.test` is another site, too. */
async function foreignPage(html: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>theirs</title>${html}`);
  });
  await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

// What the console always says of a question that is answered with no.
const refusal = 'Failed to load resource: the server responded with a status of 401 (Unauthorized)';

test('somebody signs in, is known after a reload, and signs out; no page breaks its policy', async () => {
  const server = await bench.start();
  const visit = await visitor();
  const { page, context, complaints } = visit;
  await signIn(visit, server);
  expect(page.url()).toBe(`${server.url}/login`);
  await page.reload();
  await page.getByText(`You are signed in as oidc:alice-${namespace}.`).waitFor();
  expect(await page.getByRole('link', { name: 'Sign in' }).isVisible()).toBe(false);
  // The style is taken, too.
  expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).not.toBe('none');
  const held = await context.cookies();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  expect((await context.cookies(server.url)).filter(({ name }) => name.startsWith('plumb-'))).toEqual([]);
  // What a thief has kept of it is worth nothing any more.
  await context.addCookies(held);
  expect(await isKnown(visit)).toBe(401);
  await page.reload();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  expect(new Set(complaints)).toEqual(new Set([`${server.url}/auth/session: ${refusal}`]));
});

test('the cookie of a session is for this server alone, and no script sees it', async () => {
  const server = await bench.start();
  const visit = await visitor();
  await signIn(visit, server);
  const cookies = (await visit.context.cookies(server.url)).filter(({ name }) => name.startsWith('plumb-'));
  expect(cookies).toMatchObject([
    {
      name: `plumb-session-${new URL(server.url).port}`,
      httpOnly: true,
      sameSite: 'Strict',
      domain: '127.0.0.1',
      path: '/',
    },
  ]);
  const [{ expires, value } = { expires: 0, value: '' }] = cookies;
  expect(expires).toBeLessThan(Date.now() / 1000 + 12 * 3600);
  expect(expires).toBeGreaterThan(Date.now() / 1000);
  const seen = await visit.page.evaluate(
    'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])',
  );
  expect(seen).toBe('["",{},{}]');
  expect(await visit.page.content()).not.toContain(value);
});

test('over TLS the cookie is secure, and of this very host', async () => {
  let url = '';
  const link = { username: 'local-admin', groups: [], how: 'link' as const };
  const server = await bench.start({ options: { link, publicUrl: () => url } });
  const { key, cert } = await selfSigned();
  const front = createTlsServer({ key, cert }, (socket) => {
    const inner = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => inner.destroy()).pipe(inner);
    inner.on('error', () => socket.destroy()).pipe(socket);
  });
  await listenHere(front);
  onTestFinished(() => void front.close());
  url = `https://plumbline.test:${(front.address() as AddressInfo).port}`;
  const visit = await visitor();
  await visit.page.goto(server.signIn.createLink() ?? '');
  await visit.page.getByText('You are signed in as local-admin.').waitFor();
  expect(await visit.context.cookies(url)).toMatchObject([
    { name: '__Host-plumb-session', secure: true, httpOnly: true, sameSite: 'Strict', domain: 'plumbline.test' },
  ]);
  expect(visit.complaints).toEqual([]);
});

test('a link signs in once, and is gone from the address bar and the history', async () => {
  const link = { username: 'local-admin', groups: [], how: 'link' as const };
  const server = await bench.start({ options: { link } });
  const url = server.signIn.createLink() ?? '';
  const [first, second] = [await visitor(), await visitor()];
  await first.page.goto(url);
  await first.page.getByText('You are signed in as local-admin.').waitFor();
  expect(first.page.url()).toBe(`${server.url}/login`);
  expect(await first.page.evaluate('history.length')).toBe(2);
  expect(first.complaints).toEqual([]);
  await second.page.goto(url);
  await second.page.getByRole('status').getByText(/link/).waitFor();
  expect(await isKnown(second)).toBe(401);
  expect(second.page.url()).toBe(`${server.url}/login`);
});

test('the wrong account is refused with a reason, and another one can be taken', async () => {
  provider.accounts.set('c-3', { preferred_username: 'carol', groups: [''] });
  provider.person = 'c-3';
  const server = await bench.start();
  const visit = await visitor();
  const { page } = visit;
  await page.goto(`${server.url}/login`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(new URL(page.url()).search).toBe('?problem=auth.claims');
  expect(await isKnown(visit)).toBe(401);
  // The issuer remembers Carol. It asks all the same, and Alice answers.
  provider.person = 'a-1';
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByText(`You are signed in as oidc:alice-${namespace}.`).waitFor();
  expect(visit.complaints.filter((complaint) => !complaint.endsWith(refusal))).toEqual([]);
});

test.each(['127.0.0.1', 'evil.test'])('a page at %s can do nothing with the session of its visitor', async (host) => {
  const server = await bench.start();
  const maps = { group: '', resource: 'configmaps', verbs: ['create', 'patch', 'get'] };
  await grant(bench.admin, namespace, { kind: 'User', name: `oidc:alice-${namespace}` }, maps);
  const visit = await visitor();
  await signIn(visit, server);
  const name = `forged-${host.replaceAll('.', '-')}`;
  const write = `${server.url}/api/v1/maps/${namespace}/${name}`;
  const port = await foreignPage(`
    <form method=post action="${write}" target=into><input name="{" value="}"></form>
    <iframe name=into></iframe>`);
  const { page } = await visitorOf(visit);
  await page.goto(`http://${host}:${port}/`);
  // Of the same site the cookie is sent, and it is the origin that counts; else there is none.
  const refused = host === '127.0.0.1' ? 403 : 401;
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
    const answered = page.waitForResponse(write);
    await page.evaluate(`Object.assign(document.forms[0], { enctype: '${type}' }).submit()`);
    // What is no JSON may not even be read.
    expect([400, refused]).toContain((await answered).status());
  }
  /** What a script of the page gets to know of an answer. */
  const ask = (url: string, options: object): Promise<string> =>
    page.evaluate(`fetch(${JSON.stringify(url)}, ${JSON.stringify({ credentials: 'include', ...options })})
      .then(async (answer) => answer.type + ': ' + (await answer.text()))
      .catch(String)`);
  const unreadable = 'TypeError: Failed to fetch';
  for (const path of [write, `${server.url}/auth/logout`, `${server.url}/auth/logout-everywhere`]) {
    // What was answered is kept even from the page's own process.
    expect(await ask(path, { method: 'POST', mode: 'no-cors' })).toBe(unreadable);
  }
  expect(await ask(`${server.url}/auth/session`, {})).toBe(unreadable);
  expect(await ask(`${server.url}/auth/session`, { mode: 'no-cors' })).toBe(unreadable);
  const headers = { 'x-plumb-csrf': 'x', 'content-type': 'application/json' };
  expect(await ask(write, { method: 'POST', headers, body: '{}' })).toBe(unreadable);
  // Nothing came of it, and the visitor is still signed in.
  expect(await isKnown(visit)).toBe(200);
  expect(await bench.admin.get({ group: '', kind: 'ConfigMap', namespace, name })).toBeUndefined();
});

test('no page shows the sign-in in a frame, and none keeps a hand on a window with it', async () => {
  const server = await bench.start();
  const visit = await visitor();
  await signIn(visit, server);
  const port = await foreignPage(`<iframe src="${server.url}/login"></iframe>`);
  const { page, complaints } = await visitorOf(visit);
  await page.goto(`http://127.0.0.1:${port}/`);
  expect(page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
  expect(complaints.join('\n')).toMatch(/frame-ancestors|X-Frame-Options/);
  const opened = page.context().waitForEvent('page');
  await page.evaluate(`{ window.theirs = window.open('${server.url}/login'); }`);
  await (await opened).getByText('You are signed in as').waitFor();
  expect(await page.evaluate('window.theirs.closed')).toBe(true);
});

/** Another window of the same browser. */
async function visitorOf({ context }: Visitor): Promise<Pick<Visitor, 'page' | 'complaints'>> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  return { page, complaints };
}
