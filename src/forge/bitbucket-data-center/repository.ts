import type { Static, TSchema } from 'typebox';
import { basicValue, fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp, type ForgeRequest } from '../http.ts';
import { apiBase, credentialsUnfit, notOnForge, type ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';

/** One page of a list, as Bitbucket Data Center gives it. */
interface ListPage {
  readonly isLastPage: boolean;
  readonly nextPageStart?: number | null;
}

/** One repository, and how its Bitbucket Data Center is called. */
export interface BitbucketRepository {
  readonly http: ForgeHttp;
  /** Below the base of the server: `/rest/api/latest/projects/TEAM/repos/web`. */
  readonly path: string;
  /** As `path`, of the part of the interface that knows branches. */
  readonly branchesPath: string;
  /** `TEAM/web`. */
  readonly name: string;
  /** Page of the repository for people. */
  readonly page: string;
  /** All items of a list, page after page. */
  all<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
    read: (page: Static<S>) => ListPage & { readonly items: readonly T[] },
  ): Promise<readonly T[]>;
}

const pageSize = 100;
const form = '`https://host/scm/KEY/name`, or with `~user` for the key';

/** Finds the repository; the last two parts of its URL are the key of its project, or `~user`, and its name. */
export function bitbucketRepository(options: ProviderOptions): BitbucketRepository {
  const { place, connections, route, apiUrl } = options;
  const [key, name] = place.path.slice(-2);
  if (key === undefined || name === undefined) throw notOnForge(options, form);
  // Over HTTP the path of the product on its host comes first, and then `scm`; over SSH there is neither.
  const before = place.path.slice(0, -2);
  const context = before.at(-1) === 'scm' ? before.slice(0, -1) : [];
  if (place.transport !== 'ssh' && before.at(-1) !== 'scm') throw notOnForge(options, form);
  const given = apiUrl === undefined ? undefined : new URL(apiUrl.href.replace(/\/rest(?:\/api\/[\w.]+)?$/, ''));
  const below = `/${context.map(pathPart).join('/')}`;
  const baseUrl = given ?? apiBase(options, below);
  // An address for programs may be one that people do not reach; over SSH there is no other.
  const home = place.transport === 'ssh' ? baseUrl : new URL(below, place.origin);
  const http = openForgeHttp({
    baseUrl,
    connections,
    route,
    authorizer: authorizerOf(options),
    // Without it the server takes a request that has no body for one that a browser was made to send.
    headers: { 'x-atlassian-token': 'no-check' },
    // Who is known and may not is told so with 401 too.
    codes: { 401: (said) => (/not permitted|insufficient permission/i.test(said) ? 'forge.forbidden' : undefined) },
  });
  const repository = `projects/${pathPart(key)}/repos/${pathPart(name)}`;
  return {
    http,
    path: `/rest/api/latest/${repository}`,
    branchesPath: `/rest/branch-utils/latest/${repository}`,
    name: `${key}/${name}`,
    page: `${home.href.replace(/\/+$/, '')}/${repository}`,
    all(request, read) {
      const { path, query } = request;
      return http.pages({ ...request, query: { limit: pageSize, ...query } }, (answer) => {
        const { items, isLastPage, nextPageStart: start } = read(answer.body);
        const isLast = isLastPage || start === undefined || start === null;
        return { items, next: isLast ? undefined : { path, query: { limit: pageSize, ...query, start } } };
      });
    },
  };
}

function authorizerOf(options: ProviderOptions): Authorizer | undefined {
  const { credentials } = options;
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'github-app')
    throw credentialsUnfit(options, 'an HTTP access token, or a user name and a password');
  // Git carries the token of a project or a repository beside this name, which no user has.
  if (credentials.kind === 'basic' && credentials.username !== 'x-token-auth') {
    const value = basicValue(credentials.username, credentials.password);
    return fixedAuthorizer(value, 'authorization', value);
  }
  const token = (credentials.kind === 'token' ? credentials.token : credentials.password).reveal();
  return fixedAuthorizer(token, 'authorization', `Bearer ${token}`);
}
