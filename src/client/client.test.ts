import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { PlumbError, problemsOf } from '../errors.ts';
import { parseEvents } from './events.ts';
import { allPages, answerOf, createApiClient } from './index.ts';

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error: unknown) => problemsOf(error)[0].code,
  );

const version = (server: string, token?: () => Promise<string>) => {
  const client = createApiClient({ server, ...(token === undefined ? {} : { token }) });
  return answerOf(client, client.api.GET('/api/v1/version'));
};

test('a call has the token, asked for each time, and answers with what the server says', async () => {
  const seen: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json').end('{"version":"1.2.3"}');
  });
  let count = 0;
  const token = async () => `token-${(count += 1)}`;
  expect([await version(`${server}/`, token), await version(server, token), await version(server)]).toEqual(
    Array.from({ length: 3 }, () => ({ version: '1.2.3' })),
  );
  expect(seen).toEqual(['Bearer token-1', 'Bearer token-2', undefined]);
});

test('a refusal is an error with all its problems, and one with a code of a newer server too', async () => {
  const errors = [
    { code: 'kube.invalid', message: 'one', hint: 'do that', where: { object: 'Service a/b', field: 'spec' } },
    { code: 'future.code', message: 'two' },
  ];
  const server = await serve((_request, response) => {
    response.writeHead(422, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ errors }));
  });
  const error: unknown = await version(server).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PlumbError);
  expect(problemsOf(error)).toEqual([errors[0], { code: 'client.protocol', message: 'two (future.code)' }]);
});

test('what is no server of Plumbline is told apart from one that is away', async () => {
  const answers: [number, string, string][] = [
    [200, 'text/html', '<html>'],
    [404, 'text/html', '<html>'],
    [502, 'application/json', '{}'],
    [200, 'application/json', 'null'],
  ];
  for (const [status, type, body] of answers) {
    const server = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    expect(await codeOf(version(server))).toBe('client.protocol');
  }
  expect(await codeOf(version('http://127.0.0.1:1'))).toBe('client.unreachable');
  expect(() => createApiClient({ server: 'ftp://example.org' })).toThrow('the server is no URL');
});

test('a token follows no redirection', async () => {
  let elsewhere = 0;
  const other = await serve((_request, response) => {
    elsewhere += 1;
    response.end('{}');
  });
  const server = await serve((_request, response) => {
    response.writeHead(307, { location: `${other}/api/v1/version` }).end();
  });
  expect(await codeOf(version(server, async () => 'secret'))).toBe('client.unreachable');
  expect(elsewhere).toBe(0);
});

test('all pages are read, one after the other', async () => {
  const asked: (string | undefined)[] = [];
  const pages = allPages(async (cursor) => {
    asked.push(cursor);
    return cursor === undefined ? { items: [1, 2], next: 'two' } : { items: [3] };
  });
  const items: number[] = [];
  for await (const item of pages) items.push(item);
  expect([items, asked]).toEqual([
    [1, 2, 3],
    [undefined, 'two'],
  ]);
});

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b);
  let from = 0;
  for (const place of [...places, text.length]) {
    yield text.slice(from, place);
    from = place;
  }
}

test('events are the same, wherever the text is cut and however lines end', async () => {
  const line = fc.stringMatching(/^[\w {}":]{1,12}$/);
  const event = fc.record({
    event: fc.constantFrom('change', 'begin'),
    id: line,
    data: fc.array(line, { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(), { maxLength: 12 }),
      async (events, end, cuts) => {
        const blocks = events.map(({ event: name, id, data }) =>
          [': a comment', `event: ${name}`, `id: ${id}`, ...data.map((each) => `data: ${each}`), '', ''].join(end),
        );
        const read: unknown[] = [];
        for await (const each of parseEvents(inPieces([`: still here${end}${end}`, ...blocks].join(''), cuts)))
          read.push(each);
        expect(read).toEqual(events.map(({ data, ...rest }) => ({ ...rest, data: data.join('\n') })));
      },
    ),
  );
});
