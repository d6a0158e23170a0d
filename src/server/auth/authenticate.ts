import type { FastifyRequest } from 'fastify';
import { PlumbError, plumbError } from '../../errors.ts';
import { bearerOf } from './bearer.ts';
import type { Cookies } from './cookies.ts';
import type { Guard } from './guard.ts';
import type { Issuer } from './oidc/issuer.ts';
import { requireOwnPage } from './same-origin.ts';
import { parseSessionSecret } from './sessions/secret.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SignedOut } from './sessions/signed-out.ts';
import type { TokenReviewer } from './token-review.ts';
import type { Authenticate, SignedIn } from './types.ts';

/** The ways in which somebody can prove who they are. */
export interface AuthenticateOptions {
  /** Kubernetes bearer tokens. */
  readonly tokens: TokenReviewer;
  /** Bearer tokens that are id tokens of this issuer. */
  readonly issuer?: Issuer | undefined;
  /** Cookies of sessions, for pages under one origin. */
  readonly browser?: BrowserSessions | undefined;
  readonly signedOut: SignedOut;
  readonly guard: Guard;
}

/** Sessions of browsers, and where their pages lie. */
export interface BrowserSessions {
  readonly sessions: Sessions;
  readonly cookies: () => Cookies;
  /** The origins of our own pages. */
  readonly origins: () => readonly string[];
}

/** Finds out who sent a request, by the one credential that it shows: a bearer token goes before a cookie. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  return async (request) => {
    const token = bearerOf(request);
    if (token !== undefined) return ofBearer(request, token, options);
    if (options.browser !== undefined) return ofCookie(request, options.browser, options.guard);
    throw plumbError('auth.required', 'nobody is signed in');
  };
}

async function ofBearer({ ip }: FastifyRequest, token: string, options: AuthenticateOptions): Promise<SignedIn> {
  const { tokens, issuer, signedOut, guard } = options;
  if (issuer?.isMeant(token) === true) {
    // Costs nothing but computing, so that guessing of others keeps nobody from what is good.
    const { user, issuedAt } = await counted(guard, ip, () => issuer.verify(token));
    await signedOut.check(user.username, issuedAt, token);
    return user;
  }
  if (!tokens.isKnown(token)) guard.admit(ip);
  return counted(guard, ip, () => tokens.review(token));
}

async function ofCookie(
  request: FastifyRequest,
  { sessions, cookies, origins }: BrowserSessions,
  guard: Guard,
): Promise<SignedIn> {
  const cookie = cookies().session.read(request);
  if (cookie === undefined) throw plumbError('auth.required', 'nobody is signed in');
  const secret = parseSessionSecret(cookie);
  if (secret === undefined || !sessions.isKnown(secret)) guard.admit(request.ip);
  const { user } = await counted(guard, request.ip, async () => {
    if (secret === undefined) throw plumbError('auth.required', 'the cookie is none of ours');
    return sessions.find(secret);
  });
  if (secret !== undefined) requireOwnPage(request, origins(), secret);
  return user;
}

/** Counts what is refused, and slows down who is refused too often. */
export async function counted<Result>(
  guard: Guard,
  source: string,
  look: () => Promise<Result>,
  account?: string,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code === 'auth.unavailable') throw error;
    guard.admit(source, account);
    guard.failed(source, account);
    throw error;
  }
}
