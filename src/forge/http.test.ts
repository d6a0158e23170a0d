import { inspect } from 'node:util';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import {
  failureOf,
  openForgeServer,
  testClock,
  testConnections,
  type ForgeReply,
} from '../../test/support/forge-server.ts';
import { createEgress } from '../egress.ts';
import { sensitive } from '../sensitive.ts';
import { createForgeConnections, type ForgeConnections } from './connections.ts';
import { fixedAuthorizer, type Authorizer } from './credentials.ts';
import { nextLink, openForgeHttp, type ForgeHttp } from './http.ts';

// The server is ours: what it answers is what the documentation of the forges says of limits and errors
// (docs.github.com, Rate limits for the REST API; docs.gitlab.com, User and IP rate limits).

const signal = new AbortController().signal;
const token = 'secret-token-4711';
const numbers = Type.Object({ number: Type.Integer() });
const what = 'reading a number';

function open(url: string, options: { connections?: ForgeConnections; authorizer?: Authorizer } = {}): ForgeHttp {
  return openForgeHttp({
    baseUrl: new URL(`${url}/api`),
    connections: options.connections ?? testConnections(),
    route: {},
    authorizer: options.authorizer ?? fixedAuthorizer('me', 'authorization', `Bearer ${token}`),
    headers: {},
  });
}

test('calls below the base URL with the credentials, and parses the answer', async () => {
  const server = await openForgeServer(() => ({ body: { number: 3 } }));
  const { body } = await open(server.url).call({
    path: '/things',
    query: { page: 1, draft: false, nothing: undefined },
    schema: numbers,
    what,
    signal,
  });
  expect(body).toEqual({ number: 3 });
  expect(server.lines()).toEqual(['GET /api/things?page=1&draft=false']);
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
});

test('an answer of another form is refused by the name of its field, without its value', async () => {
  const server = await openForgeServer(() => ({ body: { number: 'hidden' } }));
  const error = await failureOf(open(server.url).call({ path: '/', schema: numbers, what, signal }));
  expect(error.code).toBe('forge.answer-invalid');
  expect(error.message).toContain('number');
  expect(error.message).not.toContain('hidden');
});

test('a login page in the place of an answer is told as one', async () => {
  const server = await openForgeServer(() => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }));
  const error = await failureOf(open(server.url).call({ path: '/', schema: numbers, what, signal }));
  expect(error.message).toContain('not JSON (text/html)');
});

const failing: [number, unknown, string, string][] = [
  [401, { message: 'Bad credentials' }, 'forge.auth-failed', 'Bad credentials'],
  [403, { message: 'Resource not accessible by integration' }, 'forge.forbidden', 'not accessible'],
  [404, { message: '404 Project Not Found' }, 'forge.not-found', '404 Project Not Found'],
  [409, { errors: [{ message: 'is out of date' }] }, 'forge.conflict', 'is out of date'],
  [400, { message: { base: ['has errors'] } }, 'forge.refused', 'base: has errors'],
  [422, { message: 'Validation Failed', errors: [{ field: 'head', code: 'invalid' }] }, 'forge.refused', 'head'],
  [
    400,
    { type: 'error', error: { message: 'Bad request', detail: 'no such branch' } },
    'forge.refused',
    'no such branch',
  ],
];

test.each(failing)('status %i with %j is %s', async (status, body, code, words) => {
  const server = await openForgeServer(() => ({ status, body }));
  const error = await failureOf(open(server.url).send({ path: '/', what, signal }));
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
  expect(server.asked).toHaveLength(1);
});

test('what the forge says never shows the credentials, nor what a terminal would obey', async () => {
  const password = 'pass-word-9';
  const value = `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`;
  const server = await openForgeServer(({ headers }) => ({
    status: 400,
    body: { message: `no: ${headers.authorization} ${password}\u001b[31m\nred` },
  }));
  const http = open(server.url, { authorizer: fixedAuthorizer(value, 'authorization', value) });
  const error = await failureOf(http.send({ path: '/', what, signal }));
  for (const text of [error.message, inspect(error, { depth: 10 }), JSON.stringify(error.problems)]) {
    expect(text).toContain('***');
    expect(text).not.toContain(password);
    expect(text).not.toContain(value.slice(6));
    expect(text).not.toContain('\u001b');
  }
});

test('a 404 is nothing to find', async () => {
  const server = await openForgeServer(() => ({ status: 404, body: { message: 'Not Found' } }));
  expect(await open(server.url).find({ path: '/', schema: numbers, what, signal })).toBeUndefined();
});

test.each([500, 502, 503, 504, 408])('a GET is tried again after %i, a bounded number of times', async (status) => {
  const clock = testClock();
  const server = await openForgeServer((_, count) => (count < 3 ? { status } : { body: { number: 1 } }));
  const http = open(server.url, { connections: testConnections(clock) });
  expect((await http.call({ path: '/', schema: numbers, what, signal })).body.number).toBe(1);
  expect(clock.waits).toEqual([500, 1000]);

  const down = await openForgeServer(() => ({ status }));
  expect((await failureOf(open(down.url).call({ path: '/', schema: numbers, what, signal }))).code).toBe(
    'forge.unreachable',
  );
  expect(down.asked).toHaveLength(4);
});

test('what cannot be done is not asked for twice', async () => {
  const server = await openForgeServer(() => ({ status: 501 }));
  await failureOf(open(server.url).call({ path: '/', schema: numbers, what, signal }));
  expect(server.asked).toHaveLength(1);
});

test.each<[string, ForgeReply]>([
  ['a server that fails', { status: 502 }],
  ['a connection that is cut', 'cut'],
])('a POST is not sent twice to %s, and says that nobody knows', async (_, reply) => {
  const server = await openForgeServer(() => reply);
  const error = await failureOf(open(server.url).send({ method: 'POST', path: '/', body: {}, what, signal }));
  expect(error.code).toBe('forge.unreachable');
  expect(server.asked).toHaveLength(1);
  if (reply === 'cut') expect(error.message).toContain('not known whether it was carried out');
});

test('a POST that may be repeated is, and so is a PUT', async () => {
  const server = await openForgeServer((_, count) => (count % 2 === 1 ? 'cut' : {}));
  const http = open(server.url);
  await http.send({ method: 'POST', path: '/', body: {}, repeatable: true, what, signal });
  await http.send({ method: 'PUT', path: '/', body: {}, what, signal });
  expect(server.asked).toHaveLength(4);
});

test('a POST that never left is sent again', async () => {
  const server = await openForgeServer(() => ({}));
  let failures = 0;
  // The name is looked up for each connection: the first one leads nowhere.
  const egress = createEgress({}, (_, callback) => {
    failures += 1;
    if (failures === 1) callback(Object.assign(new Error('try again'), { code: 'EAI_AGAIN' }), []);
    else callback(null, [{ address: '127.0.0.1', family: 4 }]);
  });
  const connections = createForgeConnections({ egress, clock: testClock(), random: () => 1 });
  const http = open(server.url.replace('127.0.0.1', 'forge.test'), { connections });
  await http.send({ method: 'POST', path: '/', body: {}, what, signal });
  await connections.close();
  expect(failures).toBe(2);
  expect(server.asked).toHaveLength(1);
});

test('credentials that were refused are renewed once, and the request sent again', async () => {
  let current = 'old';
  const authorizer: Authorizer = {
    identity: 'app',
    authorize: () => Promise.resolve({ header: 'authorization', value: sensitive(`Bearer ${current}`) }),
    renew: () => {
      current = 'new';
      return true;
    },
  };
  const server = await openForgeServer(({ headers }) =>
    headers.authorization === 'Bearer new' ? {} : { status: 401, body: { message: 'Bad credentials' } },
  );
  await open(server.url, { authorizer }).send({ method: 'POST', path: '/', body: {}, what, signal });
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);

  const never = await openForgeServer(() => ({ status: 401, body: { message: 'Bad credentials' } }));
  const error = await failureOf(open(never.url, { authorizer }).send({ path: '/', what, signal }));
  expect(error.code).toBe('forge.auth-failed');
  expect(never.asked).toHaveLength(2);
});

test('what has not changed is not sent again', async () => {
  const server = await openForgeServer(({ headers }) =>
    headers['if-none-match'] === '"v1"'
      ? { status: 304, headers: { etag: '"v1"' } }
      : { headers: { etag: '"v1"', link: '<https://elsewhere/2>; rel="next"' }, body: { number: 5 } },
  );
  const http = open(server.url);
  const first = await http.call({ path: '/', schema: numbers, what, signal });
  const second = await http.call({ path: '/', schema: numbers, what, signal });
  expect(second.body).toEqual(first.body);
  expect(nextLink(second)).toEqual({ path: 'https://elsewhere/2' });
  expect(server.asked[1]?.headers['if-none-match']).toBe('"v1"');
});

test('a redirect within the forge is followed; one to another host gets neither request nor credentials', async () => {
  const other = await openForgeServer(() => ({ body: { number: 1 } }));
  const server = await openForgeServer(({ path }) => {
    if (path === '/api/old') return { status: 301, headers: { location: '/api/new' } };
    if (path === '/api/away') return { status: 302, headers: { location: `${other.url}/api/new` } };
    if (path === '/api/round') return { status: 307, headers: { location: '/api/round' } };
    return { body: { number: 2 } };
  });
  const http = open(server.url);
  expect((await http.call({ path: '/old', schema: numbers, what, signal })).body.number).toBe(2);
  for (const path of ['/away', '/round']) {
    expect((await failureOf(http.call({ path, schema: numbers, what, signal }))).code).toBe('forge.redirected');
  }
  // 301 would turn a POST into a GET; 307 leaves it what it is.
  const post = { method: 'POST', body: {}, what, signal } as const;
  expect((await failureOf(http.send({ ...post, path: '/old' }))).code).toBe('forge.redirected');
  expect(other.asked).toEqual([]);
});

test('pages are followed to the end, or as far as needed, and never to another host', async () => {
  const server = await openForgeServer(({ path, headers }) => {
    const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? 1);
    const next = `http://${headers.host}/api/list?page=${page + 1}`;
    const last = '<http://x/?page=9>; rel="last"';
    return { headers: page < 3 ? { link: `${last}, <${next}>; rel="next"` } : { link: last }, body: { number: page } };
  });
  const http = open(server.url);
  const request = { path: '/list', query: { per_page: 1 }, schema: numbers, what, signal };
  expect(await http.pages(request, (answer) => ({ items: [answer.body.number], next: nextLink(answer) }))).toEqual([
    1, 2, 3,
  ]);
  expect(server.lines()).toEqual(['GET /api/list?per_page=1', 'GET /api/list?page=2', 'GET /api/list?page=3']);
  const enough = await http.pages({ ...request, enough: (items) => items.length >= 2 }, (answer) => ({
    items: [answer.body.number],
    next: nextLink(answer),
  }));
  expect(enough).toEqual([1, 2]);
  const away = http.pages(request, () => ({ items: [], next: { path: 'https://elsewhere.test/list' } }));
  expect((await failureOf(away)).code).toBe('forge.redirected');
});

test('a list without end is given up', async () => {
  const server = await openForgeServer(() => ({ body: { number: 1 } }));
  const endless = open(server.url).pages({ path: '/list', schema: numbers, what, signal }, () => ({
    items: [1],
    next: { path: '/list' },
  }));
  expect((await failureOf(endless)).message).toContain('more than 100 pages');
  expect(server.asked).toHaveLength(100);
});

test('an answer that is too long is not read to its end', async () => {
  const server = await openForgeServer(() => ({ body: 'x'.repeat(100_000) }));
  const http = open(server.url, { connections: testConnections(testClock(), { longestAnswer: 1000 }) });
  const error = await failureOf(http.send({ path: '/', what, signal }));
  expect(error.code).toBe('forge.answer-invalid');
  expect(server.asked).toHaveLength(1);
});

test('a forge that does not answer is given up, and a caller that gives up is heard at once', async () => {
  const server = await openForgeServer(() => new Promise<ForgeReply>(() => undefined));
  const silent = open(server.url, { connections: testConnections(testClock(), { answerTimeout: 50 }) });
  expect((await failureOf(silent.send({ method: 'POST', path: '/', body: {}, what, signal }))).message).toContain(
    'gave no answer',
  );

  const controller = new AbortController();
  const call = open(server.url).send({ path: '/', what, signal: controller.signal });
  const reason = new Error('changed my mind');
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
});

test('where this installation does not connect to, no forge is called', async () => {
  const server = await openForgeServer(() => ({}));
  const connections = createForgeConnections({
    egress: createEgress({ deny: ['127.0.0.0/8'] }),
    clock: testClock(),
    random: () => 1,
  });
  expect((await failureOf(open(server.url, { connections }).send({ path: '/', what, signal }))).code).toBe(
    'egress.refused',
  );
  const named = open(server.url.replace('127.0.0.1', 'localhost'), { connections });
  expect((await failureOf(named.send({ path: '/', what, signal }))).code).toBe('egress.refused');
  await connections.close();
  expect(server.asked).toEqual([]);
});
