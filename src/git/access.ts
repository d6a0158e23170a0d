import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import {
  authorizationFor,
  checkClientCertificate,
  issued,
  type Connection,
  type SshCredentials,
} from './credentials.ts';
import { gitEnvironment } from './environment.ts';
import { curlAddresses } from './reach.ts';
import type { Remote } from './remote.ts';
import { withSsh } from './ssh-access.ts';
import type { RepositoryUrl } from './url.ts';

/** What a call of Git needs to reach a server. Good only inside of `withAccess`. */
export interface Access {
  readonly environment: Readonly<Record<string, string>>;
  /** Open files that Git gets as descriptor 3 and up. */
  readonly descriptors: readonly number[];
}

/** The server of a remote, and how it may be reached. */
export type Way = Pick<Remote, 'url' | 'connection' | 'egress'>;

/**
 * Prepares the way to a server for the time of one call, and takes every trace of it away again.
 * A secret is never in an argument, the environment, a URL or the configuration of the mirror. Git connects to
 * addresses that were looked at here, and follows no redirect by itself.
 * @param settings more settings of Git, none of them secret
 * @throws PlumbError `git.credentials-invalid`, `egress.refused`, `git.unreachable`; whatever `use` throws
 */
export async function withAccess<T>(
  way: Way,
  signal: AbortSignal,
  use: (access: Access) => Promise<T>,
  settings: readonly (readonly [string, string])[] = [],
): Promise<T> {
  const { url } = way;
  checkConnection(url, way.connection);
  const connection = await issued(way.connection, signal);
  const { transport } = url;
  if (transport === 'file') return use({ environment: gitEnvironment({ transport }), descriptors: [] });
  if (transport === 'ssh') {
    const credentials = connection.credentials as SshCredentials;
    return withPrivateFolder((folder) => withSsh(way, credentials, folder, signal, use));
  }
  const all: (readonly [string, string])[] = [
    ...settings,
    // Git would send the same header to wherever it is sent on to, and connect to any address.
    ['http.followRedirects', 'false'],
    ...(await curlAddresses(way, signal)).map((addresses) => ['http.curloptResolve', addresses] as const),
  ];
  const secrets = secretFiles(url, connection);
  const files = publicFiles(connection);
  if (secrets.length === 0 && files.length === 0) {
    return use({ environment: gitEnvironment({ transport, settings: all }), descriptors: [] });
  }
  return withPrivateFolder(async (folder) => {
    for (const [index, { setting, content }] of files.entries()) {
      const file = join(folder, `file-${index}.pem`);
      await writeFile(file, content, { mode: 0o600 });
      all.push([setting, file]);
    }
    const descriptors: number[] = [];
    try {
      for (const { setting, content } of secrets) all.push([setting, await openSecret(folder, content, descriptors)]);
      return await use({ environment: gitEnvironment({ transport, settings: all }), descriptors });
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  });
}

/** Something that Git reads from a file, and the setting that names the file. */
interface SettingFile {
  readonly setting: string;
  readonly content: string;
}

function publicFiles({ certificateAuthority, clientCertificate }: Connection): readonly SettingFile[] {
  return [
    ...(certificateAuthority === undefined ? [] : [{ setting: 'http.sslCAInfo', content: certificateAuthority }]),
    ...(clientCertificate === undefined ? [] : [{ setting: 'http.sslCert', content: clientCertificate.certificate }]),
  ];
}

function secretFiles(url: RepositoryUrl, connection: Connection): readonly SettingFile[] {
  const { clientCertificate } = connection;
  const config = httpSecrets(url, connection);
  return [
    ...(config === '' ? [] : [{ setting: 'include.path', content: config }]),
    ...(clientCertificate === undefined ? [] : [{ setting: 'http.sslKey', content: clientCertificate.key.reveal() }]),
  ];
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

/**
 * Lays a secret down for a child process, as an open file which has no name any more where descriptors themselves have one.
 * @param descriptors what the child will get as descriptor 3 and up; the new one is added
 * @returns the path at which the child finds it
 */
async function openSecret(folder: string, content: string, descriptors: number[]): Promise<string> {
  const file = join(folder, `secret-${descriptors.length}`);
  await writeFile(file, content, { mode: 0o600 });
  const descriptor = openSync(file, 'r');
  descriptors.push(descriptor);
  // Without its name, not even a SIGKILL leaves the secret on the disk.
  if (!existsSync(`/proc/self/fd/${descriptor}`)) return file;
  await unlink(file);
  return `/proc/self/fd/${descriptors.length + 2}`;
}

/**
 * Sees that what is given fits the URL.
 * @throws PlumbError `git.credentials-invalid`
 */
export function checkConnection(url: RepositoryUrl, connection: Connection): void {
  const { credentials, proxy, clientCertificate } = connection;
  const where = { repository: url.text };
  if (clientCertificate !== undefined && url.transport !== 'https') {
    throw plumbError(
      'git.credentials-invalid',
      `a client certificate is given for a repository over ${url.transport}`,
      {
        where,
      },
    );
  }
  if (clientCertificate !== undefined) checkClientCertificate(clientCertificate);
  const scheme = proxy === undefined ? 'http:' : URL.parse(proxy.reveal())?.protocol;
  if (scheme === undefined || !proxySchemes.has(scheme)) {
    throw plumbError('git.credentials-invalid', 'the proxy is no URL that begins with http, https, socks5 or socks5h', {
      where,
    });
  }
  if (url.transport === 'http' && proxy !== undefined && credentials !== undefined) {
    throw plumbError('git.credentials-invalid', 'over plain HTTP a proxy would see the credentials', { where });
  }
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

const proxySchemes: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

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
