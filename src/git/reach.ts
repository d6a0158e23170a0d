import { execFile } from 'node:child_process';
import { connect, isIP } from 'node:net';
import type { Egress } from '../egress.ts';
import { PlumbError, plumbError } from '../errors.ts';
import type { Way } from './access.ts';
import { gitEnvironment } from './environment.ts';
import type { RepositoryUrl } from './url.ts';

/** Where ssh connects to, and under which name it looks the host key up. */
export interface SshAddress {
  readonly address: string;
  readonly hostKeyAlias: string;
}

/** The usual ports, which a URL does not name. */
const usualPorts = { https: 443, http: 80, ssh: 22, file: 0 } as const;

/** The port of the server. */
export function portOf({ text, transport }: RepositoryUrl): number {
  const port = /^[a-z]+:\/\//.test(text) ? new URL(text).port : '';
  return port === '' ? usualPorts[transport] : Number(port);
}

/**
 * The addresses that Git's HTTP library may connect to, in the form of `http.curloptResolve`; none for hosts that
 * are addresses themselves. Behind a proxy it is the proxy that is connected to; where it connects to is its own affair.
 * @throws PlumbError `egress.refused`, `git.unreachable`
 */
export async function curlAddresses({ url, connection, egress }: Way, signal: AbortSignal): Promise<readonly string[]> {
  const proxy = connection.proxy === undefined ? undefined : URL.parse(connection.proxy.reveal());
  if (proxy === undefined || proxy === null) {
    return curlAddress(egress, url.host, portOf(url), url.text, signal);
  }
  egress.checkHost(url.host);
  const port = proxy.port === '' ? (proxyPorts[proxy.protocol] ?? 1080) : Number(proxy.port);
  // Of all proxies only this kind is told an address, and no name.
  const target = proxy.protocol === 'socks5:' ? await curlAddress(egress, url.host, portOf(url), url.text, signal) : [];
  return [...target, ...(await curlAddress(egress, proxy.hostname, port, url.text, signal))];
}

const proxyPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

async function curlAddress(
  egress: Egress,
  host: string,
  port: number,
  repository: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = await resolveHost(egress, host, repository, signal);
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return [];
  const written = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  return [`${host}:${port}:${written.join(',')}`];
}

async function resolveHost(
  egress: Egress,
  host: string,
  repository: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return await egress.resolve(host, signal);
  } catch (error) {
    signal.throwIfAborted();
    const where = { repository };
    if (error instanceof PlumbError) throw plumbError(error.code, error.problems[0].message, { where, cause: error });
    throw plumbError('git.unreachable', `Could not resolve host: ${host}`, { where, cause: error });
  }
}

/**
 * The one address that ssh is to connect to; undefined where the host is that address itself.
 * @param knownHosts the file that ssh will use
 * @throws PlumbError `egress.refused`, `git.unreachable`
 */
export async function sshAddress(
  { url, egress }: Way,
  knownHosts: string,
  signal: AbortSignal,
): Promise<SshAddress | undefined> {
  const host = url.host.replace(/^\[|\]$/g, '');
  const port = portOf(url);
  const [first = host, ...others] = await resolveHost(egress, host, url.text, signal);
  if (first === host) return undefined;
  const address = others.length === 0 ? first : ((await firstToAnswer(egress, host, port, signal)) ?? first);
  return { address, hostKeyAlias: await aliasFor(host, port, knownHosts, signal) };
}

const probeMilliseconds = 10_000;

/** Of several addresses the one that a connection can be made to: ssh would try them all, but is told only one. */
function firstToAnswer(egress: Egress, host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup: egress.lookup, autoSelectFamily: true, timeout: probeMilliseconds });
    const end = (address: string | undefined): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(address);
    };
    const stop = (): void => end(undefined);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => end(socket.remoteAddress));
    socket.once('error', stop);
    socket.once('timeout', stop);
  });
}

/**
 * The name under which ssh would look up a host key by itself: with its port where that is not the usual one, and
 * without it where known_hosts has only that.
 */
async function aliasFor(host: string, port: number, knownHosts: string, signal: AbortSignal): Promise<string> {
  if (port === usualPorts.ssh) return host;
  const withPort = `[${host}]:${port}`;
  const { PATH = '' } = gitEnvironment();
  const isKnown = await new Promise<boolean>((resolve) => {
    const options = { env: { PATH, LC_ALL: 'C.UTF-8' }, signal, timeout: probeMilliseconds, cwd: '/' };
    execFile('ssh-keygen', ['-F', withPort, '-f', knownHosts], options, (error) => resolve(error === null));
  });
  signal.throwIfAborted();
  return isKnown ? withPort : host;
}
