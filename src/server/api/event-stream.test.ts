import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { as, testAuthenticate, testAuthorizer, testContext } from '../../../test/support/api.ts';
import { testViews } from '../../../test/support/views.ts';
import { type Change, createApiClient, followChanges } from '../../client/index.ts';
import { startApi } from './start-api.ts';
import { plumbError } from '../../errors.ts';
import type { ApiContext } from './context.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

async function start(parts: Partial<ApiContext> = {}, port = 0) {
  const stop = new AbortController();
  const server = await startApi({
    ...testContext({ ...parts, signal: stop.signal }),
    host: '127.0.0.1',
    port,
    signal: stop.signal,
  });
  const end = async (): Promise<void> => {
    stop.abort();
    await server.closed;
  };
  ends.push(end);
  return { port: server.port, url: `http://127.0.0.1:${server.port}`, end };
}

/** What a reader is told, one after the other. */
function follow(url: string, user: string, query: object = {}) {
  const stop = new AbortController();
  ends.push(async () => stop.abort());
  const fetchAs: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    request.headers.set('authorization', as(user).authorization);
    return fetch(request);
  };
  const told = followChanges(createApiClient({ server: url, fetch: fetchAs }), {
    ...query,
    signal: stop.signal,
    pause: 10,
  });
  return {
    async next(): Promise<Change | undefined> {
      return (await told.next()).value as Change | undefined;
    },
  };
}

const change = (name: string, namespace = 'a') => ({ kind: 'Application', namespace, name, type: 'changed' }) as const;
const namesOf = async (reader: ReturnType<typeof follow>, count: number) => {
  const names: (string | undefined)[] = [];
  while (names.length < count) names.push((await reader.next())?.name);
  return names;
};

test('a reader is told what changes, of what was asked for, and nothing that may not be seen', async () => {
  const views = testViews();
  const authorizer = testAuthorizer(
    (user, { namespace, resource }) => user.username === 'all' || (namespace === 'a' && resource === 'applications'),
  );
  const { url } = await start({ views: () => views, authorizer });
  const readers = [
    follow(url, 'all'),
    follow(url, 'some'),
    follow(url, 'all', { namespace: 'b' }),
    follow(url, 'all', { name: 'two' }),
  ];
  // Each begins: from here on nothing is lost.
  for (const reader of readers) expect(await reader.next()).toBeUndefined();
  views.changes.add(change('one'));
  views.changes.add(change('secret', 'b'));
  views.changes.add({ ...change('repo'), kind: 'Repository' });
  views.changes.add(change('two'));
  expect(await namesOf(readers[0] ?? follow(url, 'all'), 4)).toEqual(['one', 'secret', 'repo', 'two']);
  expect(await namesOf(readers[1] ?? follow(url, 'some'), 2)).toEqual(['one', 'two']);
  expect(await namesOf(readers[2] ?? follow(url, 'all'), 1)).toEqual(['secret']);
  expect(await namesOf(readers[3] ?? follow(url, 'all'), 1)).toEqual(['two']);
});

test('who lost the connection goes on where it was, and learns where something was missed', async () => {
  const views = testViews({ capacity: 3 });
  const first = await start({ views: () => views });
  const reader = follow(first.url, 'jane');
  expect(await reader.next()).toBeUndefined();
  views.changes.add(change('one'));
  expect(await namesOf(reader, 1)).toEqual(['one']);
  await first.end();
  views.changes.add(change('two'));
  views.changes.add(change('three'));
  const second = await start({ views: () => views }, first.port);
  expect(await namesOf(reader, 2)).toEqual(['two', 'three']);
  await second.end();
  for (const name of ['four', 'five', 'six', 'seven']) views.changes.add(change(name));
  await start({ views: () => views }, first.port);
  // More was missed than is remembered: everything has to be looked at anew.
  expect(await reader.next()).toBeUndefined();
  views.changes.add(change('eight'));
  expect(await namesOf(reader, 1)).toEqual(['eight']);
});

test('another controller counts anew: whoever comes from the one before begins anew', async () => {
  const before = testViews({ epoch: 'before' });
  const first = await start({ views: () => before });
  const reader = follow(first.url, 'jane');
  await reader.next();
  before.changes.add(change('one'));
  expect(await namesOf(reader, 1)).toEqual(['one']);
  await first.end();
  const after = testViews({ epoch: 'after' });
  after.changes.add(change('zero'));
  after.changes.add(change('one'));
  await start({ views: () => after }, first.port);
  expect(await reader.next()).toBeUndefined();
});

test('a reader that does not read is cut off, and holds up nobody', async () => {
  const views = testViews();
  const { port, url } = await start({ views: () => views });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${as('slow').authorization}\r\n\r\n`);
  await once(socket, 'readable');
  const reader = follow(url, 'jane');
  await reader.next();
  // More than the buffers of the system and ours take; a name has at most 253 characters.
  const long = 'x'.repeat(250);
  for (let number = 0; views.changes.listeners === 2; number += 1) {
    expect(number).toBeLessThan(400);
    for (let each = 0; each < 100; each += 1) views.changes.add(change(`${long}${number}`));
    expect(await namesOf(reader, 100)).toContain(`${long}${number}`);
  }
  socket.destroy();
  expect(views.changes.listeners).toBe(1);
});

test('rights are asked for a namespace before anything is told, and nobody is let in without', async () => {
  const views = testViews();
  const { url } = await start({ views: () => views, authorizer: testAuthorizer(() => false) });
  const answer = await fetch(`${url}/api/v1/events?namespace=a`, { headers: as('jane') });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'auth.forbidden']);
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(401);
});

test('a stream ends with the server', async () => {
  const views = testViews();
  const server = await start({ views: () => views });
  const answer = await fetch(`${server.url}/api/v1/events`, { headers: as('jane') });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  await server.end();
  const text = await answer.text().catch(() => 'broken off');
  expect(text.length).toBeGreaterThan(0);
  expect(views.changes.listeners).toBe(0);
});

test('a reader who is signed out is told nothing more, and one whose sign-in cannot be looked up is', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  ends.push(async () => void vi.useRealTimers());
  let code: 'auth.required' | 'auth.unavailable' | undefined;
  const asked: string[] = [];
  const { url } = await start({
    views: () => testViews(),
    authenticate: async (request) => {
      asked.push(code ?? 'known');
      if (code !== undefined) throw plumbError(code, 'for this test');
      return testAuthenticate(request);
    },
  });
  const stream = await fetch(`${url}/api/v1/events`, { headers: as('ann') });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString();
  expect(await read()).toContain('event: begin');
  vi.advanceTimersByTime(15_000);
  expect(await read()).toBe(': still here\n\n');
  code = 'auth.unavailable';
  vi.advanceTimersByTime(15_000);
  code = undefined;
  vi.advanceTimersByTime(15_000);
  expect(await read()).toBe(': still here\n\n');
  code = 'auth.required';
  vi.advanceTimersByTime(15_000);
  expect((await reader.read()).done).toBe(true);
  expect(asked).toEqual(['known', 'known', 'auth.unavailable', 'known', 'auth.required']);
});
