import type { Static, TSchema } from 'typebox';
import { basicValue, fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp, type ForgeRequest } from '../http.ts';
import { apiBase, credentialsUnfit, notOnForge, type ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';

/** One repository, and how its Gitea is called. */
export interface GiteaRepository {
  readonly http: ForgeHttp;
  /** Below the base of the API: `/repos/team/web`. */
  readonly path: string;
  /** `team/web`. */
  readonly name: string;
  /** Page of the repository for people. */
  readonly page: string;
  /** All items of a list, page after page. */
  all<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
    read: (page: Static<S>) => readonly T[],
  ): Promise<readonly T[]>;
}

/** What Gitea gives out at once, where its administrator has not said otherwise. */
const pageSize = 50;

/** Finds the repository; the last two parts of its URL are its owner and its name. */
export function giteaRepository(options: ProviderOptions): GiteaRepository {
  const { place, connections, route, apiUrl } = options;
  const [owner, repository] = place.path.slice(-2);
  if (owner === undefined || repository === undefined) throw notOnForge(options, '`https://host/owner/name`');
  // Gitea may live below a path of its host; over SSH its clone URLs do not have it.
  const below = place.path
    .slice(0, -2)
    .map((part) => `/${pathPart(part)}`)
    .join('');
  const baseUrl = apiBase(options, `${below}/api/v1`);
  const authorizer = authorizerOf(options);
  const http = openForgeHttp({ baseUrl, connections, route, authorizer, headers: {} });
  // An address for programs may be one that people do not reach; over SSH there is no other.
  const home =
    place.transport === 'ssh' && apiUrl !== undefined
      ? apiUrl.href.replace(/\/api\/v1$/, '')
      : `${place.origin}${below}`;
  return {
    http,
    path: `/repos/${pathPart(owner)}/${pathPart(repository)}`,
    name: `${owner}/${repository}`,
    page: `${home}/${pathPart(owner)}/${pathPart(repository)}`,
    all(request, read) {
      // By number: the links that Gitea gives lead to the address that it thinks it has.
      let page = 1;
      let seen = 0;
      const { path, query } = request;
      return http.pages({ ...request, query: { ...query, limit: pageSize, page } }, (answer) => {
        const items = read(answer.body);
        seen += items.length;
        page += 1;
        const total = Number(answer.headers.get('x-total-count') ?? 0);
        const isLast = items.length === 0 || seen >= total;
        return { items, next: isLast ? undefined : { path, query: { ...query, limit: pageSize, page } } };
      });
    },
  };
}

function authorizerOf(options: ProviderOptions): Authorizer | undefined {
  const { credentials } = options;
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'token') {
    return fixedAuthorizer(credentials.token.reveal(), 'authorization', `token ${credentials.token.reveal()}`);
  }
  if (credentials.kind === 'basic') {
    const value = basicValue(credentials.username, credentials.password);
    return fixedAuthorizer(value, 'authorization', value);
  }
  throw credentialsUnfit(options, 'a token, or a user name and a password');
}
