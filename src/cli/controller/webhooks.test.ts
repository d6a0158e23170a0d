import { expect, test } from 'vitest';
import { parseListenAddress, parseProxy, serveWebhooks } from './webhooks.ts';

test.each([
  ['0.0.0.0:8080', '0.0.0.0', 8080],
  ['localhost:0', 'localhost', 0],
  ['[::1]:65535', '::1', 65_535],
])('%s is an address to listen on', (text, host, port) => {
  expect(parseListenAddress(text)).toEqual({ host, port });
});

test.each(['', '8080', ':8080', 'host:', 'host:65536', 'host:8o', '::1:8080', '[::1]', 'a b:1', 'http://host:1'])(
  '%j is none',
  (text) => {
    expect(() => parseListenAddress(text)).toThrow('It is HOST:PORT');
  },
);

test('proxies are addresses and ranges, and no names', () => {
  expect(parseProxy('10.0.0.0/8', parseProxy('::1', []))).toEqual(['::1', '10.0.0.0/8']);
  for (const text of ['proxy.example.org', '10.0.0.0/33', 'loopback', '']) {
    expect(() => parseProxy(text, [])).toThrow('It is an address or a range');
  }
});

test('an address that cannot be had is an error that says so', async () => {
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
  const controller = { receive: () => undefined, isReady: () => false };
  const serving = serveWebhooks(controller, {
    address: { host: '192.0.2.1', port: 0 },
    trustedProxies: [],
    log,
    signal: new AbortController().signal,
  });
  await expect(serving).rejects.toThrow('cannot listen on 192.0.2.1 port 0');
});
