import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { WebhookOutcome } from '../controller/index.ts';
import type { WebhookRequest } from '../forge/index.ts';
import { type Server, type ServerOptions, startServer } from './index.ts';

const kept = { kind: 'github', id: 'one' } as const;
const accepted = (work: () => void = () => {}): WebhookOutcome => ({
  ...kept,
  state: 'accepted',
  events: ['push'],
  repositories: ['team-a/app'],
  work,
});
const refused: WebhookOutcome = { ...kept, state: 'refused', reason: 'another secret, or none' };

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

interface Started extends Server {
  readonly url: string;
  readonly requests: WebhookRequest[];
  readonly logged: string[];
  readonly end: () => Promise<void>;
}

async function start(options: Partial<ServerOptions> = {}): Promise<Started> {
  const stop = new AbortController();
  const requests: WebhookRequest[] = [];
  const logged: string[] = [];
  const logAt = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    receive: () => accepted(),
    isReady: () => true,
    log: { info: logAt('info'), warn: logAt('warn'), error: logAt('error'), debug: logAt('debug') },
    monotonic: () => 0,
    signal: stop.signal,
    ...options,
    ...(options.receive === undefined
      ? {}
      : {
          receive: (request) => {
            requests.push(request);
            return options.receive?.(request);
          },
        }),
  });
  const end = async (): Promise<void> => {
    stop.abort();
    await server.closed;
  };
  ends.push(end);
  return { ...server, url: `http://127.0.0.1:${server.port}`, requests, logged, end };
}

const json = { 'content-type': 'application/json' };

async function post(url: string, body: string | Buffer = '{}', headers: Record<string, string> = json) {
  const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as { code?: string }, text };
}

/** Sends bytes as they are, and answers with all that comes back until the connection is closed. */
async function raw(port: number, pieces: readonly string[], onConnection?: (write: (text: string) => void) => void) {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  socket.on('error', () => {});
  for (const piece of pieces) socket.write(piece);
  onConnection?.((text) => socket.write(text));
  await new Promise((resolve) => socket.once('close', resolve));
  return received;
}

test('a webhook is answered with 202, byte for byte what was sent is handed on, and work follows the answer', async () => {
  const worked = Promise.withResolvers<void>();
  const { url, requests, logged } = await start({ receive: () => accepted(worked.resolve) });
  const body = '{ "ä" :1,"a": 2 , "a":3}\n';
  const answer = await post(`${url}/webhooks`, body, { ...json, 'x-github-event': 'push', authorization: 'secret!' });
  expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
  await worked.promise;
  expect(requests[0]?.body).toEqual(Buffer.from(body));
  expect(requests[0]?.headers).toMatchObject({ 'x-github-event': 'push' });
  expect(requests[0]?.kind).toBeUndefined();
  expect(logged).toEqual([
    'info webhook {"source":"127.0.0.1","kind":"github","delivery":"one","events":["push"],"repositories":["team-a/app"],"count":1}',
  ]);
});

test('the path names the product, and holds the secret of one that signs nothing', async () => {
  const { url, requests, logged } = await start({ receive: () => refused });
  await post(`${url}/webhooks/quay`);
  await post(`${url}/webhooks/docker-hub/${encodeURIComponent('geheim/ä')}`);
  expect(requests.map(({ kind, pathSecret }) => [kind, pathSecret])).toEqual([
    ['quay', undefined],
    ['docker-hub', 'geheim/ä'],
  ]);
  expect(logged.join()).not.toContain('geheim');
  expect(await post(`${url}/webhooks/nonsense`)).toMatchObject({ status: 404, body: { code: 'server.not-found' } });
});

test('every refusal is the same answer', async () => {
  const reasons = ['unknown repository', 'another secret', 'no secret'];
  const { url } = await start({ receive: () => ({ ...refused, reason: reasons.shift() ?? '' }) });
  const answers = [await post(`${url}/webhooks`), await post(`${url}/webhooks`), await post(`${url}/webhooks`)];
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(
    new Set(answers.map(({ headers }) => JSON.stringify([...headers].filter(([name]) => name !== 'date')))).size,
  ).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, body: { code: 'server.refused' } });
});

test('a repeated webhook is no failure, and one that cannot be read is told why', async () => {
  const outcomes: WebhookOutcome[] = [
    { ...kept, state: 'repeated' },
    {
      ...kept,
      state: 'unreadable',
      problems: [{ code: 'forge.webhook-invalid', message: 'must be string', where: { field: 'ref' } }],
    },
  ];
  const { url } = await start({ receive: () => outcomes.shift() });
  expect(await post(`${url}/webhooks`)).toMatchObject({ status: 200, body: { status: 'known already' } });
  expect(await post(`${url}/webhooks`)).toMatchObject({
    status: 422,
    body: { code: 'forge.webhook-invalid', errors: [{ message: 'must be string', where: { field: 'ref' } }] },
  });
});

test('who does not lead takes nothing and is not ready, and is healthy all the same', async () => {
  let leads = false;
  const { url } = await start({ receive: () => (leads ? accepted() : undefined), isReady: () => leads });
  const statuses = async (): Promise<number[]> =>
    Promise.all(['/healthz', '/readyz'].map(async (path) => (await fetch(`${url}${path}`)).status));
  expect(await statuses()).toEqual([200, 503]);
  const answer = await post(`${url}/webhooks`);
  expect(answer).toMatchObject({ status: 503, body: { code: 'server.unavailable' } });
  expect(answer.headers.get('retry-after')).toBe('1');
  leads = true;
  expect(await statuses()).toEqual([200, 200]);
  expect((await post(`${url}/webhooks`)).status).toBe(202);
});

test('other paths, methods and media types are told so, in JSON that says nothing of this process', async () => {
  const { url, requests } = await start({ receive: () => accepted() });
  const got = await fetch(`${url}/webhooks`);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    expect((await fetch(`${url}/webhooks/github`, { method })).status).toBe(405);
  }
  for (const path of ['/', '/webhook', '/webhooks/a/b/c', '/../etc/passwd', '/%00', '/webhooks/%zz']) {
    const answer = await post(`${url}${path}`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toMatch(/fastify|node_modules|stack|Error:/i);
  }
  for (const headers of [
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/jsonp' },
    { ...json, 'content-encoding': 'gzip' },
  ]) {
    expect(await post(`${url}/webhooks`, '{}', headers as Record<string, string>)).toMatchObject({
      status: 415,
      body: { code: 'server.media-type' },
    });
  }
  expect(requests).toEqual([]);
  for (const type of [
    'application/json; charset=utf-8',
    'application/cloudevents+json',
    'application/x-www-form-urlencoded',
  ]) {
    expect((await post(`${url}/webhooks`, '{}', { 'content-type': type })).status).toBe(202);
  }
});

test('every answer forbids what nobody needs', async () => {
  const { url } = await start();
  for (const path of ['/webhooks', '/healthz', '/nothing']) {
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect([...headers.keys()]).not.toContain('x-powered-by');
    expect([...headers.keys()]).not.toContain('server');
  }
});

test('an error within is logged, and its text is not told', async () => {
  const { url, logged } = await start({
    receive: () => {
      throw new Error('the innermost');
    },
  });
  const answer = await post(`${url}/webhooks`);
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
  expect(answer.text).not.toContain('innermost');
  expect(logged[0]).toMatch(/^error request failed .*the innermost/);
});

test('work that fails is logged, and later webhooks are taken', async () => {
  const { url, logged } = await start({
    receive: () =>
      accepted(() => {
        throw new Error('in vain');
      }),
  });
  expect((await post(`${url}/webhooks`)).status).toBe(202);
  expect((await post(`${url}/webhooks`)).status).toBe(202);
  expect(logged.filter((line) => line.startsWith('error webhook not worked on')).length).toBeGreaterThan(0);
});

test('a body that is too large is refused, whether or not its length is told', async () => {
  const { url, port, requests } = await start({ receive: () => accepted(), limits: { bodyBytes: 1000 } });
  expect((await post(`${url}/webhooks`, 'x'.repeat(1000))).status).toBe(202);
  expect(await post(`${url}/webhooks`, 'x'.repeat(1001))).toMatchObject({
    status: 413,
    body: { code: 'server.too-large' },
  });
  const head = 'POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n';
  const chunked = await raw(port, [`${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`]);
  expect(chunked).toMatch(/^HTTP\/1.1 413 /);
  expect(requests).toHaveLength(1);
});

test('many large bodies at once are too many, and are not waited for', async () => {
  const { url, port } = await start({
    receive: () => accepted(),
    limits: { bodyBytes: 1000, bodiesBytes: 2000 },
  });
  const head = 'POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const slow = [1, 2].map(() => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${head}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n`);
    // Told to go on only when the hooks have let it in.
    return new Promise<typeof socket>((resolve) => socket.once('data', () => resolve(socket)));
  });
  const sockets = await Promise.all(slow);
  expect(await post(`${url}/webhooks`)).toMatchObject({ status: 503, body: { code: 'server.unavailable' } });
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  // The server hears of it in its own time.
  const statuses: number[] = [];
  do statuses.push((await post(`${url}/webhooks`)).status);
  while (statuses.at(-1) === 503);
  expect(statuses.at(-1)).toBe(202);
});

test('who sends slowly is not waited for: neither headers nor bodies', async () => {
  const { port } = await start({
    limits: { headersMilliseconds: 100, requestMilliseconds: 200, checkMilliseconds: 20 },
  });
  const head = 'POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const [headers, body] = await Promise.all([raw(port, [head]), raw(port, [`${head}Content-Length: 100\r\n\r\n{`])]);
  expect(headers).toMatch(/^HTTP\/1.1 408 .*"code":"server.timeout"/s);
  expect(body).toMatch(/^HTTP\/1.1 408 /);
});

test('what is no HTTP is answered as that, and closed', async () => {
  const { port } = await start();
  for (const text of [
    'nonsense\r\n\r\n',
    'POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
  ]) {
    expect(await raw(port, [text])).toMatch(/^HTTP\/1.1 4\d\d .*"code":"server\.[a-z-]+"/s);
  }
});

test('too many requests of one source are told when to come again; another source is let in', async () => {
  const { url, requests } = await start({
    receive: () => accepted(),
    trustedProxies: ['127.0.0.1'],
    limits: { perSource: { burst: 2, perSecond: 0.1 } },
  });
  const from = (source: string) => post(`${url}/webhooks`, '{}', { ...json, 'x-forwarded-for': source });
  expect((await from('192.0.2.1')).status).toBe(202);
  expect((await from('192.0.2.1')).status).toBe(202);
  const late = await from('192.0.2.1');
  expect(late).toMatchObject({ status: 429, body: { code: 'server.rate-limited' } });
  expect(late.headers.get('retry-after')).toBe('10');
  expect((await from('192.0.2.2')).status).toBe(202);
  expect(requests).toHaveLength(3);
});

test('a large body counts for many requests, and one of unknown length for the largest', async () => {
  const { url, port } = await start({
    limits: { bodyBytes: 1000, bytesPerRequest: 100, perSource: { burst: 25, perSecond: 1 } },
  });
  expect((await post(`${url}/webhooks`, 'x'.repeat(1000))).status).toBe(202);
  const head = 'POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n';
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`;
  expect(await raw(port, [chunked])).toMatch(/^HTTP\/1.1 202 /);
  expect(await raw(port, [chunked])).toMatch(/^HTTP\/1.1 429 [^]*retry-after: 5/i);
  for (let time = 0; time < 5; time += 1) expect((await post(`${url}/webhooks`)).status).toBe(202);
  expect((await post(`${url}/webhooks`)).status).toBe(429);
});

test('who is no trusted proxy cannot name another source', async () => {
  const { url } = await start({ limits: { perSource: { burst: 1, perSecond: 0.1 } } });
  const from = (source: string) => post(`${url}/webhooks`, '{}', { ...json, 'x-forwarded-for': source });
  expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([202, 429]);
});

test('who guesses secrets is let in less often', async () => {
  const { url } = await start({
    receive: () => refused,
    limits: { perSource: { burst: 30, perSecond: 1 }, refusalCost: 10 },
  });
  const statuses: number[] = [];
  for (let time = 0; time < 4; time += 1) statuses.push((await post(`${url}/webhooks`)).status);
  expect(statuses).toEqual([401, 401, 401, 429]);
});

test('at its end it takes nothing more and holds nothing open', async () => {
  const { url, port, end } = await start();
  const idle = connect(port, '127.0.0.1');
  idle.on('error', () => {});
  await new Promise((resolve) => idle.once('connect', resolve));
  const closed = new Promise((resolve) => idle.once('close', resolve));
  expect((await post(`${url}/webhooks`)).status).toBe(202);
  await end();
  await closed;
  await expect(post(`${url}/webhooks`)).rejects.toThrow('fetch failed');
});

test('an address that cannot be had is told, with the port', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow(`cannot listen on 127.0.0.1 port ${port}: the port is taken`);
});
