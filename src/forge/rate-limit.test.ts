import { Type } from 'typebox';
import { expect, test } from 'vitest';
import {
  failureOf,
  openForgeServer,
  testClock,
  testConnections,
  type ForgeReply,
} from '../../test/support/forge-server.ts';
import type { ForgeConnections } from './connections.ts';
import { fixedAuthorizer, type Authorizer } from './credentials.ts';
import { openForgeHttp, type ForgeHttp } from './http.ts';
import type { WriteBudget } from './pace.ts';

// The server is ours: what it answers is what the documentation of the forges says of limits and errors
// (docs.github.com, Rate limits for the REST API; docs.gitlab.com, User and IP rate limits).

const signal = new AbortController().signal;
const token = 'secret-token-4711';
const numbers = Type.Object({ number: Type.Integer() });
const what = 'reading a number';

function open(
  url: string,
  options: { connections?: ForgeConnections; authorizer?: Authorizer; writes?: WriteBudget } = {},
): ForgeHttp {
  return openForgeHttp({
    baseUrl: new URL(`${url}/api`),
    connections: options.connections ?? testConnections(),
    route: {},
    authorizer: options.authorizer ?? fixedAuthorizer('me', 'authorization', `Bearer ${token}`),
    headers: {},
    ...(options.writes === undefined ? {} : { writes: options.writes }),
  });
}

const start = Date.parse('2026-11-21T12:00:00Z');
const limits: [string, ForgeReply, number][] = [
  ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
  ['429 with a date', { status: 429, headers: { 'retry-after': new Date(start + 9_000).toUTCString() } }, 9_000],
  ['429 alone', { status: 429 }, 60_000],
  [
    'an exhausted limit of GitHub, told in its own time',
    {
      status: 403,
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.parse('2026-11-21T15:00:40Z') / 1000),
        date: 'Sat, 21 Nov 2026 15:00:10 GMT',
      },
      body: { message: 'API rate limit exceeded for user ID 1.' },
    },
    30_000,
  ],
  [
    'a secondary limit of GitHub',
    { status: 403, headers: { 'retry-after': '5' }, body: { message: 'You have exceeded a secondary rate limit.' } },
    5_000,
  ],
  [
    'a secondary limit of GitHub without a time',
    {
      status: 403,
      headers: { 'x-ratelimit-remaining': '4000' },
      body: { message: 'You have exceeded a secondary rate limit' },
    },
    60_000,
  ],
];

test.each(limits)('%s is waited for, also by a POST, which was not carried out', async (_, limited, wait) => {
  const clock = testClock();
  const server = await openForgeServer((__, count) => (count === 1 ? limited : {}));
  const http = open(server.url, { connections: testConnections(clock) });
  await http.send({ method: 'POST', path: '/', body: {}, what, signal });
  expect(clock.waits).toEqual([wait]);
  expect(server.asked).toHaveLength(2);
});

test('a limit that lasts long is told with its end, and nothing is sent until then', async () => {
  const clock = testClock();
  const server = await openForgeServer(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
  const connections = testConnections(clock);
  const error = await failureOf(open(server.url, { connections }).send({ path: '/', what, signal }));
  expect(error.code).toBe('forge.rate-limited');
  expect(error.message).toContain('2026-11-21T13:00:00');
  // Another client of the same identity knows it too; one of another identity is not held up.
  expect((await failureOf(open(server.url, { connections }).send({ path: '/', what, signal }))).code).toBe(
    'forge.rate-limited',
  );
  expect(server.asked).toHaveLength(1);
  const other = fixedAuthorizer('somebody else', 'authorization', 'Bearer other');
  await failureOf(open(server.url, { connections, authorizer: other }).send({ path: '/', what, signal }));
  expect(server.asked).toHaveLength(2);
});

test('the last call that a limit allows is kept to: the next one waits', async () => {
  const clock = testClock();
  // GitLab tells its limits with every answer.
  const headers = {
    'ratelimit-remaining': '0',
    'ratelimit-reset': String((start + 20_000) / 1000),
    date: new Date(start).toUTCString(),
  };
  const server = await openForgeServer((_, count) => ({
    body: { number: count },
    ...(count === 1 ? { headers } : {}),
  }));
  const http = open(server.url, { connections: testConnections(clock) });
  await http.call({ path: '/', schema: numbers, what, signal });
  expect(clock.waits).toEqual([]);
  await http.call({ path: '/', schema: numbers, what, signal });
  expect(clock.waits).toEqual([20_000]);
});

test('a forge that refuses again and again is left alone in the end', async () => {
  const server = await openForgeServer(() => ({ status: 429, headers: { 'retry-after': '1' } }));
  expect((await failureOf(open(server.url).send({ path: '/', what, signal }))).code).toBe('forge.rate-limited');
  expect(server.asked).toHaveLength(4);
});

test('writes keep to their budget: at once as many as it holds, then slowly', async () => {
  const clock = testClock();
  const server = await openForgeServer(() => ({}));
  const http = open(server.url, { connections: testConnections(clock), writes: { burst: 2, perSecond: 1 } });
  for (let index = 0; index < 4; index += 1) await http.send({ method: 'POST', path: '/', body: {}, what, signal });
  expect(clock.waits).toEqual([1000, 1000]);
});

test('writes of one identity go one after the other', async () => {
  let underWay = 0;
  let most = 0;
  const arrived: (() => void)[] = [];
  const server = await openForgeServer(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise<void>((resolve) => {
      arrived.push(resolve);
      setImmediate(resolve);
    });
    underWay -= 1;
    return {};
  });
  const http = open(server.url);
  await Promise.all(Array.from({ length: 8 }, () => http.send({ method: 'POST', path: '/', body: {}, what, signal })));
  expect(arrived).toHaveLength(8);
  expect(most).toBe(1);
});
