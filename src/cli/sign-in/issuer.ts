import type * as OpenIdClient from 'openid-client';
import { plumbError } from '../../errors.ts';
import { isLoopback } from './loopback.ts';
import type { SignInEntry } from './sign-ins.ts';

/** Where a server sends those who sign in. */
export interface IssuerOfServer {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** The tokens of a person, as they are kept. */
export type OidcEntry = Extract<SignInEntry, { kind: 'oidc' }>;

/** What a person has to do elsewhere: open the page, and enter the code. */
export interface DevicePrompt {
  readonly url: string;
  readonly code: string;
  /** The page with the code in it, where the issuer has such a one. */
  readonly completeUrl?: string;
}

interface Connected {
  readonly library: typeof OpenIdClient;
  readonly configuration: OpenIdClient.Configuration;
}

async function connect({ issuer, clientId }: Pick<IssuerOfServer, 'issuer' | 'clientId'>): Promise<Connected> {
  const library = await import('openid-client');
  const url = new URL(issuer);
  const execute = url.protocol === 'http:' && isLoopback(url) ? [library.allowInsecureRequests] : [];
  const configuration = await library.discovery(url, clientId, undefined, library.None(), { execute, timeout: 20 });
  return { library, configuration };
}

/**
 * Signs in with the device flow (RFC 8628): this program shows a code, and the person confirms it in any browser.
 * @throws PlumbError `cli.sign-in-failed`
 */
export async function signInByDevice(
  { issuer, clientId, scopes }: IssuerOfServer,
  prompt: (what: DevicePrompt) => void,
  signal: AbortSignal,
): Promise<OidcEntry> {
  try {
    const { library, configuration } = await connect({ issuer, clientId });
    const answer = await library.initiateDeviceAuthorization(configuration, { scope: scopes.join(' ') });
    const { user_code: code, verification_uri: url, verification_uri_complete: completeUrl } = answer;
    prompt({ url, code, ...(completeUrl === undefined ? {} : { completeUrl }) });
    const tokens = await library.pollDeviceAuthorizationGrant(configuration, answer, undefined, { signal });
    return entryOf({ issuer, clientId }, tokens);
  } catch (error) {
    signal.throwIfAborted();
    throw failure('the OIDC issuer did not let anybody in', error);
  }
}

/**
 * Fresh tokens for those that end.
 * @throws PlumbError `cli.signed-out` where the issuer does not give any more; `cli.sign-in-failed`
 */
export async function refreshTokens(entry: OidcEntry): Promise<OidcEntry> {
  if (entry.refreshToken === undefined) throw plumbError('cli.signed-out', 'the sign-in has ended');
  try {
    const { library, configuration } = await connect(entry);
    const tokens = await library.refreshTokenGrant(configuration, entry.refreshToken);
    return { refreshToken: entry.refreshToken, ...entryOf(entry, tokens) };
  } catch (error) {
    const { error: said } = error as { readonly error?: unknown };
    if (said === 'invalid_grant') throw plumbError('cli.signed-out', 'the OIDC issuer has ended the sign-in');
    throw failure('the OIDC issuer gives no fresh tokens', error);
  }
}

/** Has the issuer forget the sign-in. @throws PlumbError `cli.sign-in-failed` */
export async function revokeTokens(entry: OidcEntry): Promise<void> {
  if (entry.refreshToken === undefined) return;
  try {
    const { library, configuration } = await connect(entry);
    if (configuration.serverMetadata().revocation_endpoint === undefined) return;
    await library.tokenRevocation(configuration, entry.refreshToken);
  } catch (error) {
    throw failure('the OIDC issuer did not take back the sign-in', error);
  }
}

type Tokens = OpenIdClient.TokenEndpointResponse & OpenIdClient.TokenEndpointResponseHelpers;

function entryOf({ issuer, clientId }: Pick<OidcEntry, 'issuer' | 'clientId'>, tokens: Tokens): OidcEntry {
  const claims = tokens.claims();
  if (tokens.id_token === undefined || claims === undefined) {
    throw plumbError('cli.sign-in-failed', 'the OIDC issuer gives no id token; its scopes need openid');
  }
  return {
    kind: 'oidc',
    issuer,
    clientId,
    idToken: tokens.id_token,
    expiresAt: claims.exp * 1000,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
  };
}

/** Of what was thrown only the codes go on: it may hold what the issuer answered. */
function failure(what: string, thrown: unknown): Error {
  if ((thrown as Error).name === 'PlumbError') return thrown as Error;
  const { error, code, cause } = thrown as { error?: unknown; code?: unknown; cause?: { code?: unknown } };
  const why = [error, cause?.code, code].find((each) => typeof each === 'string' && /^\w{1,60}$/.test(each));
  return plumbError('cli.sign-in-failed', `${what}${typeof why === 'string' ? ` (${why})` : ''}`);
}
