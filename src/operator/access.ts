import { plumbError } from '../errors.ts';
import { type Connection, type Credentials, parseRepositoryUrl, type SigningKey } from '../git/index.ts';
import type { KubeClient } from '../kube/index.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';
import type { EnabledGitSync, SecretKey } from './config.ts';

/** Where the Secrets are, and which. */
export interface AccessParts {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly gitSync: EnabledGitSync;
  readonly signal: AbortSignal;
}

/** What lets the operator in. */
export interface Access {
  readonly connection: Connection;
  /** For the interface of the forge. */
  readonly token: Sensitive | undefined;
  readonly signingKey: SigningKey | undefined;
  /** Another one where a Secret has changed. */
  readonly version: string;
}

/**
 * Reads what lets the operator in as it is now.
 * @throws PlumbError `operator.secret-missing`
 */
export async function readAccess({ client, namespace, gitSync, signal }: AccessParts): Promise<Access> {
  const { credentials, signing, username, url } = gitSync;
  const read = async (name: SecretKey | undefined): Promise<SecretValue | undefined> =>
    name === undefined ? undefined : readSecret(client, namespace, name, signal);
  const [token, key] = await Promise.all([read(credentials), read(signing)]);
  const isSsh = parseRepositoryUrl(url).transport === 'ssh';
  const armoured = key?.value.reveal().includes('BEGIN PGP') === true;
  return {
    connection: token === undefined ? {} : { credentials: credentialsOf(token, isSsh, username) },
    token: isSsh ? undefined : token?.value,
    signingKey: key === undefined ? undefined : { kind: armoured ? 'openpgp' : 'ssh', privateKey: key.value },
    version: `${token?.version} ${key?.version}`,
  };
}

function credentialsOf(token: SecretValue, isSsh: boolean, username: string | undefined): Credentials {
  return isSsh
    ? { kind: 'ssh', privateKey: token.value, knownHosts: token.knownHosts }
    : { kind: 'https', password: token.value, ...(username === undefined ? {} : { username }) };
}

interface SecretValue {
  readonly value: Sensitive;
  /** The key `known_hosts` of the same Secret. */
  readonly knownHosts: string;
  readonly version: string;
}

async function readSecret(
  client: KubeClient,
  namespace: string,
  { secret, key }: SecretKey,
  signal: AbortSignal,
): Promise<SecretValue> {
  const where = { object: `Secret ${namespace}/${secret}` };
  const found = await client.get({ group: '', kind: 'Secret', apiVersion: 'v1', namespace, name: secret }, { signal });
  if (found === undefined) throw plumbError('operator.secret-missing', 'the Secret does not exist', { where });
  const data = (found['data'] ?? {}) as Readonly<Record<string, string>>;
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  const value = text(key).trim();
  if (value === '')
    throw plumbError('operator.secret-missing', `the Secret has no key ${key}, or it is empty`, { where });
  // A private key ends with a line end; a token that was made with echo has one that is not meant.
  const whole = value.startsWith('-----BEGIN') ? `${value}\n` : value;
  return { value: sensitive(whole), knownHosts: text('known_hosts'), version: found.metadata.resourceVersion ?? '' };
}
