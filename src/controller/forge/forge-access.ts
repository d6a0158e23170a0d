import type { Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import { type ForgeCredentials, type ForgeKind, knownForge, repositoryPlace, type Route } from '../../forge/index.ts';
import { connectionFrom, type ConnectionFound } from '../access/connection.ts';
import { type AccessParts, readAccess } from '../access/credentials.ts';
import { secretKeys } from '../access/secret-keys.ts';

/** How the forge of a Repository is called. */
export interface ForgeAccess {
  /** None where anybody may read, and nothing can be written. */
  readonly credentials?: ForgeCredentials;
  readonly route: Route;
}

/**
 * The credentials for the forge of a Repository: those of the Secret that `spec.forge` names, else those by which Git is
 * let in, where they are of a kind that forges take.
 * @throws PlumbError `controller.secret-missing`, `controller.secret-invalid`, `forge.credentials-invalid`
 */
export async function readForgeAccess(parts: AccessParts, repository: Repository): Promise<ForgeAccess> {
  const { forge, url, proxy } = repository.spec;
  const { namespace } = repository.metadata;
  const kind = forge?.kind ?? knownForge(url);
  const name = forge?.secretRef?.name;
  if (name === undefined) {
    const access = await readAccess(parts, repository);
    const isSecret = access.credentials !== undefined || access.clientCertificate !== undefined;
    if (isSecret && !isOwnForge(repository)) throw strayForge(url);
    return accessOf(access, kind);
  }
  const where = { object: `Secret ${namespace}/${name}` };
  const secret = await parts.look.object({ kind: 'Secret', namespace, name });
  if (secret === undefined) throw plumbError('controller.secret-missing', 'the Secret does not exist', { where });
  const keys = secretKeys(secret);
  if (keys.text('url') !== undefined && !isOwnForge(repository)) throw strayForge(where.object);
  // The interface of a forge is called over HTTPS, however its repositories are fetched.
  const place = repositoryPlace(url);
  const target = { url: `${place.origin}/${place.path.join('/')}`, proxy, isTemplate: false };
  return accessOf(connectionFrom(keys, target, where), kind);
}

/**
 * Whether the interface of the forge is where the repository is. Whoever writes a Repository chooses `apiUrl`, and may not
 * be who owns the credentials: those that are for the repository are not carried to another host.
 */
function isOwnForge({ spec: { forge, url } }: Repository): boolean {
  if (forge?.apiUrl === undefined) return true;
  const api = URL.parse(forge.apiUrl);
  const { host, origin, transport } = repositoryPlace(url);
  if (api === null) return false;
  // As api.github.com: who owns a name owns those below it.
  if (api.host === `api.${host}`) return true;
  return transport === 'ssh' ? api.hostname === host : api.origin === origin;
}

function strayForge(credentials: string): Error {
  return plumbError(
    'forge.credentials-invalid',
    `spec.forge.apiUrl leads to another host than the repository, and the credentials of ${credentials} are not carried there`,
    { hint: 'Put a token for that host into a Secret without `url`, and name it in spec.forge.secretRef.' },
  );
}

/** Products that ask for the user name beside a password; with the others the password is a token. */
const namedKinds = new Set<ForgeKind | undefined>(['Gitea', 'Forgejo', 'BitbucketCloud', 'BitbucketDataCenter']);
/** Names that stand for none: they are there because Git wants one. */
const placeholders = new Set(['git', 'token', 'oauth2', 'x-access-token', 'x-token-auth']);

function accessOf(connection: ConnectionFound, kind: ForgeKind | undefined): ForgeAccess {
  const { credentials, gitHubApp, certificateAuthority, clientCertificate, proxy } = connection;
  const route: Route = {
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  if (gitHubApp !== undefined) return { route, credentials: gitHubApp.credentials };
  switch (credentials?.kind) {
    case undefined:
      return { route };
    case 'bearer':
      return { route, credentials: { kind: 'token', token: credentials.token } };
    case 'https': {
      const { username = '', password } = credentials;
      const isNamed = namedKinds.has(kind) && username !== '' && !placeholders.has(username);
      return {
        route,
        credentials: isNamed ? { kind: 'basic', username, password } : { kind: 'token', token: password },
      };
    }
    case 'ssh':
    case 'issued':
      throw plumbError('forge.credentials-invalid', 'Git is let in by a key, which no forge takes for its interface', {
        hint: 'Put a token for the interface of the forge into a Secret, and name it in spec.forge.secretRef.',
      });
  }
}
