import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { listenHere } from './listen.ts';

/** A Git server over smart HTTP that runs the hooks of its repository, as a forge does. */
export interface GitHookServer {
  readonly port: number;
  readonly url: string;
  /** How often somebody pushed, whether or not it was let through. */
  readonly pushes: number;
}

/**
 * Serves one bare repository to the running test.
 * @param options.shell what a push runs in, for limits of the system's: `ulimit -f 0; exec "$@"`
 * @param options.gitOnly lets nobody push but Git itself
 */
export async function startGitHookServer(
  directory: string,
  { shell = 'exec "$@"', gitOnly = false }: { readonly shell?: string; readonly gitOnly?: boolean } = {},
): Promise<GitHookServer> {
  let pushes = 0;
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, url = '', headers } = incoming;
    const [, service = ''] = /(git-upload-pack|git-receive-pack)$/.exec(url) ?? [];
    const advertise = method === 'GET';
    const protocol = String(headers['git-protocol'] ?? '');
    const isPush = !advertise && service === 'git-receive-pack';
    if (gitOnly && url.includes('receive-pack') && headers['user-agent'] === 'git/plumbline') {
      response.writeHead(500).end();
      return;
    }
    if (isPush) pushes += 1;
    const git = ['git', service.slice('git-'.length), '--stateless-rpc', ...(advertise ? ['--advertise-refs'] : [])];
    const child = spawn('sh', ['-c', isPush ? shell : 'exec "$@"', 'sh', ...git, directory], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROTOCOL: protocol,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => {});
    const body = headers['content-encoding'] === 'gzip' ? incoming.pipe(createGunzip()) : incoming;
    body.pipe(child.stdin);
    response.writeHead(200, { 'content-type': `application/x-${service}-${advertise ? 'advertisement' : 'result'}` });
    if (advertise && !protocol.includes('version=2')) {
      const line = `# service=${service}\n`;
      response.write(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`);
    }
    child.stdout.pipe(response);
  };
  const server = createServer(answer);
  await listenHere(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/app.git`,
    get pushes() {
      return pushes;
    },
  };
}

/** Gives a bare repository a hook, a shell script. */
export async function writeHook(directory: string, name: string, script: string): Promise<void> {
  await mkdir(join(directory, 'hooks'), { recursive: true });
  const file = join(directory, 'hooks', name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}
