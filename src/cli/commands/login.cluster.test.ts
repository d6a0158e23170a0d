import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createBrowser } from '../../../test/support/browser.ts';
import { type CliResult, plumbInProcess } from '../../../test/support/cli.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { confirmDevice } from '../../../test/support/oidc-provider.ts';
import { signInAs, signInOfFile, type SignInServer } from '../../../test/support/sign-in.ts';
import { serviceAccountToken } from '../../../test/support/tokens.ts';
import { runCli } from '../run.ts';
import { limit } from '../../../test/support/limit.ts';

const bench = signInOfFile('cli-login');
beforeEach(() => {
  bench.provider.person = 'a-1';
});

const inTwoHours = (): Date => new Date(Date.now() + 2 * 3600 * 1000);

interface Home {
  readonly folder: string;
  readonly file: string;
  readonly plumb: (args: readonly string[], now?: () => Date) => Promise<CliResult>;
}

/** A person's home, where nobody is signed in. */
function home(): Home {
  const folder = temporaryFolder();
  const env = { HOME: folder };
  return {
    folder,
    file: join(folder, '.config', 'plumbline', 'sign-ins.json'),
    plumb: (args, now) => plumbInProcess(args, { env, cwd: folder, ...(now === undefined ? {} : { now }) }),
  };
}

/** `plumb login`, confirmed in a browser as soon as it asks for that. */
async function loginByDevice({ folder }: Home, server: SignInServer): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  const asked = Promise.withResolvers<string>();
  const output = (stream: 'stdout' | 'stderr') => ({
    write: (part: string) => {
      written[stream] += part;
      const url = /\(or (\S+)\)/.exec(written[stream])?.[1];
      if (url !== undefined) asked.resolve(url);
    },
    isTerminal: false,
    columns: 100,
  });
  const running = runCli(['login', '--server', server.url], {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { HOME: folder },
    cwd: folder,
    signal: limit(),
    now: () => new Date(),
  });
  await Promise.race([asked.promise.then((url) => confirmDevice(createBrowser(), url)), running]);
  return { exitCode: await running, ...written };
}

test('whoever signs in by device is known by all commands, until they sign out', async () => {
  const server = await bench.start();
  const own = home();
  const done = await loginByDevice(own, server);
  const username = `oidc:alice-${bench.namespace}`;
  expect(done).toMatchObject({ exitCode: 0, stdout: `Signed in to ${server.url} as ${username}.\n` });
  expect(done.stderr).toContain(`Signing in to ${server.url}, by ${bench.provider.issuer}`);
  const { stdout } = await own.plumb(['whoami', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    server: server.url,
    username,
    groups: [`oidc:developers-${bench.namespace}`],
    email: 'alice@example.com',
    how: 'oidc',
  });
  expect((await own.plumb(['whoami', '-o', 'name'])).stdout).toBe(`${username}\n`);
  const kept = readFileSync(own.file, 'utf8');
  const { idToken, refreshToken } =
    (JSON.parse(kept) as { servers: Record<string, Record<string, string>> }).servers[server.url] ?? {};
  expect((await own.plumb(['logout'])).stdout).toBe(`Signed out of ${server.url}.\n`);
  expect(await own.plumb(['whoami'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cli.signed-out') });
  // Whoever copied the file before has nothing of it: neither the server nor the issuer takes what it holds.
  writeFileSync(own.file, kept, { mode: 0o600 });
  expect(await own.plumb(['whoami'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ended') });
  expect(await own.plumb(['whoami'], inTwoHours)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the OIDC issuer has ended the sign-in'),
  });
  const everything = [done.stdout, done.stderr, stdout, ...server.logged].join('\n');
  for (const secret of [idToken, refreshToken]) {
    expect(secret?.length).toBeGreaterThan(20);
    expect(everything).not.toContain(secret);
  }
});

test('tokens lie in a file that only its owner can read, and one that others can read is not used', async () => {
  const server = await bench.start();
  const own = home();
  await loginByDevice(own, server);
  expect(statSync(own.file).mode & 0o777).toBe(0o600);
  expect(statSync(join(own.file, '..')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(own.file, '..'))).toEqual(['sign-ins.json']);
  chmodSync(own.file, 0o640);
  expect(await own.plumb(['whoami'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('cli.credentials-unusable'),
  });
  writeFileSync(own.file, '{"servers": 7}', { mode: 0o600 });
  chmodSync(own.file, 0o600);
  expect(await own.plumb(['whoami'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('does not hold sign-ins'),
  });
});

test('tokens that end are renewed once, however many commands run, and the new ones are kept', async () => {
  const server = await bench.start();
  const own = home();
  await loginByDevice(own, server);
  // As if an hour had passed since.
  const ended = readFileSync(own.file, 'utf8').replace(/"expiresAt": \d+/, `"expiresAt": ${Date.now()}`);
  writeFileSync(own.file, ended);
  bench.provider.accounts.set('a-1', { preferred_username: `alice-${bench.namespace}`, groups: ['later'] });
  bench.provider.requests.length = 0;
  const answers = await Promise.all(Array.from({ length: 5 }, () => own.plumb(['whoami', '-o', 'json'])));
  expect(answers.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(Array.from({ length: 5 }, () => [0, '']));
  expect(answers.every(({ stdout }) => stdout.includes('oidc:later'))).toBe(true);
  expect(bench.provider.requests.filter((each) => each === 'POST /token')).toHaveLength(1);
  expect(statSync(own.file).mode & 0o777).toBe(0o600);
});

test('a token of Kubernetes signs in as well, from a file, and signing out everywhere ends what browsers have', async () => {
  const server = await bench.start();
  const own = home();
  const token = await serviceAccountToken(bench.admin, bench.namespace, 'robot');
  writeFileSync(join(own.folder, 'token'), `${token}\n`);
  const done = await own.plumb(['login', '--server', `${server.url}/`, '--token-file', 'token']);
  expect(done).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`system:serviceaccount:${bench.namespace}:robot`),
  });
  expect(done.stdout + done.stderr).not.toContain(token);
  writeFileSync(join(own.folder, 'token'), 'wrong');
  const other = home();
  writeFileSync(join(other.folder, 'token'), 'wrong');
  expect(await other.plumb(['login', '--server', server.url, '--token-file', 'token'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('cli.signed-out'),
  });
  expect(readdirSync(other.folder)).toEqual(['token']);

  const browser = await signInAs(server, bench.provider, 'a-1');
  expect((await browser.ask('GET', '/api/v1/whoami')).status).toBe(200);
  const alice = home();
  await loginByDevice(alice, server);
  expect(await alice.plumb(['logout', '--everywhere', '--server', server.url])).toMatchObject({ exitCode: 0 });
  server.pass(2_000);
  expect((await browser.ask('GET', '/api/v1/whoami')).status).toBe(401);
});

test('no token goes over a line that others can read, nor where a server leads', async () => {
  const own = home();
  writeFileSync(join(own.folder, 'token'), 'secret');
  for (const url of [
    'http://plumbline.example.com',
    'ftp://x',
    'nonsense',
    'https://me:pw@plumbline.example.com',
    'https://x/?a=b',
  ]) {
    expect(await own.plumb(['login', '--server', url, '--token-file', 'token'])).toMatchObject({ exitCode: 2 });
  }
  expect(await own.plumb(['whoami'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no server is named'),
  });
  expect(await own.plumb(['login', '--server', 'http://127.0.0.1:2'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('does not answer (ECONNREFUSED)'),
  });
});
