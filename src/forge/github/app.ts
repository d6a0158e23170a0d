import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { plumbError } from '../../errors.ts';
import { sensitive, type Sensitive } from '../../sensitive.ts';
import type { ForgeConnections, Route } from '../connections.ts';
import type { Authorizer, GitHubAppCredentials } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp } from '../http.ts';
import { pathPart } from '../repository-place.ts';
import type { GitHubPlace } from './place.ts';
import { gitHubHeaders } from './headers.ts';
import { installationSchema, tokenSchema } from './schema.ts';

/** A token of one installation of a GitHub App: good for its repositories, for an hour. */
export interface InstallationToken {
  readonly token: Sensitive;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A GitHub App on one GitHub. */
export interface GitHubApp {
  /** A token that is good for a while yet; made anew shortly before the last one ends, once for all who wait. */
  token(repository: Pick<GitHubPlace, 'owner' | 'name'>, signal: AbortSignal): Promise<InstallationToken>;
  /** Forgets a token that was refused. @returns true where it was the one in use */
  forget(refused: string): boolean;
}

/** A token that ends sooner is not given out any more: what it is for takes time too. */
const leastLeft = 5 * 60_000;
/** A making of a token is ended after this, whoever waits for it. */
const longestMaking = 60_000;
/** GitHub takes no more than ten minutes; its clock may be behind ours. */
const jwtMilliseconds = 9 * 60_000;
const jwtBackdate = 60_000;

const apps = new WeakMap<ForgeConnections, Map<string, GitHubApp>>();

/** The App of these credentials: the same one for all repositories that are reached over the same connections. */
export function gitHubApp(
  credentials: GitHubAppCredentials,
  api: URL,
  connections: ForgeConnections,
  route: Route,
): GitHubApp {
  const shared = apps.get(connections) ?? new Map<string, GitHubApp>();
  apps.set(connections, shared);
  const { appId, privateKey, installationId } = credentials;
  const parts = [
    api.href,
    appId,
    privateKey.reveal(),
    installationId,
    route.certificateAuthority,
    route.proxy?.reveal(),
  ];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const app = shared.get(key) ?? openApp(credentials, api, connections, route);
  shared.set(key, app);
  return app;
}

function openApp(
  credentials: GitHubAppCredentials,
  baseUrl: URL,
  connections: ForgeConnections,
  route: Route,
): GitHubApp {
  const key = privateKeyOf(credentials);
  const { clock } = connections;
  const authorizer: Authorizer = {
    identity: `GitHub App ${credentials.appId}`,
    authorize: async () => ({ header: 'authorization', value: await webToken(credentials.appId, key, clock.now()) }),
  };
  const http = openForgeHttp({ baseUrl, connections, route, authorizer, headers: gitHubHeaders });
  const installations = new Map<string, Promise<number>>();
  const tokens = new Map<number, Promise<InstallationToken>>();
  const known = new Map<number, InstallationToken>();

  const installationOf = async (owner: string, name: string): Promise<number> => {
    if (credentials.installationId !== undefined) return credentials.installationId;
    return once(installations, `${owner}/${name}`, () => findInstallation(http, owner, name));
  };

  return {
    async token({ owner, name }, signal) {
      const make = async (): Promise<InstallationToken> => {
        const id = await installationOf(owner, name);
        const before = known.get(id);
        if (before !== undefined && before.expiresAt - clock.now() > leastLeft) return before;
        const making = tokens.get(id) ?? makeToken(http, id).finally(() => tokens.delete(id));
        tokens.set(id, making);
        const made = await making;
        known.set(id, made);
        return made;
      };
      return orAborted(make(), signal);
    },
    forget(refused) {
      for (const [id, { token }] of known) {
        if (token.reveal() !== refused) continue;
        known.delete(id);
        return true;
      }
      return false;
    },
  };
}

/** @throws PlumbError `forge.credentials-invalid`, without what the key is like */
function privateKeyOf({ privateKey, appId }: GitHubAppCredentials): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(privateKey.reveal());
  } catch {
    // The reason is not passed on: it is made while the key is read.
  }
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw plumbError('forge.credentials-invalid', `the private key of the GitHub App ${appId} is no RSA key in PEM form`);
}

async function webToken(appId: string, key: KeyObject, now: number): Promise<Sensitive> {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(appId)
    .setIssuedAt(Math.floor((now - jwtBackdate) / 1000))
    .setExpirationTime(Math.floor((now + jwtMilliseconds) / 1000))
    .sign(key);
  return sensitive(`Bearer ${token}`);
}

async function findInstallation(http: ForgeHttp, owner: string, name: string): Promise<number> {
  const found = await http.find({
    path: `/repos/${pathPart(owner)}/${pathPart(name)}/installation`,
    schema: installationSchema,
    what: `finding the installation of the GitHub App for ${owner}/${name}`,
    signal: AbortSignal.timeout(longestMaking),
  });
  if (found !== undefined) return found.body.id;
  throw plumbError('forge.not-found', `the GitHub App is not installed for ${owner}/${name}`, {
    hint: 'Install the App for this repository, in the settings of its owner on GitHub.',
  });
}

async function makeToken(http: ForgeHttp, installation: number): Promise<InstallationToken> {
  const { body } = await http.call({
    method: 'POST',
    path: `/app/installations/${installation}/access_tokens`,
    schema: tokenSchema,
    what: `making a token for installation ${installation} of the GitHub App`,
    // One token more does no harm: it ends by itself.
    repeatable: true,
    signal: AbortSignal.timeout(longestMaking),
  });
  return { token: sensitive(body.token), expiresAt: Date.parse(body.expires_at) };
}

/** What several ask for at once is looked for once; what failed is looked for again. */
function once<K, V>(values: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  made.catch(() => values.delete(key));
  return made;
}

/** One of several who wait may give up; the others go on. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
