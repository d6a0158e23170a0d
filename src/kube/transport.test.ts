import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { testCertificates, type TestCertificates } from '../../test/support/certificates.ts';
import { sensitive } from '../sensitive.ts';
import type { ClusterConfig, Credentials } from './config.ts';
import { createKubeClient, type KubeClient } from './index.ts';

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await testCertificates();
});

async function listening(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of the test's authority, which asks for client certificates and answers with who is calling. */
async function startServer(answer?: Answer): Promise<{ readonly url: string; readonly connections: () => number }> {
  const { authority, server: own } = certificates;
  const options = { cert: own.certificate, key: own.key, ca: authority, requestCert: true, rejectUnauthorized: false };
  let connections = 0;
  const server = createServer(options, (request, response) => {
    if (answer !== undefined) {
      answer(request, response);
      return;
    }
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    // Only one that the authority has signed counts.
    const name = (request.socket as TLSSocket).authorized ? subject.CN : undefined;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, authorization: request.headers.authorization }));
  });
  server.on('secureConnection', () => (connections += 1));
  return { url: `https://127.0.0.1:${await listening(server)}`, connections: () => connections };
}

const withToken = (): Credentials => ({ authorization: sensitive('Bearer sesame') });

interface Parts extends Partial<ClusterConfig> {
  readonly shown?: () => Credentials;
  readonly renew?: ClusterConfig['credentials']['renew'];
}

function clientOf(server: string, { shown, renew, ...config }: Parts = {}): KubeClient {
  const credentials = { current: shown ?? (() => ({})), renew: renew ?? (() => Promise.resolve(false)) };
  const trust = { ca: certificates.authority, insecure: false };
  const client = createKubeClient({ server, namespace: 'default', trust, credentials, ...config }, { patience: 0 });
  onTestFinished(() => client.close());
  return client;
}

const ask = async (client: KubeClient): Promise<unknown> =>
  (await client.request({ method: 'GET', path: '/version' })).json();

describe('a client certificate', () => {
  test('is shown, and a new one is shown over new connections', async () => {
    const { url, connections } = await startServer();
    const { client: first, other } = certificates;
    let current: Credentials = { certificate: first.certificate, key: sensitive(first.key) };
    const client = clientOf(url, { shown: () => current });
    for (let round = 0; round < 10; round += 1) expect(await ask(client)).toMatchObject({ name: 'client' });
    const before = connections();
    // The next request may begin a moment before the connection of the last one is free again.
    expect(before).toBeLessThanOrEqual(2);
    current = { certificate: other.certificate, key: sensitive(other.key) };
    expect(await ask(client)).toMatchObject({ name: 'other' });
    expect(connections()).toBe(before + 1);
  });
});

describe('the server', () => {
  test.each([
    ['of an authority that is not known', {}],
    ['of another name', { serverName: 'other.example.org', ca: 'own' }],
  ])('%s is not believed, is sent nothing, and is told', async (_what, trust) => {
    let asked = 0;
    const { url } = await startServer(() => (asked += 1));
    const ca = 'ca' in trust ? { ca: certificates.authority } : {};
    const client = clientOf(url, { trust: { insecure: false, ...trust, ...ca } });
    await expect(ask(client)).rejects.toMatchObject({ code: 'kube.tls' });
    expect(asked).toBe(0);
  });

  test('is believed blindly only where the kubeconfig says so', async () => {
    const { url } = await startServer();
    expect(await ask(clientOf(url, { trust: { insecure: true } }))).toEqual({});
  });

  test('without TLS gets no token, unless it is on this machine', async () => {
    const distant = clientOf('http://cluster.example.org', { shown: withToken });
    await expect(ask(distant)).rejects.toMatchObject({ code: 'kube.tls' });
    const plain = createPlainServer((request, response) => {
      response.end(JSON.stringify({ authorization: request.headers.authorization }));
    });
    const near = clientOf(`http://127.0.0.1:${await listening(plain)}`, { shown: withToken });
    expect(await ask(near)).toEqual({ authorization: 'Bearer sesame' });
  });

  test('that refuses a token is shown the next one, once', async () => {
    const shownTokens: (string | undefined)[] = [];
    const { url } = await startServer((request, response) => {
      shownTokens.push(request.headers.authorization);
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401;
      response.end('{}');
    });
    let token = 'old';
    const renew = (): Promise<boolean> => {
      token = 'new';
      return Promise.resolve(true);
    };
    const client = clientOf(url, { shown: () => ({ authorization: sensitive(`Bearer ${token}`) }), renew });
    await ask(client);
    expect(shownTokens).toEqual(['Bearer old', 'Bearer new']);
    const refusing = clientOf(url, { shown: () => ({ authorization: sensitive('Bearer none') }), renew });
    await expect(ask(refusing)).rejects.toMatchObject({ code: 'kube.unauthorized' });
    expect(shownTokens.slice(2)).toEqual(['Bearer none', 'Bearer none']);
  });
});

describe('a proxy', () => {
  test('of HTTP is asked for a tunnel: it sees neither request nor token, and the certificate is checked', async () => {
    const { url } = await startServer();
    const tunnels: (string | undefined)[] = [];
    const proxy = createPlainServer((_request, response) => {
      response.statusCode = 500;
      response.end('only tunnels');
    });
    proxy.on('connect', (request, socket, head) => {
      tunnels.push(request.url, request.headers.authorization, request.headers['proxy-authorization']);
      const onward = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
    });
    const address = `127.0.0.1:${await listening(proxy)}`;
    const { client: own } = certificates;
    const shown = (): Credentials => ({
      authorization: sensitive('Bearer sesame'),
      certificate: own.certificate,
      key: sensitive(own.key),
    });
    const client = clientOf(url, { proxy: `http://user:word@${address}`, shown });
    expect(await ask(client)).toEqual({ name: 'client', authorization: 'Bearer sesame' });
    expect(tunnels).toEqual([new URL(url).host, undefined, `Basic ${btoa('user:word')}`]);
    const distrusting = clientOf(url, { proxy: `http://${address}`, trust: { insecure: false } });
    await expect(ask(distrusting)).rejects.toMatchObject({ code: 'kube.tls' });
  });

  test('of SOCKS is used for every connection', async () => {
    const { url } = await startServer();
    const targets: string[] = [];
    const proxy = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', (wanted) => {
          // Version, command, reserved, type, then an IPv4 address and a port.
          const port = wanted.readUInt16BE(wanted.length - 2);
          targets.push(`${wanted.subarray(4, 8).join('.')}:${port}`);
          const onward = connect(port, '127.0.0.1', () => {
            socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
            socket.pipe(onward).pipe(socket);
          });
          socket.on('error', () => onward.destroy());
          onward.on('error', () => socket.destroy());
        });
      });
    });
    const client = clientOf(url, { proxy: `socks5://127.0.0.1:${await listening(proxy)}` });
    expect(await ask(client)).toEqual({});
    expect(targets).toEqual([new URL(url).host]);
  });

  test('that refuses is told, and the server is not reached around it', async () => {
    let reached = 0;
    const { url } = await startServer(() => (reached += 1));
    const proxy = createPlainServer();
    proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const client = clientOf(url, { proxy: `http://127.0.0.1:${await listening(proxy)}` });
    await expect(ask(client)).rejects.toMatchObject({ code: 'kube.unreachable' });
    expect(reached).toBe(0);
  });
});
