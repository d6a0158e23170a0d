import { apiAddress } from '../api-address.ts';
import type { ForgeConnections, Route } from '../connections.ts';
import type { GitHubAppCredentials } from '../credentials.ts';
import { repositoryPlace } from '../repository-place.ts';
import type { Call } from '../types.ts';
import { gitHubApp, type InstallationToken } from './app.ts';
import { gitHubPlace } from './place.ts';

/** Whose token is wanted. */
export interface InstallationTokenOptions {
  /** The clone URL of the repository that it shall be good for. */
  readonly repositoryUrl: string;
  /** Of GitHub Enterprise Server, where it does not follow from the repository's. */
  readonly apiUrl?: string;
  readonly credentials: GitHubAppCredentials;
  readonly connections: ForgeConnections;
  readonly route?: Route;
}

/**
 * A token of a GitHub App that is good for a while yet. To Git it is the password of `x-access-token`.
 * @throws PlumbError as `Forge` says, and `forge.url-invalid`, `forge.credentials-invalid`
 */
export async function installationToken(
  options: InstallationTokenOptions,
  { signal }: Call,
): Promise<InstallationToken> {
  const { credentials, connections, route = {} } = options;
  const repository = gitHubPlace({
    kind: 'GitHub',
    place: repositoryPlace(options.repositoryUrl),
    connections,
    route,
    ...(options.apiUrl === undefined ? {} : { apiUrl: apiAddress(options.apiUrl) }),
  });
  return gitHubApp(credentials, repository.api, connections, route).token(repository, signal);
}
