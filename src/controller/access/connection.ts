import { type Location, type Problem, throwProblems } from '../../errors.ts';
import { type Connection, type Credentials, prefixLength } from '../../git/index.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import type { GitHubAppFound } from './app-credentials.ts';
import type { SecretKeys } from './secret-keys.ts';

/** What a connection is made for. */
export interface ConnectionTarget {
  /** URL of the repository. */
  readonly url: string;
  /** `spec.proxy` of the Repository. */
  readonly proxy: string | undefined;
  /** True where nobody has named the Secret: it was found by its URL. */
  readonly isTemplate: boolean;
}

/** The way to a repository, be it Git's or a registry's. */
export interface ConnectionFound extends Connection {
  /** Content of `.dockerconfigjson`, for `oci://`. */
  readonly dockerConfig?: Sensitive;
  /** Makes the token that Git is let in by, and lets the forge be called. */
  readonly gitHubApp?: GitHubAppFound;
}

type Complain = (message: string, hint?: string) => undefined;

/**
 * What the keys of a Secret say of the way to a repository. The names are those of this project, of Kubernetes, of Flux
 * and of Argo CD for the same things; which of them count is decided by the URL.
 * @throws PlumbError `controller.secret-invalid`, with all that is wrong
 */
export function connectionFrom(keys: SecretKeys, target: ConnectionTarget, where: Location): ConnectionFound {
  const problems: Problem[] = [];
  const complain: Complain = (message, hint) => {
    problems.push({ code: 'controller.secret-invalid', message, where, ...(hint === undefined ? {} : { hint }) });
  };
  refuseTrust(keys, complain);
  const scope = keys.text('url');
  if (scope !== undefined && prefixLength(target.url, scope) === undefined) {
    complain(
      'its `url` says that it is for other repositories than this one',
      'Name another Secret, or correct `url` in this one: credentials are sent to what lies below it and nowhere else.',
    );
  }
  const isSsh = /^ssh:\/\//i.test(target.url) || !target.url.includes('://');
  const credentials = isSsh ? sshCredentials(keys, complain) : webCredentials(keys, complain);
  const gitHubApp = isSsh ? undefined : gitHubAppFrom(keys, complain);
  if (gitHubApp !== undefined && credentials !== undefined) {
    complain('it holds the keys of a GitHub App beside a token or password, and only one of them can let in');
  }
  const dockerConfig = target.url.startsWith('oci://') ? keys.first('.dockerconfigjson') : undefined;
  const proxy = isSsh ? undefined : proxyFrom(keys, target, complain);
  const clientCertificate = isSsh ? undefined : clientCertificateFrom(keys, complain);
  const certificateAuthority = keys.text('ca.crt', 'caFile');
  const found = [credentials, gitHubApp, dockerConfig, proxy, clientCertificate, certificateAuthority];
  const isEmpty = found.every((part) => part === undefined);
  if (isEmpty && problems.length === 0) {
    complain(
      isSsh ? 'it holds no SSH key, which the URL needs' : 'it holds none of token, password and bearerToken',
      'Put `token` (or `username` and `password`) into it for HTTPS, or `id_rsa` and `known_hosts` for SSH.',
    );
  }
  throwProblems(problems);
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(gitHubApp === undefined ? {} : { gitHubApp }),
    ...(dockerConfig === undefined ? {} : { dockerConfig }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Argo CD's keys for not looking who answers: whoever wrote them would take our silence for consent. */
function refuseTrust(keys: SecretKeys, complain: Complain): void {
  for (const key of ['insecure', 'insecureIgnoreHostKey']) {
    if (keys.text(key) !== 'true') continue;
    complain(
      `\`${key}\` asks not to look who answers, which is always done here`,
      'Take the key out, and add `ca.crt` for HTTPS or `known_hosts` for SSH.',
    );
  }
}

function sshCredentials(keys: SecretKeys, complain: Complain): Credentials | undefined {
  const privateKey = keys.first('id_rsa', 'id_ed25519', 'id_ecdsa', 'ssh-privatekey', 'identity', 'sshPrivateKey');
  if (privateKey === undefined) return undefined;
  const knownHosts = keys.text('known_hosts');
  if (knownHosts === undefined) {
    return complain(
      'it holds an SSH key and no `known_hosts`',
      'Add the key known_hosts with the lines of `ssh-keyscan HOST` that you have checked; host keys are never taken on trust.',
    );
  }
  const passphrase = keys.first('passphrase', 'password');
  return { kind: 'ssh', privateKey, knownHosts, ...(passphrase === undefined ? {} : { passphrase }) };
}

function webCredentials(keys: SecretKeys, complain: Complain): Credentials | undefined {
  const password = keys.first('token', 'password');
  const bearer = keys.first('bearerToken');
  const username = keys.text('username');
  if (password !== undefined && bearer !== undefined) {
    return complain('it holds `bearerToken` beside `token` or `password`, and only one of them can be sent');
  }
  if (bearer !== undefined) return { kind: 'bearer', token: bearer };
  if (password !== undefined) return { kind: 'https', password, ...(username === undefined ? {} : { username }) };
  return username === undefined ? undefined : complain('it holds `username` and no `password`');
}

/** The keys of a GitHub App, by the names that Flux and Argo CD have for them. */
function gitHubAppFrom(keys: SecretKeys, complain: Complain): GitHubAppFound | undefined {
  const appId = keys.text('githubAppID');
  const privateKey = keys.first('githubAppPrivateKey');
  const installation = keys.text('githubAppInstallationID');
  const apiUrl = keys.text('githubAppBaseURL', 'githubAppEnterpriseBaseUrl');
  if (appId === undefined && privateKey === undefined) return undefined;
  if (appId === undefined) return complain('it holds `githubAppPrivateKey` and no `githubAppID`');
  if (privateKey === undefined) return complain('it holds `githubAppID` and no `githubAppPrivateKey`');
  if (installation !== undefined && !/^[1-9]\d{0,15}$/.test(installation)) {
    return complain('`githubAppInstallationID` is no number');
  }
  return {
    credentials: {
      kind: 'github-app',
      appId,
      privateKey,
      ...(installation === undefined ? {} : { installationId: Number(installation) }),
    },
    ...(apiUrl === undefined ? {} : { apiUrl }),
  };
}

function clientCertificateFrom(keys: SecretKeys, complain: Complain): Connection['clientCertificate'] | undefined {
  const certificate = keys.text('tls.crt', 'certFile', 'tlsClientCertData');
  const key = keys.first('tls.key', 'keyFile', 'tlsClientCertKey');
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined) return complain('it holds `tls.crt` and no `tls.key`');
  return key === undefined ? undefined : complain('it holds `tls.key` and no `tls.crt`');
}

function proxyFrom(keys: SecretKeys, target: ConnectionTarget, complain: Complain): Sensitive | undefined {
  const own = keys.first('proxy');
  const password = keys.first('proxyPassword');
  const username = keys.text('proxyUsername') ?? (password === undefined ? undefined : '');
  const url = URL.parse(own?.reveal() ?? target.proxy ?? '');
  if (own !== undefined && url === null) return complain('`proxy` is no URL');
  if (url === null) {
    return username === undefined
      ? undefined
      : complain('it holds `proxyUsername` or `proxyPassword`, and there is no proxy');
  }
  if (username === undefined) return sensitive(url.href);
  // Whoever writes the Repository chooses its proxy, and may not be who owns the password.
  if (own === undefined && target.isTemplate) {
    return complain('a template that holds `proxyUsername` or `proxyPassword` has to hold `proxy` too');
  }
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password?.reveal() ?? '');
  return sensitive(url.href);
}
