import { plumbError } from '../errors.ts';
import type { ForgeConnections, Route } from './connections.ts';
import type { ForgeCredentials } from './credentials.ts';
import { isThisMachine, type RepositoryPlace } from './repository-place.ts';
import type { Forge, ForgeKind } from './types.ts';

/** What a provider is opened with. */
export interface ProviderOptions {
  readonly kind: ForgeKind;
  readonly place: RepositoryPlace;
  /** The address of the interface for programs, where it was given: https, or http on this machine; without credentials, query and trailing slash. */
  readonly apiUrl?: URL;
  /** None: the forge is called as nobody, which reads what is public. */
  readonly credentials?: ForgeCredentials;
  readonly connections: ForgeConnections;
  readonly route: Route;
}

/**
 * Opens one repository on one kind of forge; nothing is sent yet.
 * @throws PlumbError `forge.url-invalid`, `forge.credentials-invalid`
 */
export type Provider = (options: ProviderOptions) => Forge;

/**
 * Where the interface for programs begins: as it was given, or at this path of where the repository lies.
 * @throws PlumbError `forge.url-invalid`
 */
export function apiBase({ place, apiUrl, kind }: ProviderOptions, path: string): URL {
  if (apiUrl !== undefined) return apiUrl;
  if (place.transport === 'http' && !isThisMachine(place.host)) {
    throw plumbError('forge.url-invalid', `${place.origin} is plain HTTP, over which no ${kind} is called`);
  }
  return new URL(path, place.origin);
}

/** The error of a URL that does not lead to a repository on this kind of forge. */
export function notOnForge({ place, kind }: ProviderOptions, form: string): Error {
  const path = `/${place.path.join('/')}`;
  return plumbError(
    'forge.url-invalid',
    `${place.origin}${path} is no repository on ${kind}, where it looks like ${form}`,
  );
}

/** The error of credentials that a kind of forge has no use for. */
export function credentialsUnfit({ kind }: ProviderOptions, wanted: string): Error {
  return plumbError('forge.credentials-invalid', `${kind} is called with ${wanted}`);
}
