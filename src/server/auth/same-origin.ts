import type { FastifyRequest } from 'fastify';
import { plumbError } from '../../errors.ts';
import type { SessionSecret } from './sessions/secret.ts';

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The header in which pages of a session send its token. */
export const csrfHeader = 'x-plumb-csrf';

/**
 * Refuses a request that a page of another origin made. Where it was sent to is not asked: who makes a name stand for
 * this machine chooses that.
 * @throws PlumbError `auth.forged`
 */
export function requireSameOrigin({ headers, method }: FastifyRequest, origins: readonly string[]): void {
  const { origin, 'sec-fetch-site': site } = headers;
  const isUnsafe = !safe.has(method);
  // All browsers name the origin where a page asks for a change.
  if (origin === undefined ? isUnsafe : !origins.includes(origin)) {
    throw plumbError('auth.forged', 'the request comes from a page of another origin');
  }
  // `none` is what a person asked for by hand: an address that was typed, a bookmark.
  const allowed = isUnsafe ? ['same-origin'] : ['same-origin', 'none'];
  if (site !== undefined && !(typeof site === 'string' && allowed.includes(site))) {
    throw plumbError('auth.forged', 'the browser says that the request comes from another site');
  }
}

/**
 * Refuses what changes something and does not show that it comes from a page of this very session.
 * @throws PlumbError `auth.forged`
 */
export function requireOwnPage(request: FastifyRequest, origins: readonly string[], secret: SessionSecret): void {
  requireSameOrigin(request, origins);
  if (safe.has(request.method)) return;
  const token = request.headers[csrfHeader];
  if (typeof token !== 'string' || !secret.isCsrfToken(token)) {
    throw plumbError('auth.forged', `the header ${csrfHeader} is missing, or is not that of this session`);
  }
}
