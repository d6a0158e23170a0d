import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { passOn } from '../../test/support/git-gate.ts';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { listenHere } from '../../test/support/listen.ts';
import { problemsOf } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type Connection } from './index.ts';

const password = 's3cr3t-s3cr3t';

async function listening(server: Server): Promise<number> {
  await listenHere(server);
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Somebody else, who would take whatever is brought: all that came, with what proved who asked. */
async function thief(workshop: Workshop): Promise<{ readonly port: number; readonly came: string[] }> {
  const came: string[] = [];
  const port = await listening(
    createHttpServer((incoming, response) => {
      came.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? ''}`);
      passOn(workshop.server.port, incoming, response);
    }),
  );
  return { port, came };
}

const isFirst = ({ url = '' }: IncomingMessage): boolean => url.includes('/info/refs');

/** What a server may do to have credentials brought elsewhere. */
const tricks: Readonly<Record<string, (to: string) => RequestListener>> = {
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `answers ${status}`,
      (to: string): RequestListener =>
        (incoming, response) =>
          void response.writeHead(status, { location: `${to}${incoming.url}` }).end(),
    ]),
  ),
  'redirects to a URL without a scheme': (to) => (incoming, response) =>
    void response.writeHead(302, { location: `${to.replace('http:', '')}${incoming.url}` }).end(),
  'redirects with a name and a password': (to) => (incoming, response) =>
    void response.writeHead(302, { location: `${to.replace('://', '://bob:x@')}${incoming.url}` }).end(),
  'asks for another password and redirects': (to) => (incoming, response) =>
    void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"', location: `${to}${incoming.url}` }).end(),
  'names another place in a page': (to) => (incoming, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/html', refresh: `0; url=${to}${incoming.url}` })
      .end(`<meta http-equiv="refresh" content="0; url=${to}">`),
  'speaks the oldest protocol and names other stores': (to) => (incoming, response) => {
    const path = (incoming.url ?? '').replace(/\?.*$/, '');
    if (path.endsWith('/info/refs')) response.end(`${'1'.repeat(40)}\trefs/heads/main\n`);
    else if (path.endsWith('/HEAD')) response.end('ref: refs/heads/main\n');
    else if (path.endsWith('alternates')) response.end(`${to}/app.git\n`);
    else response.writeHead(404).end();
  },
};

const credentials: Readonly<Record<string, Connection>> = {
  'a password': { credentials: { kind: 'https', username: 'bob', password: sensitive(password) } },
  'a bearer token': { credentials: { kind: 'bearer', token: sensitive(password) } },
};

test.each(Object.keys(tricks).flatMap((trick) => Object.keys(credentials).map((kind) => [trick, kind] as const)))(
  'a server that %s is brought %s, and nobody else is',
  async (trick, kind) => {
    const workshop = await openWorkshop();
    const repository = await workshop.repository();
    await repository.commit({ a: '1' });
    const other = await thief(workshop);
    const asked: (string | undefined)[] = [];
    const listener = tricks[trick]?.(`http://127.0.0.1:${other.port}`);
    const port = await listening(
      createHttpServer((incoming, response) => {
        asked.push(incoming.headers.authorization);
        listener?.(incoming, response);
      }),
    );
    const url = `http://127.0.0.1:${port}/app.git`;
    const options = { url, directory: workshop.cache, signal: workshop.signal, ...credentials[kind] };
    const mirror = await openMirror(options);
    await expect(mirror.fetch({}, workshop)).rejects.toThrow(/^http:\/\/127\.0\.0\.1/);
    await mirror.close();
    expect(other.came).toEqual([]);
    expect(asked.some((header) => header !== undefined)).toBe(true);
  },
);

test('a server that sends the reader on after the first question is brought no more than that', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const other = await thief(workshop);
  const port = await listening(
    createHttpServer((incoming, response) => {
      if (isFirst(incoming)) passOn(workshop.server.port, incoming, response);
      else response.writeHead(307, { location: `http://127.0.0.1:${other.port}${incoming.url}` }).end();
    }),
  );
  const url = `http://127.0.0.1:${port}/app.git`;
  for (const connection of [...Object.values(credentials), {}]) {
    const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...connection });
    await expect(mirror.fetch({}, workshop)).rejects.toThrow(/^http:\/\/127\.0\.0\.1/);
    await mirror.close();
  }
  expect(other.came.filter((line) => line.startsWith('POST') || line.includes('Ba') || line.includes('Be'))).toEqual(
    [],
  );
});

test('a mirror that was let in once carries nothing elsewhere when its server begins to redirect', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const other = await thief(workshop);
  let redirecting = false;
  const port = await listening(
    createHttpServer((incoming, response) => {
      if (!redirecting) passOn(workshop.server.port, incoming, response);
      else response.writeHead(302, { location: `http://127.0.0.1:${other.port}${incoming.url}` }).end();
    }),
  );
  const mirror = await openMirror({
    url: `http://127.0.0.1:${port}/app.git`,
    directory: workshop.cache,
    signal: workshop.signal,
    ...credentials['a password'],
  });
  await mirror.fetch({}, workshop);
  redirecting = true;
  await repository.commit({ a: '2' });
  const error: unknown = await mirror.fetch({}, workshop).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.redirected');
  await mirror.close();
  expect(other.came).toEqual([]);
});

test('a client certificate is shown to the server that was named, and not to where it redirects', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const { authority, server, client } = await testCertificates();
  const tls = {
    key: server.key,
    cert: server.certificate,
    requestCert: true,
    rejectUnauthorized: false,
    ca: authority,
  };
  const shown: unknown[] = [];
  const other = createHttpsServer(tls, (_, response) => void response.writeHead(404).end());
  other.on('secureConnection', (socket) => shown.push(socket.getPeerCertificate()));
  const port = await listening(other);
  const first = createHttpsServer(tls, (incoming, response) => {
    response.writeHead(302, { location: `https://127.0.0.1:${port}${incoming.url}` }).end();
  });
  const clientCertificate = { certificate: client.certificate, key: sensitive(client.key) };
  const mirror = await openMirror({
    url: `https://127.0.0.1:${await listening(first)}/app.git`,
    directory: workshop.cache,
    signal: workshop.signal,
    certificateAuthority: authority,
    clientCertificate,
  });
  const error: unknown = await mirror.fetch({}, workshop).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.redirected');
  await mirror.close();
  expect(shown).toEqual([]);
});
