import { createPrivateKey, X509Certificate } from 'node:crypto';
import { plumbError } from '../errors.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';

/** What lets Plumbline into a repository. */
export type Credentials = HttpsCredentials | BearerCredentials | IssuedCredentials | SshCredentials;

/** A user name with a password, or a token in the place of one: the way of every forge. */
export interface HttpsCredentials {
  readonly kind: 'https';
  /** Where it is not given: the name that the forge wants beside a token. */
  readonly username?: string;
  /** The password or the token. */
  readonly password: Sensitive;
}

/** A token that is sent as `Authorization: Bearer`, as Azure DevOps and Bitbucket Data Center take it. */
export interface BearerCredentials {
  readonly kind: 'bearer';
  readonly token: Sensitive;
}

/** A token that is made when it is needed and lives for a while, as that of a GitHub App. */
export interface IssuedCredentials {
  readonly kind: 'issued';
  /** A token that is still good for the next call; a new one only where the last one is about to end. */
  issue(signal: AbortSignal): Promise<HttpsCredentials>;
}

/** A key for SSH, with the host keys that are trusted. */
export interface SshCredentials {
  readonly kind: 'ssh';
  /** In OpenSSH, PEM, PKCS #8 or PuTTY form. */
  readonly privateKey: Sensitive;
  /** Of the private key, where it is encrypted. */
  readonly passphrase?: Sensitive;
  /** In the form of `~/.ssh/known_hosts`. A host that it does not name is refused. */
  readonly knownHosts: string;
}

/** How a repository is reached, besides its URL. */
export interface Connection {
  readonly credentials?: Credentials;
  /** Certificates in PEM form that the server's is verified by, in the place of the system's. */
  readonly certificateAuthority?: string;
  /** What this side shows of itself in TLS. For HTTPS only. */
  readonly clientCertificate?: ClientCertificate;
  /** URL of an HTTP or SOCKS proxy; it may hold a password. For HTTPS and HTTP only. */
  readonly proxy?: Sensitive;
  /** Only repositories below this URL are reached so, also where one leads to others; see `prefixLength`. */
  readonly scope?: string;
}

/** A certificate with its key, both in PEM form. */
export interface ClientCertificate {
  /** The certificate, and those that lead from it to its authority. */
  readonly certificate: string;
  readonly key: Sensitive;
}

/**
 * Sees that a certificate and a key are ones, and belong together.
 * @throws PlumbError `git.credentials-invalid`
 */
export function checkClientCertificate({ certificate, key }: ClientCertificate): void {
  const shown = read('client certificate', () => new X509Certificate(certificate));
  const own = read('key of the client certificate', () => createPrivateKey(key.reveal()));
  if (!shown.checkPrivateKey(own)) {
    throw plumbError('git.credentials-invalid', 'the client certificate and its key do not belong together');
  }
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    // The reason is not passed on: it is made while the key is read.
    throw plumbError('git.credentials-invalid', `the ${what} is none in PEM form, or is encrypted`);
  }
}

/** What was issued last, so that it can be masked in what a server says. */
const lastIssued = new WeakMap<IssuedCredentials, HttpsCredentials>();

/** The connection with what was issued for it in the place of who issues. */
export async function issued(connection: Connection, signal: AbortSignal): Promise<Connection> {
  const { credentials } = connection;
  if (credentials?.kind !== 'issued') return connection;
  const current = await credentials.issue(signal);
  lastIssued.set(credentials, current);
  return { ...connection, credentials: current };
}

/** The user name beside a token, where a forge insists on one. */
export function usernameFor(credentials: HttpsCredentials, host: string): string {
  if (credentials.username !== undefined && credentials.username !== '') return credentials.username;
  return host === 'bitbucket.org' ? 'x-token-auth' : 'x-access-token';
}

/** The `Authorization` header of a request over HTTP; undefined where nothing is to be proved. */
export function authorizationFor({ credentials }: Connection, host: string): Sensitive | undefined {
  if (credentials?.kind === 'https') {
    const pair = `${usernameFor(credentials, host)}:${credentials.password.reveal()}`;
    return sensitive(`Basic ${Buffer.from(pair).toString('base64')}`);
  }
  return credentials?.kind === 'bearer' ? sensitive(`Bearer ${credentials.token.reveal()}`) : undefined;
}

/** Every text that must not show up in a message, the longest first. */
export function secretsOf(connection: Connection): readonly string[] {
  const { proxy } = connection;
  const given = connection.credentials;
  const credentials = given?.kind === 'issued' ? lastIssued.get(given) : given;
  const secrets: string[] = [];
  if (credentials?.kind === 'https') secrets.push(credentials.password.reveal());
  if (credentials?.kind === 'bearer') secrets.push(credentials.token.reveal());
  if (credentials?.kind === 'ssh' && credentials.passphrase !== undefined)
    secrets.push(credentials.passphrase.reveal());
  if (proxy !== undefined && URL.canParse(proxy.reveal())) {
    const { password } = new URL(proxy.reveal());
    secrets.push(password, decodeURIComponent(password));
  }
  const spelt = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  return spelt.filter((secret) => secret.length > 2).toSorted((a, b) => b.length - a.length);
}
