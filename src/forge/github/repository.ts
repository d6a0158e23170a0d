import { sensitive } from '../../sensitive.ts';
import { fixedAuthorizer, type Authorizer } from '../credentials.ts';
import { openForgeHttp, type ForgeHttp } from '../http.ts';
import type { ProviderOptions } from '../provider.ts';
import { pathPart } from '../repository-place.ts';
import { gitHubApp } from './app.ts';
import { gitHubHeaders } from './headers.ts';
import { gitHubPlace, type GitHubPlace } from './place.ts';

/** One repository, and how its GitHub is called. */
export interface GitHubRepository {
  readonly http: ForgeHttp;
  readonly owner: string;
  /** Below the base of the API: `/repos/team/web`. */
  readonly path: string;
  /** `team/web`. */
  readonly name: string;
  /** Page of the repository for people. */
  readonly page: string;
}

/** What GitHub gives out at once, at most. */
export const pageSize = 100;

/** GitHub asks for a second between writes where there are many, and for no two at once. */
const writes = { burst: 20, perSecond: 1 };

/** Finds the repository and prepares to call it. */
export function gitHubRepository(options: ProviderOptions): GitHubRepository {
  const { connections, route } = options;
  const place = gitHubPlace(options);
  const { owner, name, api, origin } = place;
  const authorizer = authorizerOf(options, place);
  const below = `${pathPart(owner)}/${pathPart(name)}`;
  return {
    http: openForgeHttp({ baseUrl: api, connections, route, authorizer, headers: gitHubHeaders, writes }),
    owner,
    path: `/repos/${below}`,
    name: `${owner}/${name}`,
    page: `${origin}/${below}`,
  };
}

function authorizerOf(options: ProviderOptions, place: GitHubPlace): Authorizer | undefined {
  const { credentials, connections, route } = options;
  switch (credentials?.kind) {
    case undefined:
      return undefined;
    case 'token':
      return bearer(credentials.token.reveal());
    case 'basic':
      // A password is no way into GitHub: what stands in its place is a token.
      return bearer(credentials.password.reveal());
    case 'github-app': {
      const app = gitHubApp(credentials, place.api, connections, route);
      return {
        // Limits are counted for each installation: one for each owner.
        identity: `GitHub App ${credentials.appId} at ${place.owner}`,
        async authorize(signal) {
          const { token } = await app.token(place, signal);
          return { header: 'authorization', value: sensitive(`Bearer ${token.reveal()}`) };
        },
        renew: (refused) => app.forget(refused.value.reveal().replace(/^Bearer /, '')),
      };
    }
  }
}

function bearer(token: string): Authorizer {
  return fixedAuthorizer(token, 'authorization', `Bearer ${token}`);
}
