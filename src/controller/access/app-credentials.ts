import { type ForgeConnections, type GitHubAppCredentials, installationToken } from '../../forge/index.ts';
import type { Connection, IssuedCredentials } from '../../git/index.ts';

/** A GitHub App, as a Secret names it. */
export interface GitHubAppFound {
  readonly credentials: GitHubAppCredentials;
  /** Where GitHub's interface for programs is, where that does not follow from the repository's URL. */
  readonly apiUrl?: string;
}

/**
 * What Git is let in by where a GitHub App is: a token for the installation, made by the App and kept for as long as it
 * is good. It is asked for over the way that leads to the repository.
 */
export function appCredentials(
  { credentials, apiUrl }: GitHubAppFound,
  repositoryUrl: string,
  { certificateAuthority, clientCertificate, proxy }: Connection,
  connections: ForgeConnections,
): IssuedCredentials {
  const route = {
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  const options = { repositoryUrl, credentials, connections, route, ...(apiUrl === undefined ? {} : { apiUrl }) };
  return {
    kind: 'issued',
    async issue(signal) {
      const { token } = await installationToken(options, { signal });
      return { kind: 'https', username: 'x-access-token', password: token };
    },
  };
}
