import type { RepositoryPlace } from '../repository-place.ts';

/** Where a repository lies in Azure DevOps, whichever way its URL is written. */
export interface AzureAddress {
  /** Page of the organization, or of the collection on a server of one's own, where the interface begins. */
  readonly home: URL;
  readonly project: string;
  readonly repository: string;
}

const cloud = 'https://dev.azure.com';
const sshHosts = new Set(['ssh.dev.azure.com', 'vs-ssh.visualstudio.com']);

/**
 * Reads the forms that there are: `dev.azure.com/ORG/PROJECT/_git/REPO`, `ORG.visualstudio.com/PROJECT/_git/REPO`, both
 * over SSH as `v3/ORG/PROJECT/REPO`, and `HOST/…/COLLECTION/PROJECT/_git/REPO`; without the project where it is named like
 * the repository. Undefined where it is none of them.
 * @param collection address of the collection on a server of one's own, where it is known by other means
 */
export function azureAddress(place: RepositoryPlace, collection?: URL): AzureAddress | undefined {
  if (sshHosts.has(place.host)) {
    const [version, organization, project, repository, ...more] = place.path;
    const isWhole = organization !== undefined && project !== undefined && repository !== undefined;
    if (version !== 'v3' || !isWhole || more.length > 0) return undefined;
    return { home: organizationPage(organization), project, repository };
  }
  const { before, repository } = splitAtGit(place.path);
  if (before === undefined || repository === undefined) return undefined;
  const old = /^([^.]+)\.visualstudio\.com$/.exec(place.host)?.[1];
  if (place.host === 'dev.azure.com' || old !== undefined) {
    const rest = old === undefined ? before.slice(1) : before.filter((part) => !/^defaultcollection$/i.test(part));
    const organization = old ?? before[0];
    if (organization === undefined || rest.length > 1) return undefined;
    return { home: organizationPage(organization), project: rest[0] ?? repository, repository };
  }
  // One part before is the collection; of more the last is the project.
  const known = collection?.pathname.split('/').filter((part) => part !== '').length;
  const depth = known ?? Math.max(1, before.length - 1);
  if (before.length === 0 || before.length < depth || before.length > depth + 1) return undefined;
  const path = before.slice(0, depth).map(encodeURIComponent).join('/');
  const isReachable = place.transport !== 'ssh' || collection === undefined;
  return {
    home: isReachable ? new URL(`/${path}`, place.origin) : collection,
    project: before[depth] ?? repository,
    repository,
  };
}

function organizationPage(organization: string): URL {
  return new URL(`/${encodeURIComponent(organization)}`, cloud);
}

function splitAtGit(path: readonly string[]): { readonly before?: readonly string[]; readonly repository?: string } {
  const index = path.findIndex((part) => part === '_git' || part === '_ssh');
  if (index < 0) return {};
  // Partial clones have a URL of their own.
  const after = path.slice(index + 1).filter((part) => part !== '_full' && part !== '_optimized');
  const [repository] = after;
  return after.length === 1 && repository !== undefined ? { before: path.slice(0, index), repository } : {};
}
