import type { Static, TSchema } from 'typebox';
import { fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { nextLink, openForgeHttp, type ForgeAnswer, type ForgeHttp, type ForgeRequest } from '../http.ts';
import { apiBase, credentialsUnfit, notOnForge, type ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';

/** One project, and how its GitLab is called. */
export interface GitLabProject {
  readonly http: ForgeHttp;
  /** Below the base of the API, the path of the project as one part: `/projects/team%2Fapps%2Fweb`. */
  readonly path: string;
  /** `team/apps/web`. */
  readonly name: string;
  /** Page of the project for people. */
  readonly page: string;
  /** All items of a list, page after page. */
  all<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
    read: (page: Static<S>) => readonly T[],
  ): Promise<readonly T[]>;
}

/** The most that GitLab gives at once. */
const pageSize = 100;
const apiPath = '/api/v4';

/** Finds the project; groups may lie in groups. */
export function gitLabProject(options: ProviderOptions): GitLabProject {
  const { place, connections, route, apiUrl } = options;
  const baseUrl = apiBase(options, apiPath);
  // GitLab may live below a path of its host, which only its API address tells; over SSH clone URLs do not have it.
  const apiHome = baseUrl.href.replace(/\/api\/v4$/, '');
  const below = new URL(apiHome).pathname.split('/').filter((part) => part !== '');
  const isBelow = place.transport !== 'ssh' && below.every((part, index) => place.path[index] === part);
  const parts = isBelow ? place.path.slice(below.length) : place.path;
  if (parts.length < 2) throw notOnForge(options, '`https://host/group/project`, or with more groups between');
  const http = openForgeHttp({ baseUrl, connections, route, authorizer: authorizerOf(options), headers: {} });
  const name = parts.join('/');
  return {
    http,
    path: `/projects/${pathPart(name)}`,
    name,
    // An address for programs may be one that people do not reach; over SSH there is no other.
    page:
      place.transport === 'ssh' && apiUrl !== undefined
        ? `${apiHome}/${parts.map(pathPart).join('/')}`
        : `${place.origin}/${place.path.map(pathPart).join('/')}`,
    all(request, read) {
      const { path, query } = request;
      return http.pages({ ...request, query: { per_page: pageSize, ...query } }, (answer) => {
        const next = nextQuery(answer);
        return { items: read(answer.body), next: next === undefined ? undefined : { path, query: next } };
      });
    },
  };
}

/** What to ask for next. Of the link only its query counts: it leads to the address that GitLab thinks it has. */
function nextQuery(answer: ForgeAnswer<unknown>): Record<string, string> | undefined {
  const link = nextLink(answer);
  const url = link === undefined ? null : URL.parse(link.path);
  return url === null ? undefined : Object.fromEntries(url.searchParams);
}

/** Tokens of people, projects and groups and those of OAuth are all taken as bearer tokens. */
function authorizerOf(options: ProviderOptions): Authorizer | undefined {
  const { credentials } = options;
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'github-app') throw credentialsUnfit(options, 'an access token');
  // With Git a token stands in the place of the password, beside a user name that does not matter.
  const token = (credentials.kind === 'token' ? credentials.token : credentials.password).reveal();
  return fixedAuthorizer(token, 'authorization', `Bearer ${token}`);
}
