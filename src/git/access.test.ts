import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Server } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import { selfSigned } from '../../test/support/certificate.ts';
import { basic, passOn } from '../../test/support/git-gate.ts';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { listenHere } from '../../test/support/listen.ts';
import { PlumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type CommitId, type Connection } from './index.ts';

const secret = 'Zq8-tópsecret/+="\\ ';

async function failureOf(promise: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlumbError);
  return error as PlumbError;
}

async function fetchOnce(workshop: Workshop, url: string, connection: Connection): Promise<CommitId> {
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...connection });
  try {
    return (await mirror.fetch({}, { signal: workshop.signal })).resolved.commit;
  } finally {
    await mirror.close();
  }
}

async function listening(server: Server): Promise<number> {
  await listenHere(server);
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a protected repository opens to its password, and to nothing else', async () => {
  const workshop = await openWorkshop({ protect: true });
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const { username = '', password = sensitive('') } = workshop.server.credentials ?? {};
  expect(await fetchOnce(workshop, repository.url, { credentials: { kind: 'https', username, password } })).toBe(
    commit,
  );
  for (const connection of [
    {},
    { credentials: { kind: 'https', username, password: sensitive(secret) } },
    { credentials: { kind: 'https', password } },
    { credentials: { kind: 'bearer', token: sensitive('wrong') } },
  ] satisfies Connection[]) {
    const error = await failureOf(fetchOnce(workshop, repository.url, connection));
    expect(error.code).toBe('git.auth-failed');
    expect(error.message).not.toContain(secret);
    expect(error.message).not.toContain(password.reveal());
  }
});

test('what is sent is the header that was meant, whatever characters the secret has', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const seen: (string | undefined)[] = [];
  const port = await listening(
    createHttpServer((incoming, response) => {
      seen.push(incoming.headers.authorization);
      passOn(workshop.server.port, incoming, response);
    }),
  );
  const url = `http://127.0.0.1:${port}/app.git`;
  await fetchOnce(workshop, url, { credentials: { kind: 'https', username: 'bob', password: sensitive(secret) } });
  await fetchOnce(workshop, url, { credentials: { kind: 'https', password: sensitive('t') } });
  await fetchOnce(workshop, url, { credentials: { kind: 'bearer', token: sensitive('a"b\\c') } });
  await fetchOnce(workshop, url, {});
  expect(new Set(seen)).toEqual(
    new Set([basic('bob', secret), basic('x-access-token', 't'), 'Bearer a"b\\c', undefined]),
  );
});

test('a secret with a line break is refused: it would be a header of its own', async () => {
  const workshop = await openWorkshop();
  const error = await failureOf(
    fetchOnce(workshop, workshop.server.url('app'), {
      credentials: { kind: 'bearer', token: sensitive('a\nEvil: b') },
    }),
  );
  expect(error.code).toBe('git.credentials-invalid');
  expect(error.message).not.toContain('Evil');
});

test('credentials are carried nowhere else, though the server sends the reader on', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  let strangerAsked = 0;
  const stranger = await listening(
    createHttpServer((incoming, response) => {
      strangerAsked += 1;
      passOn(workshop.server.port, incoming, response);
    }),
  );
  const port = await listening(
    createHttpServer((incoming, response) => {
      response.writeHead(301, { location: `http://127.0.0.1:${stranger}${incoming.url ?? ''}` }).end();
    }),
  );
  const url = `http://127.0.0.1:${port}/app.git`;
  const error = await failureOf(
    fetchOnce(workshop, url, { credentials: { kind: 'https', password: sensitive(secret) } }),
  );
  expect(error.code).toBe('git.redirected');
  expect(strangerAsked).toBe(0);
  // Who has nothing to lose is sent on.
  expect(await fetchOnce(workshop, url, {})).toBe(commit);
  expect(strangerAsked).toBeGreaterThan(0);
});

test('a certificate is verified, by the authority that is given', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const { key, cert } = await selfSigned();
  const server = createHttpsServer({ key, cert }, (incoming, response) =>
    passOn(workshop.server.port, incoming, response),
  );
  const url = `https://127.0.0.1:${await listening(server)}/app.git`;
  const error = await failureOf(fetchOnce(workshop, url, {}));
  expect(error.code).toBe('git.certificate');
  const certificateAuthority = cert;
  expect(await fetchOnce(workshop, url, { certificateAuthority })).toBe(commit);
  const credentials = { kind: 'https', password: sensitive('t') } as const;
  expect(await fetchOnce(workshop, url, { certificateAuthority, credentials })).toBe(commit);
});

test('a proxy is used, and its password stays with it', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const seen: (string | undefined)[] = [];
  const port = await listening(
    createHttpServer((incoming, response) => {
      seen.push(incoming.headers['proxy-authorization']);
      if (seen.at(-1) === undefined) {
        response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
        return;
      }
      // What is for the proxy names the whole URL.
      incoming.url = new URL(incoming.url ?? '').pathname + new URL(incoming.url ?? '').search;
      passOn(workshop.server.port, incoming, response);
    }).on('connect', (_, socket) => connect(workshop.server.port).pipe(socket)),
  );
  const proxy = sensitive(`http://pat:s3cr3t-s3cr3t@127.0.0.1:${port}`);
  expect(await fetchOnce(workshop, repository.url, { proxy })).toBe(commit);
  expect(seen).toContain(`Basic ${Buffer.from('pat:s3cr3t-s3cr3t').toString('base64')}`);
  const dead = await failureOf(
    fetchOnce(workshop, repository.url, { proxy: sensitive('http://pat:s3cr3t-s3cr3t@127.0.0.1:9') }),
  );
  expect(dead.code).toBe('git.unreachable');
  expect(dead.message).not.toContain('s3cr3t');
});

test('credentials of the other kind are refused before anything is sent', async () => {
  const workshop = await openWorkshop();
  const ssh = { kind: 'ssh', privateKey: sensitive('k'), knownHosts: 'h' } as const;
  expect((await failureOf(fetchOnce(workshop, workshop.server.url('app'), { credentials: ssh }))).code).toBe(
    'git.credentials-invalid',
  );
  expect(
    (await failureOf(fetchOnce(workshop, 'git@127.0.0.1:x', { credentials: ssh, proxy: sensitive('http://p') }))).code,
  ).toBe('git.credentials-invalid');
});

test('a file is read where files are allowed, and only there', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const options = { url: `file://${repository.directory}`, directory: workshop.cache, signal: workshop.signal };
  expect((await failureOf(openMirror(options))).code).toBe('git.protocol-refused');
  const mirror = await openMirror({ ...options, allowFile: true });
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
});
