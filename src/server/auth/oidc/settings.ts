import type { Sensitive } from '../../../sensitive.ts';
import type { Egress } from '../../../egress.ts';
import { type Problem, throwProblems } from '../../../errors.ts';

/** How people are known by an OIDC issuer. */
export interface OidcSettings {
  /** Exactly as the issuer writes it: `https://login.example.com/realms/team`. */
  readonly issuer: string;
  readonly clientId: string;
  /** Asked before each use, as it may be renewed at any time; left out for a public client. */
  readonly clientSecret?: () => Promise<Sensitive>;
  /** The client of `plumb login`, which can keep no secret; `clientId` where left out. */
  readonly cliClientId?: string;
  /** Certificates in PEM form by which the issuer's is verified, in the place of the system's. */
  readonly certificateAuthority?: string;
  readonly scopes: readonly string[];
  readonly claims: ClaimSettings;
}

/** Which claims say who somebody is, and what is put before them. */
export interface ClaimSettings {
  readonly username: string;
  /** Put before the name, so that nobody is somebody of another kind by accident: `oidc:`. */
  readonly usernamePrefix: string;
  /** Undefined where the issuer tells of no groups. */
  readonly groups: string | undefined;
  readonly groupsPrefix: string;
  readonly email: string;
}

/** What is taken where nothing else is said. */
export const defaultClaims: ClaimSettings = {
  username: 'preferred_username',
  usernamePrefix: 'oidc:',
  groups: 'groups',
  groupsPrefix: 'oidc:',
  email: 'email',
};

/** What is taken where nothing else is said; a refresh token needs the last one. */
export const defaultScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** The clients whose tokens count. */
export function audiencesOf({ clientId, cliClientId }: OidcSettings): readonly string[] {
  return cliClientId === undefined || cliClientId === clientId ? [clientId] : [clientId, cliClientId];
}

/** True for an address of this machine, where nobody lies between. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * Looks at everything that can be wrong without asking anybody.
 * @throws PlumbError `auth.settings` with all that is wrong; `egress.refused`
 */
export function checkSettings(settings: OidcSettings, egress: Pick<Egress, 'check'>): void {
  const problems: Problem[] = [];
  const wrong = (message: string): void => void problems.push({ code: 'auth.settings', message });
  const url = URL.parse(settings.issuer);
  if (url === null || !/^https?:$/.test(url.protocol)) wrong('the OIDC issuer is no URL');
  else if (url.protocol !== 'https:' && !isLoopback(url)) wrong('the OIDC issuer has to begin with https://');
  else if (url.username + url.password + url.search + url.hash !== '') {
    wrong('the URL of the OIDC issuer holds a user, a query or a fragment');
  }
  if (settings.clientId.trim() === '') wrong('the id of the OIDC client is empty');
  if (!settings.scopes.includes('openid')) wrong('the OIDC scopes lack openid');
  const { username, usernamePrefix, groups, groupsPrefix } = settings.claims;
  if (username.trim() === '' || groups?.trim() === '') wrong('the name of an OIDC claim is empty');
  for (const prefix of [usernamePrefix, groupsPrefix]) {
    if (prefix.startsWith('system:')) wrong('an OIDC prefix begins with system:, which is for Kubernetes itself');
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(prefix)) wrong('an OIDC prefix has a character that cannot be shown');
  }
  throwProblems(problems);
  if (url !== null) egress.check(url);
}
