import { apiBase, notOnForge, type ProviderOptions } from '../provider.ts';
import type { RepositoryPlace } from '../repository-place.ts';

/** A repository on GitHub, and where GitHub is. */
export interface GitHubPlace {
  readonly owner: string;
  readonly name: string;
  /** Where the interface for programs begins: `https://api.github.com`, `https://github.example.com/api/v3`. */
  readonly api: URL;
  /** Where people find it. */
  readonly origin: string;
}

/**
 * Finds a repository by its URL.
 * @throws PlumbError `forge.url-invalid`
 */
export function gitHubPlace(options: ProviderOptions): GitHubPlace {
  const { place } = options;
  const [owner, name, ...more] = place.path;
  if (owner === undefined || name === undefined || more.length > 0) {
    throw notOnForge(options, '`https://host/owner/name`');
  }
  const origin = originOf(place);
  const { host } = new URL(origin);
  // github.com, and each company at ghe.com, has its interface at a host of its own.
  const isCloud = host === 'github.com' || host.endsWith('.ghe.com');
  const api = isCloud && options.apiUrl === undefined ? new URL(`https://api.${host}`) : apiBase(options, '/api/v3');
  return { owner, name, api, origin };
}

function originOf({ host, origin }: RepositoryPlace): string {
  return host === 'ssh.github.com' ? 'https://github.com' : origin;
}
