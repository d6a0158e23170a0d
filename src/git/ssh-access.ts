import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import type { Access, Way } from './access.ts';
import type { SshCredentials } from './credentials.ts';
import { gitEnvironment } from './environment.ts';
import { sshAddress, type SshAddress } from './reach.ts';

/**
 * Prepares the way to an SSH server: our key through an agent, our host keys, and an address that was looked at.
 * @param folder a private one, for the sockets and files of the call
 * @throws PlumbError `git.credentials-invalid`, `egress.refused`, `git.unreachable`; whatever `use` throws
 */
export async function withSsh<T>(
  way: Way,
  credentials: SshCredentials,
  folder: string,
  signal: AbortSignal,
  use: (access: Access) => Promise<T>,
): Promise<T> {
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
  const pin = await sshAddress(way, knownHosts, signal);
  await writeFile(config, sshConfig(socket, knownHosts, pin), { mode: 0o600 });
  const agent = await startSshAgent(key, socket);
  try {
    const variables = { GIT_SSH_COMMAND: 'ssh -F "$PLUMBLINE_SSH_CONFIG"', PLUMBLINE_SSH_CONFIG: config };
    return await use({ environment: gitEnvironment({ transport: 'ssh', variables }), descriptors: [] });
  } finally {
    await agent.close();
  }
}

/** Nothing but our key and our host keys; no question to a person, no forwarding, no command. */
function sshConfig(agentSocket: string, knownHosts: string, pin: SshAddress | undefined): string {
  const address = pin === undefined ? '' : `  HostName ${pin.address}\n  HostKeyAlias ${pin.hostKeyAlias}\n`;
  return `Host *
${address}  IdentityAgent ${quotePath(agentSocket)}
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
  CanonicalizeHostname no
  ProxyCommand none
  ProxyJump none
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
