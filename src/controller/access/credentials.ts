import type { Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import type { ForgeConnections } from '../../forge/index.ts';
import { sensitive } from '../../sensitive.ts';
import { appCredentials } from './app-credentials.ts';
import { connectionFrom, type ConnectionFound } from './connection.ts';
import type { Look, Reference } from './references.ts';
import { secretKeys } from './secret-keys.ts';
import type { Templates } from './templates.ts';

/** What is needed to be let in, and whose it is: mirrors are not shared between identities. */
export interface RepositoryAccess extends ConnectionFound {
  readonly identity?: string;
  /** Another one where anything of it is another. */
  readonly version: string;
}

/** What the access of a Repository is found with. */
export interface AccessParts {
  readonly look: Look;
  readonly templates: Templates;
  /** The way to the forges, for those whose Apps make the tokens that Git is let in by. */
  readonly connections: ForgeConnections;
}

/**
 * How a Repository is let in: by the Secret that it names, else by the template whose URL says most of its own, else as
 * anybody is.
 * @throws PlumbError `controller.secret-missing`, `controller.secret-invalid` with all that is wrong
 */
export async function readAccess(parts: AccessParts, repository: Repository): Promise<RepositoryAccess> {
  const { secretRef, url, proxy } = repository.spec;
  const { namespace } = repository.metadata;
  const named: Reference | undefined =
    secretRef === undefined ? undefined : { kind: 'Secret', namespace, name: secretRef.name };
  const reference = named ?? (await parts.templates.find(parts.look, namespace, url));
  if (reference === undefined) {
    // Whoever goes another way has a mirror of his own: the way of another could be cut off by its owner.
    return proxy === undefined
      ? { version: '' }
      : { proxy: sensitive(proxy), identity: `via ${proxy}`, version: proxy };
  }
  const where = { object: `Secret ${reference.namespace}/${reference.name}` };
  const secret = await parts.look.object(reference);
  if (secret === undefined) throw plumbError('controller.secret-missing', 'the Secret does not exist', { where });
  const connection = connectionFrom(secretKeys(secret), { url, proxy, isTemplate: named === undefined }, where);
  const identity = `${reference.namespace}/${reference.name}`;
  const { gitHubApp } = connection;
  return {
    ...connection,
    ...(gitHubApp === undefined ? {} : { credentials: appCredentials(gitHubApp, url, connection, parts.connections) }),
    identity: proxy === undefined ? identity : `${identity} via ${proxy}`,
    version: `${identity} ${secret.metadata.uid} ${secret.metadata.resourceVersion} ${proxy ?? ''}`,
  };
}

/** The Repository as if it were at another URL, as a submodule is: its own Secret is for its own server. */
export function atUrl(repository: Repository, url: string): Repository {
  const { secretRef: _secretRef, ...spec } = repository.spec;
  return { ...repository, spec: { ...spec, url } };
}
