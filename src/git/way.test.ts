import type { LookupAddress } from 'node:dns';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { openConnectProxy } from '../../test/support/connect-proxy.ts';
import { basic, openGitGate, type GitGate } from '../../test/support/git-gate.ts';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { createEgress, type Resolver } from '../egress.ts';
import { PlumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type Connection, type MirrorOptions } from './index.ts';

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly gate: GitGate;
  readonly certificateAuthority: string;
}

/** A Git server behind TLS that lets in who shows a certificate, where `wantsCertificate`. */
async function tlsScene(wantsCertificate: boolean): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { authority, server } = await testCertificates();
  const gate = await openGitGate(workshop.server.port, {
    key: server.key,
    cert: server.certificate,
    ...(wantsCertificate ? { requestCert: true, rejectUnauthorized: true, ca: authority } : {}),
  });
  return { workshop, repository, gate, certificateAuthority: authority };
}

/** Fetches the first time by Git, and the second time the quick way; says how many requests the second one took. */
async function fetchTwice(scene: Scene, connection: Connection, more: Partial<MirrorOptions> = {}): Promise<number> {
  const { workshop, repository, gate } = scene;
  const first = await repository.commit({ a: '1' });
  const mirror = await openMirror({
    url: gate.url,
    directory: workshop.cache,
    signal: workshop.signal,
    certificateAuthority: scene.certificateAuthority,
    ...connection,
    ...more,
  });
  try {
    expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(first);
    const second = await repository.commit({ a: '2' });
    const before = gate.requests.length;
    expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(second);
    return gate.requests.length - before;
  } finally {
    await mirror.close();
  }
}

/** What the quick way asks the first time: what the server can do, its refs, what is new. Git asks more. */
const quickQuestions = 3;

async function failureOf(promise: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlumbError);
  return error as PlumbError;
}

test('a client certificate lets in, on the way of Git and on the quick one', async () => {
  const scene = await tlsScene(true);
  const { client } = await testCertificates();
  const clientCertificate = { certificate: client.certificate, key: sensitive(client.key) };
  expect(await fetchTwice(scene, { clientCertificate })).toBe(quickQuestions);
  // Together with a password, as both may be asked for.
  const other = await tlsScene(true);
  other.gate.admit = ({ headers }) => (headers.authorization === basic('bob', 'p') ? undefined : 401);
  const credentials = { kind: 'https', username: 'bob', password: sensitive('p') } as const;
  expect(await fetchTwice(other, { clientCertificate, credentials })).toBe(quickQuestions);
});

test('without a client certificate nobody comes in', async () => {
  const scene = await tlsScene(true);
  const error = await failureOf(fetchTwice(scene, {}));
  // A server that breaks the connection in the middle of TLS does not always come to say why.
  expect(['git.auth-failed', 'git.unreachable']).toContain(error.code);
  expect(scene.gate.requests).toEqual([]);
});

test('a client certificate that is none, is encrypted or belongs to another key is refused before anything is sent', async () => {
  const scene = await tlsScene(true);
  const { client, other } = await testCertificates();
  for (const [certificate, key, words] of [
    ['nonsense', client.key, /client certificate is none/],
    [client.certificate, 'nonsense', /key of the client certificate is none/],
    [client.certificate, other.key, /do not belong together/],
  ] as const) {
    const error = await failureOf(fetchTwice(scene, { clientCertificate: { certificate, key: sensitive(key) } }));
    expect(error.code).toBe('git.credentials-invalid');
    expect(error.message).toMatch(words);
  }
  expect(scene.gate.requests).toEqual([]);
});

test('a proxy opens a tunnel, learns the name of the server and nothing else', async () => {
  const scene = await tlsScene(false);
  scene.gate.admit = ({ headers }) => (headers.authorization === basic('bob', 's3cr3t-s3cr3t') ? undefined : 401);
  const proxy = await openConnectProxy(basic('pat', 'pr0xy-pr0xy'));
  const credentials = { kind: 'https', username: 'bob', password: sensitive('s3cr3t-s3cr3t') } as const;
  const through = (password: string): Connection => ({
    credentials,
    proxy: sensitive(`http://pat:${password}@127.0.0.1:${proxy.port}`),
  });
  expect(await fetchTwice(scene, through('pr0xy-pr0xy'))).toBe(quickQuestions);
  const opened = proxy.asked.filter((line) => line.endsWith(' opened'));
  expect(new Set(opened)).toEqual(new Set([`127.0.0.1:${scene.gate.port} opened`]));
  // One tunnel is kept open for all that is asked the quick way.
  expect(opened.length).toBeLessThanOrEqual(3);
  expect(proxy.seen()).not.toContain('s3cr3t');
  expect(proxy.seen()).not.toContain(basic('bob', 's3cr3t-s3cr3t'));
  const error = await failureOf(fetchTwice(scene, through('wrong-wrong')));
  expect(error.message).not.toMatch(/wrong-wrong|s3cr3t/);
});

test('a proxy that is dead, no proxy, or of a kind that does not exist', async () => {
  const scene = await tlsScene(false);
  const dead = await failureOf(fetchTwice(scene, { proxy: sensitive('http://pat:s3cr3t-s3cr3t@127.0.0.1:9') }));
  expect(dead.code).toBe('git.unreachable');
  expect(dead.message).not.toContain('s3cr3t');
  for (const proxy of ['ftp://pat:s3cr3t-s3cr3t@proxy', 'proxy:3128', '', 'file:///etc/passwd', '-x']) {
    const error = await failureOf(fetchTwice(scene, { proxy: sensitive(proxy) }));
    expect(error.code).toBe('git.credentials-invalid');
    expect(error.message).not.toContain('s3cr3t');
  }
});

test('credentials are not shown to a proxy over plain HTTP', async () => {
  const workshop = await openWorkshop();
  const proxy = await openConnectProxy();
  const error = await failureOf(
    openMirror({
      url: workshop.server.url('app'),
      directory: workshop.cache,
      signal: workshop.signal,
      credentials: { kind: 'https', password: sensitive('t') },
      proxy: sensitive(`http://127.0.0.1:${proxy.port}`),
    }).then((mirror) => mirror.fetch({}, { signal: workshop.signal })),
  );
  expect(error.code).toBe('git.credentials-invalid');
  expect(proxy.asked).toEqual([]);
});

test('a proxy is looked at as any other host, by name and by address, on both ways', async () => {
  const scene = await tlsScene(false);
  const proxy = await openConnectProxy();
  const table: Readonly<Record<string, string>> = {
    'proxy.plumbline.test': '127.0.0.1',
    'evil.test': '169.254.169.254',
  };
  const resolver: Resolver = (host, callback) => {
    const address = table[host];
    if (address === undefined) callback(new Error('unknown'), []);
    else callback(null, [{ address, family: 4 } satisfies LookupAddress]);
  };
  const egress = createEgress({}, resolver);
  const connection = { proxy: sensitive(`http://proxy.plumbline.test:${proxy.port}`) };
  expect(await fetchTwice(scene, connection, { egress })).toBe(quickQuestions);
  for (const host of ['evil.test', '169.254.169.254', '[::ffff:a9fe:a9fe]']) {
    const error = await failureOf(fetchTwice(scene, { proxy: sensitive(`http://${host}:3128`) }, { egress }));
    expect(error.code).toBe('egress.refused');
  }
  // Of what lies behind the proxy the name is looked at.
  const behind = { ...connection, url: 'https://169.254.169.254/x.git' };
  const error = await failureOf(fetchTwice(scene, connection, { ...behind, egress }));
  expect(error.code).toBe('egress.refused');
});

const tokenOf = (index: number): string => `t0ken-${createHash('sha256').update(String(index)).digest('hex')}`;

test('a token that is issued is asked for each time, and masked in what a server says', async () => {
  const scene = await tlsScene(false);
  let count = 0;
  scene.gate.admit = ({ headers }) =>
    headers.authorization === basic('x-access-token', tokenOf(count)) ? undefined : 401;
  const credentials = {
    kind: 'issued',
    issue: () => {
      count += 1;
      return Promise.resolve({ kind: 'https', password: sensitive(tokenOf(count)) } as const);
    },
  } as const;
  expect(await fetchTwice(scene, { credentials })).toBe(quickQuestions);
  expect(count).toBeGreaterThan(3);
  scene.gate.admit = () => 401;
  const error = await failureOf(fetchTwice(scene, { credentials }));
  expect(error.code).toBe('git.auth-failed');
  const refusing = { kind: 'issued', issue: () => Promise.reject(new Error('the App is suspended')) } as const;
  await expect(fetchTwice(scene, { credentials: refusing })).rejects.toThrow('the App is suspended');
});
