import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server, utils, type ServerChannel } from 'ssh2';
import { sshKeyPair } from './ssh-keys.ts';
import { onTestFinished } from 'vitest';

/** A real SSH server that lets one key in and runs nothing but Git's two services. */
export interface TestSshServer {
  readonly port: number;
  /** The line of known_hosts that trusts it. */
  readonly knownHosts: string;
  /** Public keys that were let in, or turned away. */
  readonly tried: readonly string[];
}

/**
 * Starts an SSH server for the running test.
 * @param before waited for before each of Git's services, so that a test can look round while somebody waits for it
 */
export async function startSshServer(
  authorizedKey: string,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<TestSshServer> {
  const host = sshKeyPair('ed25519');
  const authorized = utils.parseKey(authorizedKey);
  if (authorized instanceof Error) throw authorized;
  const tried: string[] = [];
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method !== 'publickey') return context.reject(['publickey']);
      tried.push(context.key.algo);
      const known = context.key.data.equals(authorized.getPublicSSH());
      const signed =
        context.signature === undefined || context.blob === undefined
          ? true
          : authorized.verify(context.blob, context.signature, context.hashAlgo);
      return known && signed ? context.accept() : context.reject(['publickey']);
    });
    client.on('session', (acceptSession) => {
      const environment: Record<string, string> = {};
      const session = acceptSession();
      session.on('env', (accept, _reject, { key, val }) => {
        environment[key] = val;
        accept?.();
      });
      session.on('exec', (accept, reject, { command }) => {
        const [, service, path] = /^git-(upload-pack|receive-pack) '(.*)'$/.exec(command) ?? [];
        if (service === undefined || path === undefined) return reject();
        const channel = accept();
        return void before().then(() => serve(channel, service, path, environment['GIT_PROTOCOL'] ?? ''));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, knownHosts: `[127.0.0.1]:${port} ${host.public}`, tried };
}

function serve(channel: ServerChannel, service: string, path: string, protocol: string): void {
  const child = spawn('git', [service, path], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROTOCOL: protocol,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      HOME: '/nonexistent',
    },
  });
  channel.pipe(child.stdin);
  child.stdin.on('error', () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once('close', (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
  channel.once('close', () => child.kill());
}
