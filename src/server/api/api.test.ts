import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { as, testAuthorizer, testContext } from '../../../test/support/api.ts';
import { PlumbError } from '../../errors.ts';
import { createKubeClient } from '../../kube/index.ts';
import { clientOf, userOf } from './caller.ts';
import type { ApiContext, RouteGroup } from './context.ts';
import { createApi } from './create-api.ts';
import { pageFrom, pageOf, pageQuery } from './page.ts';

const numbers = Array.from({ length: 25 }, (_, index) => `n-${String(index).padStart(3, '0')}`);

const routes: RouteGroup = (app) => {
  app.get(
    '/numbers',
    {
      config: { access: 'signed-in' },
      schema: {
        querystring: Type.Object({ ...pageQuery, odd: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
        response: { 200: pageOf(Type.String(), 'Numbers.') },
      },
    },
    async (request, reply) =>
      pageFrom(
        numbers.filter((_, index) => request.query.odd !== true || index % 2 === 1),
        (item) => item,
        request.query,
        request,
        reply,
      ),
  );
  app.get(
    '/things/:namespace/:name',
    {
      config: { access: { verb: 'get', group: 'example.org', resource: 'things' } },
      schema: { params: Type.Object({ namespace: Type.String(), name: Type.String() }) },
    },
    async (request) => ({ ...request.params, by: userOf(request).username }),
  );
  app.post(
    '/things',
    {
      config: { access: 'signed-in' },
      schema: {
        body: Type.Object(
          { name: Type.String({ maxLength: 5 }), count: Type.Integer(), tags: Type.Array(Type.String()) },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => request.body,
  );
  app.get('/fails', { config: { access: 'open' } }, async () => {
    throw new Error('secret detail');
  });
  app.get('/refuses', { config: { access: 'open' } }, async () => {
    throw new PlumbError([
      { code: 'kube.invalid', message: 'one', where: { object: 'Service a/b', field: 'spec.ports' } },
      { code: 'kube.conflict', message: 'two', hint: 'do that' },
    ]);
  });
};

const silent = () => {};

const api = (parts: Partial<ApiContext> = {}) => createApi(testContext(parts), { groups: [routes] });

test('nobody is let in who is not signed in, and nothing is told of what there is', async () => {
  const app = await api();
  const answer = await app.inject({ url: '/api/v1/numbers' });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toMatchObject({
    code: 'auth.required',
    status: 401,
    requestId: answer.headers['x-request-id'],
  });
  // Before the body is looked at.
  const wrong = await app.inject({ method: 'POST', url: '/api/v1/things', payload: { nonsense: true } });
  expect(wrong.statusCode).toBe(401);
});

test('a right that a route names is asked for with the names of its path', async () => {
  const asked: unknown[] = [];
  const authorizer = testAuthorizer((user, right) => {
    asked.push([user.username, right]);
    return right.name === 'mine';
  });
  const app = await api({ authorizer });
  const mine = await app.inject({ url: '/api/v1/things/a/mine', headers: as('jane') });
  expect(mine.json()).toEqual({ namespace: 'a', name: 'mine', by: 'jane' });
  const theirs = await app.inject({ url: '/api/v1/things/a/theirs', headers: as('jane') });
  expect([theirs.statusCode, theirs.json<{ code: string }>().code]).toEqual([403, 'auth.forbidden']);
  const right = { verb: 'get', group: 'example.org', resource: 'things', namespace: 'a' };
  expect(asked).toEqual([
    ['jane', { ...right, name: 'mine' }],
    ['jane', { ...right, name: 'theirs' }],
  ]);
});

test('a route that does not say who may use it is not taken', async () => {
  const groups: RouteGroup[] = [(app) => void app.get('/open', async () => 'all of it')];
  await expect(createApi(testContext(), { groups })).rejects.toThrow('GET /api/v1/open does not say who may use it');
});

test('all that is wrong with a request is told at once, each with its field', async () => {
  const app = await api();
  const payload = { name: 'too long', tags: ['a', 1], extra: true };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/things', headers: as('jane'), payload });
  expect(answer.statusCode).toBe(400);
  const { errors } = answer.json<{ errors: { code: string; where: { field: string } }[] }>();
  expect(errors.map(({ code, where }) => `${code} ${where.field}`).toSorted()).toEqual([
    'server.invalid body.count',
    'server.invalid body.extra',
    'server.invalid body.name',
    'server.invalid body.tags.1',
  ]);
  const query = await app.inject({ url: '/api/v1/numbers?limit=0&odd=perhaps&x=1', headers: as('jane') });
  expect(query.json<{ errors: { where: { field: string } }[] }>().errors.map(({ where }) => where.field)).toEqual(
    expect.arrayContaining(['query.limit', 'query.odd', 'query.x']),
  );
});

test('every problem of an error is answered, with its place and what to do', async () => {
  const app = await api();
  const answer = await app.inject({ url: '/api/v1/refuses' });
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({
    code: 'kube.invalid',
    detail: 'one; two',
    errors: [
      { code: 'kube.invalid', message: 'one', where: { object: 'Service a/b', field: 'spec.ports' } },
      { code: 'kube.conflict', message: 'two', hint: 'do that' },
    ],
  });
});

test('what nobody foresaw is in the log under the id of the request, and not in the answer', async () => {
  const logged: unknown[] = [];
  const log = { info: silent, warn: silent, debug: silent, error: (fields: object) => void logged.push(fields) };
  const app = await api({ log });
  const answer = await app.inject({ url: '/api/v1/fails', headers: { 'x-request-id': 'my-own.1' } });
  expect([answer.statusCode, answer.headers['x-request-id']]).toEqual([500, 'my-own.1']);
  expect(answer.body).not.toContain('secret detail');
  expect(logged).toEqual([{ requestId: 'my-own.1', problems: [{ code: 'internal', message: 'secret detail' }] }]);
});

test('an id that is not fit for a log is replaced', async () => {
  const app = await api();
  const answer = await app.inject({ url: '/api/v1/refuses', headers: { 'x-request-id': 'a b' } });
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('pages follow one another until the last, each thing once', async () => {
  const app = await api();
  const seen: string[] = [];
  let next: string | undefined = '/api/v1/numbers?limit=7&odd=true';
  const sizes: number[] = [];
  while (next !== undefined) {
    const answer: Awaited<ReturnType<typeof app.inject>> = await app.inject({ url: next, headers: as('jane') });
    const page = answer.json<{ items: string[]; next?: string }>();
    seen.push(...page.items);
    sizes.push(page.items.length);
    const { link } = answer.headers;
    expect(link === undefined).toBe(page.next === undefined);
    next = typeof link === 'string' ? /<(.*)>; rel="next"/.exec(link)?.[1] : undefined;
  }
  expect(seen).toEqual(numbers.filter((_, index) => index % 2 === 1));
  expect(sizes).toEqual([7, 5]);
  const wrong = await app.inject({ url: '/api/v1/numbers?cursor=%20', headers: as('jane') });
  expect([wrong.statusCode, wrong.json<{ code: string }>().code]).toEqual([400, 'server.invalid']);
});

test('what has not changed is answered with 304 and nothing else', async () => {
  const app = await api();
  const first = await app.inject({ url: '/api/v1/numbers', headers: as('jane') });
  const etag = String(first.headers.etag);
  expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
  for (const known of [etag, `"other", ${etag}`, etag.slice(2), '*']) {
    const headers = { ...as('jane'), 'if-none-match': known };
    const again = await app.inject({ url: '/api/v1/numbers', headers });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
  }
  const other = await app.inject({
    url: '/api/v1/numbers?limit=2',
    headers: { ...as('jane'), 'if-none-match': etag },
  });
  expect(other.statusCode).toBe(200);
});

test('what somebody asks for is asked of Kubernetes in their name', async () => {
  const asked: unknown[] = [];
  const cluster = createServer((request, response) => {
    asked.push([request.headers['impersonate-user'], request.headers['impersonate-group']]);
    response.setHeader('content-type', 'application/json').end('{"gitVersion":"v1"}');
  }).listen(0, '127.0.0.1');
  await once(cluster, 'listening');
  const { port } = cluster.address() as AddressInfo;
  const client = createKubeClient({
    server: `http://127.0.0.1:${port}`,
    namespace: 'default',
    trust: { insecure: false },
    credentials: { current: () => ({}), renew: async () => false },
  });
  const groups: RouteGroup[] = [
    (app, context) =>
      void app.get('/version', { config: { access: 'signed-in' } }, async (request) =>
        clientOf(context, request).version({ signal: request.ending }),
      ),
  ];
  try {
    const app = await createApi(testContext({ client }), { groups });
    const answer = await app.inject({ url: '/api/v1/version', headers: as('oidc:jane', 'oidc:team-a') });
    expect(answer.json()).toEqual({ gitVersion: 'v1' });
    expect(asked).toEqual([['oidc:jane', 'oidc:team-a']]);
  } finally {
    await client.close();
    cluster.close();
  }
});

test('a path that is none, a body that is none, and one that is too large, are problems too', async () => {
  const app = await createApi(testContext(), { groups: [routes], limits: { bodyBytes: 100 } });
  const post = { method: 'POST', url: '/api/v1/things' } as const;
  const json = { ...as('jane'), 'content-type': 'application/json' };
  const answers = await Promise.all([
    app.inject({ url: '/api/v1/nothing', headers: as('jane') }),
    app.inject({ ...post, headers: json, payload: '{"a":' }),
    app.inject({ ...post, headers: json, payload: JSON.stringify({ name: 'x'.repeat(200) }) }),
    app.inject({ ...post, headers: { ...json, 'content-type': 'text/csv' }, payload: 'a,b' }),
  ]);
  expect(answers.map((answer) => [answer.statusCode, answer.json<{ code: string }>().code])).toEqual([
    [404, 'server.not-found'],
    [400, 'server.bad-request'],
    [413, 'server.too-large'],
    [415, 'server.media-type'],
  ]);
});

test('whoever sends too many requests is told when to come again, before anything is done for them', async () => {
  let time = 0;
  let asked = 0;
  const authenticate = async (): Promise<never> => {
    asked += 1;
    throw new PlumbError([{ code: 'auth.required', message: 'nobody' }]);
  };
  const rates = { perSource: { burst: 3, perSecond: 0.5 }, overall: { burst: 5, perSecond: 1 } };
  const app = await createApi(testContext({ authenticate, monotonic: () => time }), {
    groups: [routes],
    limits: { rates },
    trustedProxies: ['127.0.0.1'],
  });
  const from = async (source: string) => app.inject({ url: '/api/v1/numbers', headers: { 'x-forwarded-for': source } });
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await from('192.0.2.1')).statusCode);
  expect(statuses).toEqual([401, 401, 401, 429]);
  const late = await from('192.0.2.1');
  expect(late.headers).toMatchObject({ 'retry-after': '2', 'content-type': expect.stringContaining('problem+json') });
  expect(asked).toBe(3);
  expect([(await from('192.0.2.2')).statusCode, (await from('192.0.2.3')).statusCode]).toEqual([401, 401]);
  // All together are too many, too, and what is nowhere counts as well.
  expect((await from('192.0.2.4')).statusCode).toBe(429);
  expect((await app.inject({ url: '/nowhere', headers: { 'x-forwarded-for': '192.0.2.5' } })).statusCode).toBe(429);
  time = 2_000;
  expect((await from('192.0.2.1')).statusCode).toBe(401);
  await app.close();
});
