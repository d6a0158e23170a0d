import type * as OpenIdClient from 'openid-client';
import type { JWTVerifyGetKey } from 'jose';
import type { Egress } from '../../../egress.ts';
import { PlumbError, plumbError } from '../../../errors.ts';
import { type Sensitive, sensitive } from '../../../sensitive.ts';
import type { SignedIn } from '../types.ts';
import { userOfClaims } from './claims.ts';
import { claimsToBeOf, clockTolerance, verifyIdToken } from './id-token.ts';
import { connectIssuer, type IssuerConnection, type IssuerFetch } from './issuer-fetch.ts';
import { audiencesOf, checkSettings, type OidcSettings } from './settings.ts';

/** What an issuer is made with. */
export interface IssuerOptions {
  readonly settings: OidcSettings;
  readonly egress: Pick<Egress, 'check' | 'lookup'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds between looks for new keys of the issuer: 30 s where left out. */
  readonly keyCooldown?: number;
}

/** What one browser's sign-in is bound to, between its beginning and its end. */
export interface SignInAttempt {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE: without it the code is worth nothing. */
  readonly verifier: string;
}

/** Somebody for whom the issuer vouches. */
export interface Vouched {
  readonly user: SignedIn;
  /** The issuer's own name for them, which stays when others change. */
  readonly subject: string;
  readonly refreshToken: Sensitive | undefined;
}

/** Somebody who shows an id token. Times are milliseconds since 1970. */
export interface Bearer {
  readonly user: SignedIn;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** An OIDC issuer. Every failure is a PlumbError that quotes no token. */
export interface Issuer {
  /**
   * Where to send the browser.
   * @param wish again: the issuer shall ask who it is, though it may know somebody
   * @throws PlumbError `auth.unavailable`
   */
  begin(attempt: SignInAttempt, redirectUri: string, wish?: { readonly again: boolean }): Promise<URL>;
  /**
   * What the browser brought back, in exchange for who it is.
   * @throws PlumbError `auth.required`, `auth.claims`, `auth.unavailable`
   */
  finish(callback: URL, attempt: SignInAttempt): Promise<Vouched>;
  /**
   * Who somebody is now; undefined for the user where the issuer does not say it again.
   * @throws PlumbError `auth.required` where the issuer does not vouch for them any more, `auth.claims`, `auth.unavailable`
   */
  refresh(token: Sensitive, subject: string): Promise<Omit<Vouched, 'user'> & { readonly user: SignedIn | undefined }>;
  /** Whose an id token is. @throws PlumbError `auth.required`, `auth.claims`, `auth.unavailable` */
  verify(idToken: string): Promise<Bearer>;
  /** Whether a token says that it is of this issuer, so that the issuer has to judge it. Nothing is proved by that. */
  isMeant(token: string): boolean;
  /** Has a refresh token forgotten, where the issuer does such a thing. */
  revoke(token: Sensitive): Promise<void>;
  close(): Promise<void>;
}

interface Discovered {
  readonly library: typeof OpenIdClient;
  readonly configuration: OpenIdClient.Configuration;
  readonly keys: JWTVerifyGetKey;
  readonly secret: CurrentSecret;
  readonly until: number;
}

/** The secret of the client as it was read last; undefined before, and for a public client. */
interface CurrentSecret {
  now: Sensitive | undefined;
}

/** Milliseconds after which the issuer is asked for its addresses again. */
const discoveredFor = 60 * 60 * 1000;

/**
 * Nothing is asked before it is needed, so that an issuer that is down keeps nobody from starting.
 * @throws PlumbError `auth.settings`, `egress.refused`
 */
export function createIssuer({ settings, egress, now, keyCooldown = 30_000 }: IssuerOptions): Issuer {
  checkSettings(settings, egress);
  let connection: Promise<IssuerConnection> | undefined;
  let discovered: Promise<Discovered> | undefined;

  const connect = (): Promise<IssuerConnection> => {
    const { certificateAuthority } = settings;
    connection ??= connectIssuer({ egress, ...(certificateAuthority === undefined ? {} : { certificateAuthority }) });
    return connection;
  };
  const find = async (): Promise<Discovered> => {
    const { fetch } = await connect();
    return discover(settings, fetch, keyCooldown, now() + discoveredFor);
  };
  const discovery = async (): Promise<Discovered> => {
    const known = discovered;
    if (known !== undefined && (await known).until > now()) return known;
    if (discovered === known) {
      const asked = find();
      discovered = asked;
      asked.catch(() => {
        // Where it was known before, those addresses serve on.
        if (discovered === asked) discovered = known;
      });
    }
    return discovered ?? find();
  };
  /** The issuer, with the secret of the client as it is now. */
  const authenticated = async (): Promise<Discovered> => {
    const found = await discovery();
    found.secret.now = await settings.clientSecret?.().catch((error: unknown) => {
      // What cannot be read at the moment is most likely still what it was.
      if (found.secret.now === undefined) throw error;
      return found.secret.now;
    });
    return found;
  };
  const rules = ({ keys }: Discovered) => ({ issuer: settings.issuer, audiences: audiencesOf(settings), keys, now });

  return {
    async begin({ state, nonce, verifier }, redirectUri, { again } = { again: false }) {
      const { library, configuration } = await discovery().catch(failed);
      // Many issuers give a refresh token only to those who were asked.
      const prompts = [...(again ? ['login'] : []), ...(settings.scopes.includes('offline_access') ? ['consent'] : [])];
      return library.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(prompts.length === 0 ? {} : { prompt: prompts.join(' ') }),
      });
    },
    async finish(callback, { state, nonce, verifier }) {
      const found = await authenticated().catch(failed);
      const { library, configuration } = found;
      const checks = {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      };
      const tokens = await library.authorizationCodeGrant(configuration, callback, checks).catch(failed);
      const claims = await verifyIdToken(tokens.id_token ?? '', rules(found));
      if (claims['nonce'] !== nonce) throw plumbError('auth.required', 'the id token is for another sign-in');
      return {
        user: userOfClaims(claims, settings.claims),
        subject: claims.sub ?? '',
        refreshToken: tokens.refresh_token === undefined ? undefined : sensitive(tokens.refresh_token),
      };
    },
    async refresh(token, subject) {
      const found = await authenticated().catch(failed);
      const { library, configuration } = found;
      const tokens = await library.refreshTokenGrant(configuration, token.reveal()).catch(failed);
      const refreshToken = tokens.refresh_token === undefined ? token : sensitive(tokens.refresh_token);
      if (tokens.id_token === undefined) return { user: undefined, subject, refreshToken };
      const claims = await verifyIdToken(tokens.id_token, rules(found));
      if (claims.sub !== subject) throw plumbError('auth.required', 'the issuer vouches for somebody else now');
      return { user: userOfClaims(claims, settings.claims), subject, refreshToken };
    },
    async verify(idToken) {
      const found = await discovery().catch(failed);
      const claims = await verifyIdToken(idToken, rules(found));
      const { iat = 0, exp = 0 } = claims;
      return { user: userOfClaims(claims, settings.claims), issuedAt: iat * 1000, expiresAt: exp * 1000 };
    },
    isMeant: (token) => claimsToBeOf(token, settings.issuer),
    async revoke(token) {
      const { library, configuration } = await authenticated().catch(failed);
      if (configuration.serverMetadata().revocation_endpoint === undefined) return;
      await library.tokenRevocation(configuration, token.reveal()).catch(failed);
    },
    async close() {
      const opened = await connection?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function discover(
  settings: OidcSettings,
  fetch: IssuerFetch,
  cooldownDuration: number,
  until: number,
): Promise<Discovered> {
  const [library, jose] = await Promise.all([import('openid-client'), import('jose')]);
  const issuer = new URL(settings.issuer);
  const secret: CurrentSecret = { now: undefined };
  const configuration = await library.discovery(
    issuer,
    settings.clientId,
    { [library.clockTolerance]: clockTolerance },
    settings.clientSecret === undefined ? library.None() : clientAuthentication(library, secret),
    {
      [library.customFetch]: fetch,
      timeout: 10,
      // The settings have been looked at: only on this machine.
      execute: issuer.protocol === 'http:' ? [library.allowInsecureRequests] : [],
    },
  );
  const { issuer: named, jwks_uri: location } = configuration.serverMetadata();
  if (named !== settings.issuer || location === undefined) {
    throw plumbError('auth.unavailable', 'the OIDC issuer calls itself something else, or has no keys');
  }
  const keysUrl = new URL(location);
  if (keysUrl.protocol !== 'https:' && issuer.protocol === 'https:') {
    throw plumbError('auth.unavailable', 'the OIDC issuer has its keys at a URL without TLS');
  }
  const keys = jose.createRemoteJWKSet(keysUrl, {
    [jose.customFetch]: fetch,
    cooldownDuration,
  });
  return { library, configuration, keys, secret, until };
}

/** Basic is what the specification has for default; a server that names ways without it takes the secret in the form. */
function clientAuthentication(library: typeof OpenIdClient, secret: CurrentSecret): OpenIdClient.ClientAuth {
  return (server, client, body, headers) => {
    const known = server.token_endpoint_auth_methods_supported;
    const isBasic = known === undefined || known.includes('client_secret_basic');
    const way = isBasic ? library.ClientSecretBasic : library.ClientSecretPost;
    return way(secret.now?.reveal() ?? '')(server, client, body, headers);
  };
}

/** What the library calls an answer that is not the one to the sign-in that was begun. */
const notOurs: ReadonlySet<string> = new Set([
  'OAUTH_AUTHORIZATION_RESPONSE_ERROR',
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_INVALID_REQUEST',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
]);

/**
 * An answer that says no is a refusal; whatever else goes wrong is nobody's fault who signs in. What was thrown holds
 * what the issuer answered, tokens too: of it only the codes go on.
 */
function failed(thrown: unknown): never {
  if (thrown instanceof PlumbError) throw thrown;
  const {
    code = '',
    error,
    status = 500,
    cause,
  } = thrown as {
    readonly code?: string;
    readonly error?: string;
    readonly status?: number;
    readonly cause?: unknown;
  };
  const isNo = code === 'OAUTH_RESPONSE_BODY_ERROR' && status < 500 && error !== 'invalid_client';
  const known = [error, code, (cause as { readonly code?: unknown } | undefined)?.code];
  const why = known.find((each): each is string => typeof each === 'string' && /^\w{1,60}$/.test(each));
  const words = why === undefined ? '' : ` (${why})`;
  if (isNo || notOurs.has(code)) {
    throw plumbError('auth.required', `the OIDC issuer did not confirm the sign-in${words}`);
  }
  throw plumbError('auth.unavailable', `the OIDC issuer does not answer as it should${words}`);
}
