import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { PlumbError, plumbError } from '../../errors.ts';
import { counted } from './authenticate.ts';
import type { SignInAttempt, Vouched } from './oidc/issuer.ts';
import { returnPath, under } from './return-to.ts';
import { logSignIn, redeemLink, sessionOf, type SignInRoutes } from './routes.ts';
import { requireSameOrigin } from './same-origin.ts';
import { signInPage } from './sign-in-page.ts';
import type { SignedIn } from './types.ts';

/** The routes for browsers, and what they need. */
type BrowserRoutes = SignInRoutes & { readonly browser: NonNullable<SignInRoutes['browser']> };

/** Seconds for a sign-in from beginning to end. */
const attemptLife = 600;
const bodyLimit = 4096;

const attemptSchema = Type.Object({
  state: Type.String({ minLength: 20 }),
  nonce: Type.String({ minLength: 20 }),
  verifier: Type.String({ minLength: 43, maxLength: 128 }),
  returnTo: Type.String(),
});
type Attempt = Static<typeof attemptSchema>;
const random = (): string => randomBytes(32).toString('base64url');

/** `/login`, `/auth/login`, `/auth/callback`, `/auth/session` and `/auth/link`. */
export function addBrowserRoutes(app: FastifyInstance, routes: BrowserRoutes): void {
  app.get('/login', async (request, reply) => {
    const { problem } = request.query as { readonly problem?: unknown };
    const { html, policy } = signInPage(routes.issuer !== undefined, problem);
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html);
  });
  app.get('/auth/login', (request, reply) => beginSignIn(request, reply, routes));
  app.get('/auth/callback', (request, reply) => finishSignIn(request, reply, routes));
  app.get('/auth/session', (request) => describeSession(request, routes));
  app.post('/auth/link', { bodyLimit }, async (request, reply) => {
    // Or a page of somebody else could sign its visitors in, as somebody else.
    requireSameOrigin(request, routes.browser.origins());
    const code = (request.body as { readonly code?: unknown } | null)?.code;
    if (typeof code !== 'string') throw plumbError('server.invalid', 'the body has no code');
    await openSession(request, reply, routes, await redeemLink(request, code, routes));
    return reply.code(204).send();
  });
}

async function beginSignIn(request: FastifyRequest, reply: FastifyReply, routes: BrowserRoutes): Promise<FastifyReply> {
  const { issuer, browser } = routes;
  if (issuer === undefined) throw plumbError('server.not-found', 'this installation has no OIDC issuer');
  const { returnTo, again } = request.query as { readonly returnTo?: unknown; readonly again?: unknown };
  const attempt: Attempt = {
    state: random(),
    nonce: random(),
    verifier: random(),
    returnTo: returnPath(returnTo, browser.base()),
  };
  const url = await issuer.begin(attempt, under(browser.base(), '/auth/callback'), { again: again === 'true' });
  const value = Buffer.from(JSON.stringify(attempt)).toString('base64url');
  return reply.header('set-cookie', browser.cookies().signIn.set(value, attemptLife)).redirect(url.href, 303);
}

async function finishSignIn(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: BrowserRoutes,
): Promise<FastifyReply> {
  const { browser, log } = routes;
  reply.header('set-cookie', browser.cookies().signIn.clear());
  try {
    const attempt = attemptOf(request, routes);
    const vouched = await vouchedFor(request, attempt, routes);
    await openSession(request, reply, routes, vouched.user, vouched);
    return reply.redirect(under(browser.base(), returnPath(attempt.returnTo, browser.base())), 303);
  } catch (error) {
    if (!(error instanceof PlumbError) || !error.code.startsWith('auth.')) throw error;
    // The page that a person sees tells what the code means, and nothing of what came with the request.
    log.info({ requestId: request.id, source: request.ip, problems: error.problems }, 'sign-in refused');
    return reply.redirect(`${under(browser.base(), '/login')}?problem=${error.code}`, 303);
  }
}

/** A sign-in counts in the browser that began it, and nowhere else. */
function attemptOf(request: FastifyRequest, { browser }: BrowserRoutes): Attempt {
  const cookie = browser.cookies().signIn.read(request);
  const attempt: unknown = cookie === undefined ? undefined : parseJson(Buffer.from(cookie, 'base64url').toString());
  if (Value.Check(attemptSchema, attempt)) return attempt;
  throw plumbError('auth.required', 'the sign-in was begun in another browser, or too long ago');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function vouchedFor(
  request: FastifyRequest,
  attempt: SignInAttempt,
  { issuer, browser, guard }: BrowserRoutes,
): Promise<Vouched> {
  if (issuer === undefined) throw plumbError('server.not-found', 'this installation has no OIDC issuer');
  guard.admit(request.ip);
  const query = request.url.slice(request.url.indexOf('?') + 1);
  const callback = new URL(`${under(browser.base(), '/auth/callback')}?${request.url.includes('?') ? query : ''}`);
  return counted(guard, request.ip, () => issuer.finish(callback, attempt));
}

/** Always a new session: what cookie the browser had before gives nobody anything. */
async function openSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, browser, guard, log, now }: BrowserRoutes,
  user: SignedIn,
  proof?: Vouched,
): Promise<void> {
  const account = `session of ${user.username}`;
  guard.admit(request.ip, account);
  const before = sessionOf(request, browser);
  const secret = await sessions.begin(user, proof);
  guard.count(account);
  const { endsAt } = await sessions.find(secret);
  const seconds = Math.max(0, Math.floor((endsAt - now()) / 1000));
  reply.header('set-cookie', browser.cookies().session.set(secret.cookie, seconds));
  logSignIn(log, request, user, 'signed in');
  if (before !== undefined) {
    await sessions.end(before).catch(() => log.warn({ user: user.username }, 'an older session could not be ended'));
  }
}

async function describeSession(request: FastifyRequest, routes: BrowserRoutes): Promise<object> {
  const { browser, sessions } = routes;
  await routes.authenticate(request);
  const secret = sessionOf(request, browser);
  if (secret === undefined) throw plumbError('auth.required', 'nobody is signed in');
  const { user, endsAt } = await sessions.find(secret);
  return { user, csrfToken: secret.csrfToken, endsAt: new Date(endsAt).toISOString() };
}
