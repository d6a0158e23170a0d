import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { authorizationFor, type Connection, type SshCredentials } from './credentials.ts';
import { gitEnvironment } from './environment.ts';
import type { RepositoryUrl } from './url.ts';

/** What a call of Git needs to reach a server. Good only inside of `withAccess`. */
export interface Access {
  readonly environment: Readonly<Record<string, string>>;
  /** Open files that Git gets as descriptor 3 and up. */
  readonly descriptors: readonly number[];
}

/**
 * Prepares the way to a server for the time of one call, and takes every trace of it away again.
 * A secret is never in an argument, the environment, a URL or the configuration of the mirror.
 * @throws PlumbError `git.credentials-invalid`; whatever `use` throws
 */
export async function withAccess<T>(
  url: RepositoryUrl,
  connection: Connection,
  use: (access: Access) => Promise<T>,
): Promise<T> {
  checkConnection(url, connection);
  const { transport } = url;
  if (transport === 'file') return use({ environment: gitEnvironment({ transport }), descriptors: [] });
  if (transport === 'ssh') return withPrivateFolder((folder) => withSsh(connection, folder, use));
  // Git would send the same header to wherever it is sent on to: so with credentials it goes nowhere else.
  const redirects = ['http.followRedirects', connection.credentials === undefined ? 'initial' : 'false'] as const;
  const secrets = httpSecrets(url, connection);
  if (secrets === '' && connection.certificateAuthority === undefined) {
    return use({ environment: gitEnvironment({ transport, settings: [redirects] }), descriptors: [] });
  }
  return withPrivateFolder(async (folder) => {
    const settings: (readonly [string, string])[] = [redirects];
    if (connection.certificateAuthority !== undefined) {
      const file = join(folder, 'ca.pem');
      await writeFile(file, connection.certificateAuthority, { mode: 0o600 });
      settings.push(['http.sslCAInfo', file]);
    }
    if (secrets === '') return use({ environment: gitEnvironment({ transport, settings }), descriptors: [] });
    return withSecretFile(join(folder, 'config'), secrets, (file, descriptor) =>
      use({
        environment: gitEnvironment({ transport, settings: [...settings, ['include.path', file]] }),
        descriptors: [descriptor],
      }),
    );
  });
}

/** A folder that only this user can look into, for the time of `use`. */
async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plumb-'));
  try {
    await chmod(folder, 0o700);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Hands a secret to a child process: as an open file, which has no name any more where descriptors themselves have one. */
async function withSecretFile<T>(
  file: string,
  content: string,
  use: (path: string, descriptor: number) => Promise<T>,
): Promise<T> {
  await writeFile(file, content, { mode: 0o600 });
  const descriptor = openSync(file, 'r');
  try {
    // Without its name, not even a SIGKILL leaves the secret on the disk. It will be descriptor 3 of the child.
    const named = existsSync(`/proc/self/fd/${descriptor}`);
    if (named) await unlink(file);
    return await use(named ? '/proc/self/fd/3' : file, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function checkConnection(url: RepositoryUrl, { credentials, proxy }: Connection): void {
  const where = { repository: url.text };
  if (url.transport === 'ssh' && credentials?.kind !== 'ssh') {
    throw plumbError('git.credentials-invalid', 'a repository over SSH needs a private key and known_hosts', { where });
  }
  if (url.transport !== 'ssh' && credentials?.kind === 'ssh') {
    throw plumbError('git.credentials-invalid', `an SSH key is given for a repository over ${url.transport}`, {
      where,
    });
  }
  if (url.transport === 'ssh' && proxy !== undefined) {
    throw plumbError('git.credentials-invalid', 'a proxy is given for a repository over SSH, which cannot use it', {
      where,
    });
  }
}

/** A Git configuration file with the secrets in it; empty where there are none. */
function httpSecrets(url: RepositoryUrl, connection: Connection): string {
  const { proxy } = connection;
  const authorization = authorizationFor(connection, url.host);
  const lines: string[] = [];
  if (proxy !== undefined) lines.push(`proxy = ${quote(proxy.reveal())}`);
  if (authorization !== undefined) lines.push(`extraHeader = ${quote(`Authorization: ${authorization.reveal()}`)}`);
  return lines.length === 0 ? '' : `[http]\n\t${lines.join('\n\t')}\n`;
}

/** A value of a Git configuration file. A line break would be a header of its own. */
function quote(value: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw plumbError('git.credentials-invalid', 'a token, password or proxy holds a line break or a control character');
  }
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

async function withSsh<T>(connection: Connection, folder: string, use: (access: Access) => Promise<T>): Promise<T> {
  const credentials = connection.credentials as SshCredentials;
  if (credentials.knownHosts.trim() === '') {
    throw plumbError('git.credentials-invalid', 'known_hosts is empty, so that no SSH server can be trusted');
  }
  // Loaded here: whoever uses HTTPS only does not pay for it.
  const { readPrivateKey, startSshAgent } = await import('./ssh-agent.ts');
  const key = readPrivateKey(credentials.privateKey, credentials.passphrase);
  const socket = join(folder, 'agent');
  const knownHosts = join(folder, 'known_hosts');
  const config = join(folder, 'config');
  await writeFile(knownHosts, `${credentials.knownHosts.trimEnd()}\n`, { mode: 0o600 });
  await writeFile(config, sshConfig(socket, knownHosts), { mode: 0o600 });
  const agent = await startSshAgent(key, socket);
  try {
    const variables = { GIT_SSH_COMMAND: 'ssh -F "$PLUMBLINE_SSH_CONFIG"', PLUMBLINE_SSH_CONFIG: config };
    return await use({ environment: gitEnvironment({ transport: 'ssh', variables }), descriptors: [] });
  } finally {
    await agent.close();
  }
}

/** Nothing but our key and our host keys; no question to a person, no forwarding, no command. */
function sshConfig(agentSocket: string, knownHosts: string): string {
  return `Host *
  IdentityAgent ${quotePath(agentSocket)}
  IdentityFile none
  UserKnownHostsFile ${quotePath(knownHosts)}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  PreferredAuthentications publickey
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  BatchMode yes
  ConnectTimeout 20
  ServerAliveInterval 15
  ServerAliveCountMax 3
  ForwardAgent no
  ForwardX11 no
  ClearAllForwardings yes
  ControlMaster no
  ControlPath none
  PermitLocalCommand no
  LogLevel ERROR
`;
}

function quotePath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
