import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../test/support/certificate.ts';
import { passOn } from '../../test/support/git-gate.ts';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { listenHere } from '../../test/support/listen.ts';
import { createEgress, type EgressRules, type Resolver } from '../egress.ts';
import { problemsOf, type Problem } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type CommitId, type MirrorOptions } from './index.ts';

type Extra = Omit<Partial<MirrorOptions>, 'url' | 'directory' | 'signal'>;

async function fetchOnce(workshop: Workshop, url: string, extra: Extra = {}): Promise<CommitId> {
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...extra });
  try {
    return (await mirror.fetch({}, { signal: workshop.signal })).resolved.commit;
  } finally {
    await mirror.close();
  }
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  return problemsOf(error)[0];
}

/** What names stand for, which no other resolver of this machine knows; the last answer is given ever after. */
function names(table: Readonly<Record<string, readonly string[]>>): Resolver & { asked: string[] } {
  const asked: string[] = [];
  const resolver: Resolver = (host, callback) => {
    const answers = table[host] ?? [];
    const address = answers[Math.min(asked.filter((name) => name === host).length, answers.length - 1)];
    asked.push(host);
    const found = address === undefined ? [] : [{ address, family: 4 } satisfies LookupAddress];
    callback(address === undefined ? new Error('unknown') : null, found);
  };
  return Object.assign(resolver, { asked });
}

async function listening(server: Server): Promise<number> {
  await listenHere(server);
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that answers as told, and remembers what it was asked. */
async function stranger(listener: RequestListener): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    listener(incoming, response);
  });
  return { port: await listening(server), asked };
}

const sendTo =
  (target: string, status = 302): RequestListener =>
  (incoming, response) =>
    void response.writeHead(status, { location: `${target}${incoming.url}` }).end();

test.each([
  'https://169.254.169.254/x.git',
  'https://2852039166/x.git',
  'https://[::ffff:a9fe:a9fe]/x.git',
  'ssh://git@169.254.169.254/x.git',
  'ssh://git@0xa9fea9fe/x.git',
  'git@169.254.169.254:x.git',
  'git@2852039166:x.git',
  'git@[fe80::1]:x.git',
])('no connection is tried to %s', async (url) => {
  const workshop = await openWorkshop();
  const { private: key } = sshKeyPair('ed25519');
  const credentials = { kind: 'ssh', privateKey: sensitive(key), knownHosts: 'x ssh-ed25519 AAAA' } as const;
  const isSsh = !url.startsWith('https');
  expect((await problemOf(fetchOnce(workshop, url, isSsh ? { credentials } : {}))).code).toBe('egress.refused');
});

test('Git connects to the address that was looked at, and asks no resolver of its own', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const { port } = await stranger((incoming, response) => passOn(workshop.server.port, incoming, response));
  const url = `http://git.plumbline.test:${port}/app.git`;
  const resolver = names({ 'git.plumbline.test': ['127.0.0.1'] });
  const extra = { allowInsecureHttp: true, egress: createEgress({}, resolver) };
  // The first fetch is Git's, the second one ours.
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...extra });
  expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(commit);
  // By ourselves, and for Git.
  expect(resolver.asked.length).toBeGreaterThan(1);
  const next = await repository.commit({ a: '2' });
  expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(next);
  await mirror.close();
});

test('a name that stands for something else at the next look is refused there', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const url = `http://rebind.plumbline.test:${workshop.server.port}/app.git`;
  const resolver = names({ 'rebind.plumbline.test': ['192.0.2.1', '127.0.0.1'] });
  const egress = createEgress({ deny: ['127.0.0.0/8'] }, resolver);
  await egress.resolve('rebind.plumbline.test', workshop.signal);
  const problem = await problemOf(fetchOnce(workshop, url, { allowInsecureHttp: true, egress }));
  expect(problem.code).toBe('egress.refused');
  expect(JSON.stringify(problem)).not.toContain('127.0.0.1');
  const unknown = await problemOf(
    fetchOnce(workshop, 'https://nobody.plumbline.test/x', { egress: createEgress({}, names({})) }),
  );
  expect(unknown).toMatchObject({ code: 'git.unreachable', message: expect.stringContaining('Could not resolve') });
});

test.each([
  ['with its port', (port: number) => `[ssh.plumbline.test]:${port}`],
  ['without a port', () => 'ssh.plumbline.test'],
  ['by a pattern', () => '*.plumbline.test'],
])('ssh connects to the address that was looked at, and checks the host key by its name: %s', async (_, entry) => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const key = sshKeyPair('ed25519');
  const server = await startSshServer(key.public);
  const hostKey = server.knownHosts.split(' ').slice(1).join(' ');
  const url = `ssh://git@ssh.plumbline.test:${server.port}${repository.directory}`;
  const privateKey = sensitive(key.private);
  const egress = createEgress({}, names({ 'ssh.plumbline.test': ['127.0.0.1'] }));
  const fetchWith = (knownHosts: string, rules?: EgressRules): Promise<CommitId> =>
    fetchOnce(workshop, url, {
      credentials: { kind: 'ssh', privateKey, knownHosts },
      egress: rules === undefined ? egress : createEgress(rules, names({ 'ssh.plumbline.test': ['127.0.0.1'] })),
    });
  expect(await fetchWith(`${entry(server.port)} ${hostKey}`)).toBe(commit);
  // The address itself is not what was asked for: a key that is trusted for it says nothing of the name.
  expect((await problemOf(fetchWith(server.knownHosts))).code).toBe('git.host-key');
  const { public: other } = sshKeyPair('ed25519');
  expect((await problemOf(fetchWith(`${entry(server.port)} ${other}`))).code).toBe('git.host-key');
  expect((await problemOf(fetchWith(`x ${hostKey}`, { deny: ['127.0.0.1'] }))).code).toBe('egress.refused');
});

test('a redirect is followed to where this installation may connect, hop by hop', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const last = await stranger((incoming, response) => passOn(workshop.server.port, incoming, response));
  const middle = await stranger(sendTo(`http://127.0.0.1:${last.port}`, 307));
  const first = await stranger(sendTo(`http://127.0.0.1:${middle.port}`, 301));
  const url = `http://127.0.0.1:${first.port}/app.git`;
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(commit);
  const next = await repository.commit({ a: '2' });
  expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(next);
  expect(first.asked.every((line) => line.startsWith('GET /app.git/info/refs'))).toBe(true);
  await mirror.close();
});

test.each([
  'http://169.254.169.254',
  'http://[::ffff:169.254.169.254]',
  'http://2852039166',
  'http://metadata.plumbline.test',
])('a redirect to %s is refused, also behind one that is not', async (target) => {
  const workshop = await openWorkshop();
  const second = await stranger(sendTo(target));
  const first = await stranger(sendTo(`http://127.0.0.1:${second.port}`));
  const egress = createEgress({}, names({ 'metadata.plumbline.test': ['169.254.169.254'] }));
  for (const { port } of [second, first]) {
    const problem = await problemOf(fetchOnce(workshop, `http://127.0.0.1:${port}/app.git`, { egress }));
    // Plain HTTP to another machine is no redirect that is followed, whatever the address.
    expect(['egress.refused', 'git.redirected']).toContain(problem.code);
  }
  // With plain HTTP allowed, it is the address alone that decides.
  const hosts = names({ 'a.plumbline.test': ['127.0.0.1'], 'metadata.plumbline.test': ['169.254.169.254'] });
  const open = { allowInsecureHttp: true, egress: createEgress({}, hosts) };
  const problem = await problemOf(fetchOnce(workshop, `http://a.plumbline.test:${first.port}/app.git`, open));
  expect(problem.code).toBe('egress.refused');
});

test('redirects that lead round, to a page, to another scheme or to a file are not followed', async () => {
  const workshop = await openWorkshop();
  const { key, cert } = await selfSigned();
  const round = await stranger((incoming, response) => sendTo(`http://${incoming.headers.host}`)(incoming, response));
  const page = await stranger((_, response) => void response.writeHead(302, { location: '/login' }).end());
  const file = await stranger(sendTo(`file://${workshop.root}`));
  const ssh = await stranger(sendTo('ssh://git@127.0.0.1'));
  const secret = await stranger(sendTo('http://user:pass@127.0.0.1'));
  const nowhere = await stranger((_, response) => void response.writeHead(302).end());
  for (const { port } of [round, page, file, ssh, secret, nowhere]) {
    const problem = await problemOf(fetchOnce(workshop, `http://127.0.0.1:${port}/app.git`));
    expect(problem.code).toBe('git.redirected');
    expect(problem.message).not.toContain('pass@');
  }
  const plain = await stranger((incoming, response) => passOn(workshop.server.port, incoming, response));
  const tls = createHttpsServer({ key, cert }, sendTo(`http://127.0.0.1:${plain.port}`));
  const down = await problemOf(
    fetchOnce(workshop, `https://127.0.0.1:${await listening(tls)}/app.git`, { certificateAuthority: cert }),
  );
  expect(down.code).toBe('git.redirected');
  expect(plain.asked).toEqual([]);
});

test('a question that follows the first one is not sent on', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const other = await stranger((incoming, response) => passOn(workshop.server.port, incoming, response));
  const server = await stranger((incoming, response) => {
    if (incoming.method === 'POST') sendTo(`http://127.0.0.1:${other.port}`, 307)(incoming, response);
    else passOn(workshop.server.port, incoming, response);
  });
  await problemOf(fetchOnce(workshop, `http://127.0.0.1:${server.port}/app.git`));
  expect(other.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
});

test('a server of the oldest kind cannot send Git for objects elsewhere', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const other = await stranger((_, response) => void response.writeHead(404).end());
  const files: Readonly<Record<string, string>> = {
    '/app.git/info/refs': `${commit}\trefs/heads/main\n`,
    '/app.git/HEAD': 'ref: refs/heads/main\n',
    '/app.git/objects/info/http-alternates': `http://127.0.0.1:${other.port}/other.git\n`,
    '/app.git/objects/info/alternates': `../../../127.0.0.1:${other.port}/other.git\n`,
    '/app.git/objects/info/packs': '\n',
  };
  const server = await stranger((incoming, response) => {
    const text = files[(incoming.url ?? '').replace(/\?.*$/, '')];
    if (text === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  });
  await problemOf(fetchOnce(workshop, `http://127.0.0.1:${server.port}/app.git`));
  // It did go that way, and was not led astray.
  expect(server.asked.some((line) => line.includes('/objects/'))).toBe(true);
  expect(other.asked).toEqual([]);
});
