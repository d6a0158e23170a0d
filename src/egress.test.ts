import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createEgress, type Egress, type Resolver } from './egress.ts';
import { PlumbError } from './errors.ts';
import { listenHere } from '../test/support/listen.ts';

const never = new AbortController().signal;

/** A resolver that knows these names alone, and one more answer at each question where there are several. */
function names(table: Readonly<Record<string, readonly (readonly string[])[]>>): Resolver & { asked: string[] } {
  const asked: string[] = [];
  const resolver: Resolver = (host, callback) => {
    const answers = table[host] ?? [];
    const answer = answers[Math.min(asked.filter((name) => name === host).length, answers.length - 1)];
    asked.push(host);
    if (answer === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    else
      callback(
        null,
        answer.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
  return Object.assign(resolver, { asked });
}

function isRefused(egress: Egress, url: string): boolean {
  try {
    egress.check(url);
    return false;
  } catch (error) {
    expect((error as PlumbError).code).toBe('egress.refused');
    return true;
  }
}

/** The metadata address of most clouds, as it can be written. */
const metadata = [
  'http://169.254.169.254/latest/meta-data',
  'http://169.254.169.254./',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://１６９。254.169.254/',
  'http://%31%36%39.254.169.254/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[0:0:0:0:0:ffff:a9fe:a9fe]/',
  'http://[::a9fe:a9fe]/',
  'http://[::ffff:0:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::a9fe:a9fe]/',
  'http://[64:ff9b:1:a9fe:a9:fe00::]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2001:0:1:2:3:4:5601:5601]/',
  'https://user:pass@169.254.169.254:8443/x',
  'ssh://git@169.254.169.254/x',
  'ssh://git@0xa9fea9fe/x',
  'ssh://git@[::ffff:169.254.169.254]:22/x',
] as const;

/** Others that nobody keeps a repository at. */
const others = [
  'http://169.254.0.1/',
  'http://169.254.170.2/v2/credentials',
  'http://[fe80::1]/',
  'http://[fe80::a9fe:a9fe]/',
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://[::ffff:0.0.0.0]/',
  'http://224.0.0.1/',
  'http://[ff02::1]/',
  'http://255.255.255.255/',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  'http://168.63.129.16/',
  'http://[fd00:ec2::254]/',
  'http://[fd20:ce::254]/',
] as const;

test.each([...metadata, ...others])('without rules, no connection to %s', (url) => {
  expect(isRefused(createEgress(), url)).toBe(true);
  // Nor where everything is allowed: who means such an address has to name it.
  expect(isRefused(createEgress({ allow: ['*', '0.0.0.0/0', '::/0'] }), url)).toBe(true);
});

test.each([
  'https://github.com/a/b',
  'https://140.82.121.4/a/b',
  'http://127.0.0.1:3000/x',
  'http://localhost/x',
  'http://[::1]/x',
  'http://[::ffff:127.0.0.1]/x',
  'https://10.0.0.7/x',
  'https://192.168.1.1/x',
  'https://[fd12:3456::1]/x',
  'https://[2606:4700::1111]/x',
  'ssh://git@[2001:db8::1]:2222/x',
])('without rules, connections to %s', (url) => {
  expect(isRefused(createEgress(), url)).toBe(false);
});

test.each(['', 'nonsense', 'file:///x', 'http://', 'http:///', 'https://exa mple.com/'])(
  'a URL without a host is refused: %j',
  (url) => {
    expect(isRefused(createEgress(), url)).toBe(true);
  },
);

test('hosts are compared as names, whole, in every spelling', () => {
  const egress = createEgress({ allow: ['Git.Example.com', '*.corp.example.org.', 'bücher.example'] });
  for (const host of ['git.example.com', 'GIT.EXAMPLE.COM', 'git.example.com.', 'ｇｉｔ.example.com']) {
    expect(isRefused(egress, `https://${host}/x`)).toBe(false);
  }
  for (const host of ['a.corp.example.org', 'a.b.corp.example.org.', 'bücher.example', 'xn--bcher-kva.example']) {
    expect(isRefused(egress, `https://${host}/x`)).toBe(false);
  }
  for (const host of [
    'example.com',
    'evilgit.example.com',
    'git.example.com.evil',
    'git.example.comx',
    'corp.example.org',
    'xcorp.example.org',
    'bucher.example',
    '10.0.0.1',
  ]) {
    expect(isRefused(egress, `https://${host}/x`)).toBe(true);
  }
});

test('what is denied is not allowed by anything', () => {
  const egress = createEgress({ allow: ['*', '127.0.0.1'], deny: ['*.example.com', '127.0.0.0/8', '10.1.0.0/16'] });
  expect(isRefused(egress, 'https://a.example.com/')).toBe(true);
  expect(isRefused(egress, 'https://example.com/')).toBe(false);
  expect(isRefused(egress, 'http://127.0.0.1/')).toBe(true);
  expect(isRefused(egress, 'http://[::ffff:7f00:1]/')).toBe(true);
  expect(isRefused(egress, 'http://[64:ff9b::7f00:1]/')).toBe(true);
  expect(isRefused(egress, 'https://10.1.2.3/')).toBe(true);
  expect(isRefused(egress, 'https://10.2.2.3/')).toBe(false);
});

test('a range of those that are refused is opened by naming it, or a part of it', async () => {
  const resolver = names({ 'git.link': [['169.254.10.7']], 'metadata.cloud': [['169.254.169.254']] });
  const egress = createEgress({ allow: ['*', '169.254.10.0/24'] }, resolver);
  expect(await egress.resolve('git.link', never)).toEqual(['169.254.10.7']);
  await expect(egress.resolve('metadata.cloud', never)).rejects.toMatchObject({ code: 'egress.refused' });
  // A name opens nothing: who owns it decides what it stands for.
  const byName = createEgress({ allow: ['metadata.cloud'] }, resolver);
  await expect(byName.resolve('metadata.cloud', never)).rejects.toMatchObject({ code: 'egress.refused' });
});

test('a name is allowed by what it stands for where ranges are allowed, and is not looked up where nothing can be', async () => {
  const resolver = names({ inside: [['10.0.0.7']], outside: [['192.0.2.1']], both: [['192.0.2.1', '10.0.0.8']] });
  const ranges = createEgress({ allow: ['10.0.0.0/8'] }, resolver);
  expect(await ranges.resolve('inside', never)).toEqual(['10.0.0.7']);
  expect(await ranges.resolve('both', never)).toEqual(['10.0.0.8']);
  await expect(ranges.resolve('outside', never)).rejects.toMatchObject({ code: 'egress.refused' });
  const before = resolver.asked.length;
  const hosts = createEgress({ allow: ['git.example.com'], deny: ['inside'] }, resolver);
  await expect(hosts.resolve('inside', never)).rejects.toMatchObject({ code: 'egress.refused' });
  await expect(hosts.resolve('outside', never)).rejects.toMatchObject({ code: 'egress.refused' });
  expect(resolver.asked.length).toBe(before);
});

test('an error says nothing of what a name stands for', async () => {
  const resolver = names({ 'db.internal': [['169.254.1.2']] });
  const error: unknown = await createEgress({}, resolver)
    .resolve('db.internal', never)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PlumbError);
  expect(JSON.stringify((error as PlumbError).problems)).not.toContain('169.254');
});

/** Sends a request through an agent-less connection with the lookup of `egress`. */
function ask(egress: Egress, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, { lookup: egress.lookup, agent: false }, (answer: IncomingMessage) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.once('error', reject);
    call.end();
  });
}

test('a name that changes its mind between the look and the connection gains nothing', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await listenHere(server);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // Harmless when it is asked the first time, and this machine ever after.
  const resolver = names({ 'rebind.example': [['192.0.2.1'], ['127.0.0.1']] });
  const egress = createEgress({ deny: ['127.0.0.0/8'] }, resolver);
  egress.check(`http://rebind.example:${port}/`);
  expect(await egress.resolve('rebind.example', never)).toEqual(['192.0.2.1']);
  await expect(ask(egress, `http://rebind.example:${port}/`)).rejects.toMatchObject({ code: 'egress.refused' });
  expect(asked).toBe(0);
  // The same name, where this machine may be connected to.
  expect(await ask(createEgress({}, resolver), `http://rebind.example:${port}/`)).toBe(200);
});

test('of several addresses only those that may be reached are tried', async () => {
  const server = createServer((_, response) => void response.end());
  await listenHere(server);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const resolver = names({ mixed: [['169.254.169.254', 'fe80::1', '127.0.0.1']] });
  const egress = createEgress({}, resolver);
  expect(await egress.resolve('mixed', never)).toEqual(['127.0.0.1']);
  expect(await ask(egress, `http://mixed:${port}/`)).toBe(200);
});

test('whoever aborts is not kept waiting by a resolver', async () => {
  const controller = new AbortController();
  const waiting = createEgress({}, () => {}).resolve('slow.example', controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('every rule that cannot be read is told', () => {
  const bad = ['', 'a b', '*.', 'http://x', 'x:443', '10.0.0.0/33', '*.*.example.com', '1.2.3.4/8/9'];
  try {
    createEgress({ allow: [...bad, 'good.example'], deny: ['also bad'] });
    expect.unreachable();
  } catch (error) {
    const { problems } = error as PlumbError;
    expect(problems.map(({ code }) => code)).toEqual(Array(bad.length + 1).fill('egress.rule-invalid'));
  }
});

const hex = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

const spellings = (bytes: readonly number[]): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const groups = `${hex([a, b])}:${hex([c, d])}`;
  return [
    bytes.join('.'),
    `${bytes.join('.')}.`,
    String(number),
    `0x${number.toString(16)}`,
    `0${number.toString(8)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
    bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
    `[::ffff:${groups}]`,
    `[::${groups}]`,
    `[64:ff9b::${groups}]`,
    `[2002:${groups}::]`,
  ];
};

test('no spelling of a refused address of IPv4 gets through', () => {
  const egress = createEgress();
  const refused = fc.oneof(
    fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.integer({ min: 224, max: 239 }), fc.nat(255), fc.nat(255), fc.nat(255)),
  );
  fc.assert(
    fc.property(refused, (bytes) => {
      for (const host of spellings(bytes)) {
        expect(isRefused(egress, `http://${host}/`), host).toBe(true);
        expect(isRefused(egress, `ssh://git@${host}/x`), host).toBe(true);
      }
    }),
  );
});
