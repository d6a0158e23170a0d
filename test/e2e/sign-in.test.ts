import { readFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { type StartedPlumb, startBuilt, userEnvironment } from '../support/built.ts';
import { commandBlocks } from '../support/documents.ts';
import { freePort } from '../support/free-port.ts';
import { kubectlFolder } from '../support/kubectl.ts';
import { confirmDevice, startOidcProvider, testClients, type TestProvider } from '../support/oidc-provider.ts';
import { type Shell, shell, type ShellResult } from '../support/shell.ts';

/**
 * What docs/sign-in.md says is done as it stands there, with the built program, the real control plane and a real OIDC
 * provider. The tests are one story and run in order.
 */
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-sign-in-'));
const blocks = new Map(commandBlocks('docs/sign-in.md').map(({ name, text }) => [name, text]));

let env: Record<string, string>;
let started: StartedPlumb;
let provider: TestProvider;
let controller: Shell;
let address: string;

/** A block of the document; its hosts are ours here. */
function block(name: string): string {
  const text = blocks.get(name);
  if (text === undefined) throw new Error(`docs/sign-in.md has no block ${name}`);
  return text
    .replaceAll('0.0.0.0:8090', new URL(address).host)
    .replaceAll('https://plumbline.example.com', address)
    .replaceAll('https://login.example.com', provider.issuer)
    .replaceAll('http://127.0.0.1:40123', started.facts.api?.url ?? 'none');
}

const run = (script: string): Promise<ShellResult> => shell(script, folder, env).ended;

async function done(script: string): Promise<string> {
  const { output, failed, exitCode } = await run(script);
  expect({ failed, exitCode, output: failed.length === 0 ? '' : output }).toEqual({
    failed: [],
    exitCode: 0,
    output: '',
  });
  return output;
}

beforeAll(async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(root, 'dist', 'cli', 'main.js'), join(bin, 'plumb'));
  env = userEnvironment({
    HOME: folder,
    PATH: [bin, kubectlFolder, process.env['PATH'] ?? ''].join(delimiter),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  provider = await startOidcProvider();
  provider.accounts.set('a-1', { preferred_username: 'ann', email: 'ann@example.com', groups: ['team-a'] });
  provider.person = 'a-1';
  // The URL under which people see the server is known before it listens.
  address = `http://127.0.0.1:${await freePort()}`;
  started = await startBuilt([], env);
  env = { ...env, KUBECONFIG: started.facts.kubeconfig };
  writeFileSync(join(folder, 'client-secret.txt'), testClients.web.secret);
});

afterAll(async () => {
  controller?.signal('SIGKILL');
  await controller?.ended;
  started?.child.kill('SIGTERM');
  await started?.ended;
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('every block of commands in the document is run here', () => {
  expect([...blocks.keys()]).toEqual([
    'sign-in-secret',
    'sign-in-run',
    'sign-in-login',
    'sign-in-whoami',
    'sign-in-token',
    'sign-in-link',
    'sign-in-roles',
  ]);
});

test('a server with OIDC starts as it says, and people sign in with a browser', async () => {
  await done(block('sign-in-secret'));
  controller = shell(`${block('sign-in-run').trimEnd()} --log json -v`, folder, env);
  await controller.until(/listening for the API/);
  const browser = createBrowser();
  const page = await browser.visit(`${address}/auth/login`);
  expect(page.url).toBe(`${address}/login`);
  const user = await browser.send(`${address}/api/v1/user`);
  expect(JSON.parse(user.text)).toMatchObject({
    username: 'oidc:ann',
    groups: ['oidc:team-a'],
    email: 'ann@example.com',
    how: 'oidc',
  });
});

test('the command line signs in by device, and out again', async () => {
  const login = shell(block('sign-in-login'), folder, env);
  const asked = await login.until(/\(or \S+\)/);
  expect(asked).toContain(`by ${provider.issuer}`);
  await confirmDevice(createBrowser(), /\(or (\S+)\)/.exec(asked)?.[1] ?? '');
  expect((await login.ended).output).toContain(`Signed in to ${address} as oidc:ann.`);
  const file = join(folder, '.config', 'plumbline', 'sign-ins.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { servers: Record<string, Record<string, string>> };
  expect(await done(block('sign-in-whoami'))).toMatch(
    /User: +oidc:ann\nGroups: oidc:team-a\n(.|\n)*Signed out of http/,
  );
  expect(readFileSync(file, 'utf8')).not.toContain('idToken');
  const log = await controller.until(/signed out/);
  for (const secret of ['idToken', 'refreshToken']) {
    const value = kept.servers[address]?.[secret] ?? '';
    expect(value.length).toBeGreaterThan(20);
    expect(log).not.toContain(value);
  }
  expect(log).not.toContain(testClients.web.secret);
});

test('a ServiceAccount signs in with a token of its own', async () => {
  const output = await done(block('sign-in-token'));
  expect(output).toMatch(/Signed in to http.* as system:serviceaccount:default:pipeline\.(.|\n)*By: +token/);
});

async function redeem(link: string): Promise<number> {
  const url = new URL(link);
  const answer = await createBrowser().send(`${url.origin}/auth/link`, {
    method: 'POST',
    headers: { origin: url.origin, 'content-type': 'application/json' },
    body: JSON.stringify({ code: url.hash.slice(1) }),
  });
  return answer.status;
}

test('the link that plumb start prints signs in once, and another one is to be had', async () => {
  const first = started.facts.api?.link ?? '';
  expect(await redeem(first)).toBe(204);
  expect(await redeem(first)).toBe(401);
  const output = await done(block('sign-in-link'));
  const second = /^http:\/\/127\.0\.0\.1:\d+\/login#\S+$/m.exec(output)?.[0] ?? '';
  expect(await redeem(second)).toBe(204);
  for (const link of [first, second]) expect(started.log()).not.toContain(new URL(link).hash.slice(1));
});

test('roles are bound to the groups of the issuer', async () => {
  const lines = block('sign-in-roles').trim().split('\n');
  const last = lines.pop() ?? '';
  await done(lines.join('\n'));
  // The authorizer learns of a binding by a watch of its own.
  while ((await run(last)).exitCode !== 0);
  expect(await done(last)).toMatch(/^yes$/m);
  expect((await run(last.replace('sync', 'update'))).output).toMatch(/^no$/m);
});

test('a server whose issuer is at an address that is not to be connected to does not start', async () => {
  const script = `${block('sign-in-run').trimEnd()} --egress-deny 127.0.0.0/8`;
  const { exitCode, output } = await run(script.replace(new URL(address).host, '127.0.0.1:0'));
  expect({ exitCode, output }).toMatchObject({ exitCode: 1, output: expect.stringContaining('egress.refused') });
});
