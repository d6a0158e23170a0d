import type { Static, TSchema } from 'typebox';
import { sensitive } from '../../sensitive.ts';
import { basicValue, fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp, type ForgeRequest } from '../http.ts';
import { apiBase, credentialsUnfit, notOnForge, type ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';
import { azureAddress } from './address.ts';

/** One repository, and how its Azure DevOps is called. */
export interface AzureRepository {
  readonly http: ForgeHttp;
  /** Below the page of the organization: `/Apps/_apis/git/repositories/web`. */
  readonly path: string;
  /** `Apps/web`. */
  readonly name: string;
  /** Page of the repository for people. */
  readonly page: string;
  /** All items of a list that is asked for by how many to skip. */
  all<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S },
    list: { readonly top: string; readonly skip: string; readonly size: number },
    read: (page: Static<S>) => readonly T[],
  ): Promise<readonly T[]>;
}

/** The version of the interface: that of the cloud, and of Azure DevOps Server 2022.1. */
const version = '7.1';

/** Finds the repository. */
export function azureRepository(options: ProviderOptions): AzureRepository {
  const { place, connections, route, apiUrl } = options;
  const address = azureAddress(place, apiUrl);
  if (address === undefined) throw notOnForge(options, '`https://dev.azure.com/organization/project/_git/name`');
  const { home, project, repository } = address;
  const http = openForgeHttp({
    baseUrl: apiUrl ?? apiBase({ ...options, place: { ...place, origin: home.origin } }, home.pathname),
    connections,
    route,
    authorizer: authorizerOf(options),
    headers: {
      accept: `application/json;api-version=${version}`,
      // Who is not known is told so, and not sent to a page to sign in; where that page comes all the same, it comes as 203.
      'x-tfs-fedauthredirect': 'Suppress',
    },
    codes: { 203: 'forge.auth-failed' },
  });
  const homePage = home.href.replace(/\/+$/, '');
  return {
    http,
    path: `/${pathPart(project)}/_apis/git/repositories/${pathPart(repository)}`,
    name: `${project}/${repository}`,
    page: `${homePage}/${pathPart(project)}/_git/${pathPart(repository)}`,
    all(request, { top, skip, size }, read) {
      const { path, query } = request;
      let seen = 0;
      return http.pages({ ...request, query: { ...query, [top]: size, [skip]: seen } }, (answer) => {
        const items = read(answer.body);
        seen += items.length;
        const next = { path, query: { ...query, [top]: size, [skip]: seen } };
        return { items, next: items.length < size ? undefined : next };
      });
    },
  };
}

/** A personal access token goes beside any user name, one of Microsoft Entra by itself: that one is a JSON Web Token. */
function authorizerOf(options: ProviderOptions): Authorizer | undefined {
  const { credentials } = options;
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'github-app')
    throw credentialsUnfit(options, 'a personal access token, or one of Microsoft Entra');
  const token = (credentials.kind === 'token' ? credentials.token : credentials.password).reveal();
  const isEntra = /^ey[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
  return fixedAuthorizer(token, 'authorization', isEntra ? `Bearer ${token}` : basicValue('', sensitive(token)));
}
