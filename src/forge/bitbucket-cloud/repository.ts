import type { Static, TSchema } from 'typebox';
import { basicValue, fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp, type ForgeRequest } from '../http.ts';
import { credentialsUnfit, notOnForge, type ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';

/** One repository, and how Bitbucket Cloud is called. */
export interface BitbucketRepository {
  readonly http: ForgeHttp;
  /** Below the base of the API: `/repositories/team/web`. */
  readonly path: string;
  /** `team/web`. */
  readonly name: string;
  /** Page of the repository for people. */
  readonly page: string;
  /** All items of a list, page after page. */
  all<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
    read: (page: Static<S>) => { readonly next?: string; readonly items: readonly T[] },
  ): Promise<readonly T[]>;
}

/** The most that every list gives at once. */
const pageSize = 50;

const hosts = new Set(['bitbucket.org', 'altssh.bitbucket.org', 'www.bitbucket.org']);

/** Finds the repository; there is one host, and its API is on another. */
export function bitbucketRepository(options: ProviderOptions): BitbucketRepository {
  const { place, connections, route, apiUrl } = options;
  const [workspace, name, ...more] = place.path;
  const isThere = hosts.has(place.host) && more.length === 0;
  if (workspace === undefined || name === undefined || !isThere) {
    throw notOnForge(options, '`https://bitbucket.org/workspace/name`');
  }
  const baseUrl = apiUrl ?? new URL('https://api.bitbucket.org/2.0');
  const http = openForgeHttp({ baseUrl, connections, route, authorizer: authorizerOf(options), headers: {} });
  const repository = `${pathPart(workspace)}/${pathPart(name)}`;
  return {
    http,
    path: `/repositories/${repository}`,
    name: `${workspace}/${name}`,
    page: `https://bitbucket.org/${repository}`,
    all(request, read) {
      return http.pages({ ...request, query: { pagelen: pageSize, ...request.query } }, (answer) => {
        const { items, next } = read(answer.body);
        return { items, next: next === undefined ? undefined : nextPage(next) };
      });
    },
  };
}

/** Of a link to the next page, what comes after the base of the API: some links name another host for the same. */
function nextPage(next: string): { readonly path: string } {
  const url = URL.parse(next);
  return { path: url === null ? next : `${url.pathname.replace(/^.*?\/2\.0\//, '/')}${url.search}` };
}

function authorizerOf(options: ProviderOptions): Authorizer | undefined {
  const { credentials } = options;
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'github-app') {
    throw credentialsUnfit(options, 'an access token, or the e-mail address of an account and its API token');
  }
  // Git carries an access token beside this name, which no account has.
  if (credentials.kind === 'basic' && credentials.username !== 'x-token-auth') {
    const value = basicValue(credentials.username, credentials.password);
    return fixedAuthorizer(value, 'authorization', value);
  }
  const token = (credentials.kind === 'token' ? credentials.token : credentials.password).reveal();
  return fixedAuthorizer(token, 'authorization', `Bearer ${token}`);
}
