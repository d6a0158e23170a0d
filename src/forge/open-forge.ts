import { plumbError } from '../errors.ts';
import { apiAddress } from './api-address.ts';
import { openAzureDevOps } from './azure-devops/azure-devops.ts';
import { openBitbucketCloud } from './bitbucket-cloud/bitbucket-cloud.ts';
import { openBitbucketDataCenter } from './bitbucket-data-center/bitbucket-data-center.ts';
import type { ForgeConnections, Route } from './connections.ts';
import type { ForgeCredentials } from './credentials.ts';
import { openGitea } from './gitea/gitea.ts';
import { openGitHub } from './github/github.ts';
import { openGitLab } from './gitlab/gitlab.ts';
import type { Provider } from './provider.ts';
import { repositoryPlace } from './repository-place.ts';
import type { Forge, ForgeKind } from './types.ts';

/** Which repository on which forge, and how it is called. */
export interface ForgeOptions {
  /** The clone URL of the repository, in any form that Git takes. */
  readonly repositoryUrl: string;
  /** Told by the host where it is not given, for hosts that everybody knows. */
  readonly kind?: ForgeKind;
  /** The address of the interface for programs, where it does not follow from the repository's. */
  readonly apiUrl?: string;
  readonly credentials?: ForgeCredentials;
  readonly route?: Route;
  readonly connections: ForgeConnections;
}

const providers: Readonly<Record<ForgeKind, Provider>> = {
  GitHub: openGitHub,
  Gitea: openGitea,
  Forgejo: openGitea,
  GitLab: openGitLab,
  BitbucketCloud: openBitbucketCloud,
  BitbucketDataCenter: openBitbucketDataCenter,
  AzureDevOps: openAzureDevOps,
};

const knownHosts: Readonly<Record<string, ForgeKind>> = {
  'github.com': 'GitHub',
  'ssh.github.com': 'GitHub',
  'gitlab.com': 'GitLab',
  'altssh.gitlab.com': 'GitLab',
  'bitbucket.org': 'BitbucketCloud',
  'altssh.bitbucket.org': 'BitbucketCloud',
  'dev.azure.com': 'AzureDevOps',
  'ssh.dev.azure.com': 'AzureDevOps',
  'vs-ssh.visualstudio.com': 'AzureDevOps',
  'codeberg.org': 'Forgejo',
  'gitea.com': 'Gitea',
};

/** The product at the host of a repository, where everybody knows it. */
export function knownForge(repositoryUrl: string): ForgeKind | undefined {
  const { host } = repositoryPlace(repositoryUrl);
  return knownHosts[host] ?? (host.endsWith('.visualstudio.com') ? 'AzureDevOps' : undefined);
}

/**
 * Opens a repository on its forge. Nothing is sent before the first call.
 * @throws PlumbError `forge.url-invalid`, `forge.unknown-kind`, `forge.credentials-invalid`
 */
export function openForge(options: ForgeOptions): Forge {
  const place = repositoryPlace(options.repositoryUrl);
  const kind = options.kind ?? knownForge(options.repositoryUrl);
  if (kind === undefined) {
    throw plumbError('forge.unknown-kind', `it is not known which forge runs at ${place.host}`);
  }
  return providers[kind]({
    kind,
    place,
    connections: options.connections,
    route: options.route ?? {},
    ...(options.apiUrl === undefined ? {} : { apiUrl: apiAddress(options.apiUrl) }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  });
}
