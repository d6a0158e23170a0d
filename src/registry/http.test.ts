import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { ServerOptions } from 'node:https';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { chartFiles, packCharts } from '../../test/support/helm-charts.ts';
import { startStaticServer, type StaticAnswer, type StaticServer } from '../../test/support/static-server.ts';
import { listenHere } from '../../test/support/listen.ts';
import { createEgress } from '../egress.ts';
import { sensitive } from '../sensitive.ts';
import { openRegistryCache, openRegistrySource, type RegistryConnection } from './index.ts';
import { systemClock } from './retry.ts';

const signal = new AbortController().signal;
const charts = packCharts([chartFiles('web', '1.0.0')]);
const waits: number[] = [];
beforeEach(() => {
  waits.length = 0;
});

async function serve(tls?: ServerOptions): Promise<StaticServer> {
  const server = await startStaticServer(tls);
  onTestFinished(() => server.stop());
  const { packed, index } = await charts;
  server.files.set('/index.yaml', index);
  for (const { file, bytes } of packed) server.files.set(`/${file}`, bytes);
  return server;
}

/** No time passes: what would be waited for is noted. */
const wait = async (pause: number): Promise<void> => void waits.push(pause);

async function fetch(url: string, connection: RegistryConnection = {}, milliseconds?: number) {
  const clock = { ...systemClock, random: () => 0, wait };
  const cache = openRegistryCache({ directory: temporaryFolder(), egress: createEgress(), clock });
  onTestFinished(() => cache.close());
  const limits = milliseconds === undefined ? {} : { limits: { milliseconds } };
  const source = openRegistrySource({ url, type: 'Helm', chart: 'web', ...connection, ...limits, cache, signal });
  return source.fetch({}, { signal });
}

/** Answers with each of these in turn, and then with the index. */
async function failing(server: StaticServer, ...answers: readonly StaticAnswer[]): Promise<void> {
  const { index } = await charts;
  let turn = 0;
  server.files.set('/index.yaml', (response, request) => {
    const answer = answers[turn];
    turn += 1;
    if (answer === undefined) response.end(index);
    else answer(response, request);
  });
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): StaticAnswer =>
  (response) =>
    response.writeHead(code, headers).end();
const broken: StaticAnswer = (response) => response.destroy();

test('a busy server is asked again, when it says so or after a while', async () => {
  const server = await serve();
  await failing(server, status(429, { 'retry-after': '7' }), status(503), broken);
  expect((await fetch(server.url)).artifact.version).toBe('1.0.0');
  expect(waits).toEqual([7000, 1000, 2000]);
});

test.each([
  ['limits', 429, {}, 'registry.rate-limited', 3],
  ['limits for an hour', 429, { 'retry-after': '3600' }, 'registry.rate-limited', 0],
  ['is down', 502, {}, 'registry.unreachable', 3],
  ['is down for an hour', 503, { 'retry-after': '3600' }, 'registry.unreachable', 0],
  ['refuses', 403, {}, 'registry.auth-failed', 0],
  ['has something else', 418, {}, 'registry.answer-invalid', 0],
])('a server that %s is not asked without end', async (_, code, headers, expected, times) => {
  const server = await serve();
  server.files.set('/index.yaml', status(code, headers));
  await expect(fetch(server.url)).rejects.toMatchObject({ code: expected });
  expect(waits).toHaveLength(times);
});

test('a server that is not there, and one that stops in the middle, cannot be reached', async () => {
  const server = await serve();
  server.files.set('/web-1.0.0.tgz', (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('a', () => response.destroy());
  });
  await expect(fetch(server.url)).rejects.toMatchObject({ code: 'registry.unreachable' });
  await server.stop();
  await expect(fetch(server.url)).rejects.toMatchObject({ code: 'registry.unreachable' });
});

test('a server that never answers is given up', async () => {
  const server = await serve();
  server.files.set('/index.yaml', () => undefined);
  await expect(fetch(server.url, {}, 100)).rejects.toMatchObject({ code: 'timeout' });
});

test('an answer without end is not read to its end', async () => {
  const server = await serve();
  let sent = 0;
  server.files.set('/index.yaml', (response) => {
    const more = (): void => {
      if (response.destroyed) return;
      sent += 65_536;
      if (response.write('#'.repeat(65_536))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await expect(fetch(server.url)).rejects.toMatchObject({ code: 'registry.too-large' });
  expect(sent).toBeLessThan(256 * 1024 * 1024);
});

test('the certificate of the server is verified, and one of this side shown to that server alone', async () => {
  const { authority, server: own, client, other: unrelated } = await testCertificates();
  const tls = { key: own.key, cert: own.certificate, ca: authority };
  const server = await serve({ ...tls, requestCert: true, rejectUnauthorized: true });
  const mine = { certificate: client.certificate, key: sensitive(client.key) };
  await expect(fetch(server.url)).rejects.toMatchObject({ code: 'registry.certificate' });
  await expect(fetch(server.url, { certificateAuthority: authority })).rejects.toMatchObject({
    code: expect.stringMatching(/^registry\.(certificate|unreachable)$/) as unknown,
  });
  const connection = { certificateAuthority: authority, clientCertificate: mine };
  expect((await fetch(server.url, connection)).artifact.version).toBe('1.0.0');
  const shown: boolean[] = [];
  const elsewhere = await serve({ ...tls, requestCert: true, rejectUnauthorized: false });
  const { packed } = await charts;
  elsewhere.files.set('/web-1.0.0.tgz', (response) => {
    const { socket } = response;
    shown.push(socket !== null && 'authorized' in socket && socket.authorized === true);
    response.end(packed[0]?.bytes);
  });
  server.files.set('/web-1.0.0.tgz', status(302, { location: `${elsewhere.url}/web-1.0.0.tgz` }));
  expect((await fetch(server.url, connection)).artifact.version).toBe('1.0.0');
  expect(shown).toEqual([false]);
  expect(unrelated.certificate).not.toBe(client.certificate);
});

test('a proxy is used for everything, with the password that it wants', async () => {
  const { authority, server: own } = await testCertificates();
  const server = await serve({ key: own.key, cert: own.certificate });
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((_, response) => response.writeHead(400).end());
  proxy.on('connect', ({ url = '', headers }, socket: Socket) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`);
    const [host = '', port = ''] = url.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => undefined);
    }
  });
  await listenHere(proxy);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const { artifact } = await fetch(server.url, {
    certificateAuthority: authority,
    proxy: sensitive(`http://me:hunter2@127.0.0.1:${port}`),
  });
  expect(artifact.version).toBe('1.0.0');
  expect(new Set(asked)).toEqual(new Set([`${server.host} Basic ${Buffer.from('me:hunter2').toString('base64')}`]));
});
