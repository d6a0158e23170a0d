import { sensitive, type Sensitive } from '../sensitive.ts';

/** What lets Plumbline into a repository. */
export type Credentials = HttpsCredentials | BearerCredentials | SshCredentials;

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
  /** URL of an HTTP or SOCKS proxy; it may hold a password. For HTTPS and HTTP only. */
  readonly proxy?: Sensitive;
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
  const { credentials, proxy } = connection;
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
