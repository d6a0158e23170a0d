import { afterEach, expect, test } from 'vitest';
import { type MetricsServerOptions, startMetricsServer } from './index.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(options: Partial<MetricsServerOptions> = {}): Promise<string> {
  const stop = new AbortController();
  const server = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    scrape: async () => 'one 1\n',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    isReady: () => false,
    log: { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} },
    signal: stop.signal,
    ...options,
  });
  stops.push(async () => {
    stop.abort();
    await server.closed;
  });
  return `http://127.0.0.1:${server.port}`;
}

test('answers with the text, and its media type', async () => {
  const answer = await fetch(`${await start()}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.text()).toBe('one 1\n');
});

test('answers whether the process is well, and whether it leads', async () => {
  let ready = false;
  const url = await start({ isReady: () => ready });
  const status = async (path: string) => (await fetch(url + path)).status;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  ready = true;
  expect(await status('/readyz')).toBe(200);
});

test('refuses everything else, and says nothing of what went wrong inside', async () => {
  const logged: unknown[] = [];
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => logged.push(fields), debug: () => {} };
  const url = await start({
    log,
    scrape: async () => {
      throw new Error('a secret');
    },
  });
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(404);
  const failed = await fetch(`${url}/metrics`);
  expect(failed.status).toBe(500);
  expect(await failed.text()).not.toContain('a secret');
  expect(logged).toHaveLength(1);
});
