import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../controller/index.ts';
import { PlumbError, plumbError, problemsOf } from '../../errors.ts';
import { group } from '../../names.ts';
import { sendProblem } from '../answer.ts';
import { problemsBody, problemType } from '../problem.ts';
import { bearerOf } from './bearer.ts';
import { type BrowserSessions, counted } from './authenticate.ts';
import { addBrowserRoutes } from './browser-routes.ts';
import { type Guard, TooManyError } from './guard.ts';
import type { LinkSignIn } from './link.ts';
import type { Issuer } from './oidc/issuer.ts';
import type { OidcSettings } from './oidc/settings.ts';
import { parseSessionSecret, type SessionSecret } from './sessions/secret.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SignedOut } from './sessions/signed-out.ts';
import type { Authenticate, Authorizer, SignedIn } from './types.ts';
import { withOwnRights } from './unavailable.ts';

/** What the routes of sign-in need. */
export interface SignInRoutes {
  readonly authenticate: Authenticate;
  readonly authorizer: Authorizer;
  readonly issuer: Issuer | undefined;
  readonly oidc: OidcSettings | undefined;
  readonly links: LinkSignIn | undefined;
  readonly browser: (BrowserSessions & { readonly base: () => URL }) | undefined;
  readonly sessions: Sessions;
  readonly signedOut: SignedOut;
  readonly guard: Guard;
  readonly log: Log;
  readonly createLink: () => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Bytes of a body here; the largest is the code of a link. */
const bodyLimit = 4096;
const patience = 15_000;

/** Everything under `/auth`, and the page `/login`. */
export function addSignInRoutes(app: FastifyInstance, routes: SignInRoutes): void {
  const base = routes.browser?.base;
  app.addHook('onRequest', async (_request, reply) => {
    if (base?.().protocol === 'https:') reply.header('strict-transport-security', 'max-age=31536000');
  });
  void app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, routes.log));
    scope.get('/auth/methods', async () => methodsOf(routes));
    scope.post('/auth/logout', { bodyLimit }, (request, reply) => signOut(request, reply, routes));
    scope.post('/auth/logout-everywhere', { bodyLimit }, async (request, reply) => {
      const { username } = await routes.authenticate(request);
      await endAll(request, username, username, routes);
      return reply.code(204).send();
    });
    scope.delete('/auth/users/:username/sessions', async (request, reply) => {
      const user = await routes.authenticate(request);
      const { username } = request.params as { readonly username: string };
      const right = { verb: 'revoke', group, resource: 'sessions', name: username };
      await routes.authorizer.require(user, right, AbortSignal.timeout(patience));
      await endAll(request, user.username, username, routes);
      return reply.code(204).send();
    });
    scope.post('/auth/links', { bodyLimit }, async (request) => {
      const user = await routes.authenticate(request);
      const right = { verb: 'issue', group, resource: 'links' };
      await routes.authorizer.require(user, right, AbortSignal.timeout(patience));
      const link = routes.createLink();
      if (link === undefined) throw plumbError('server.not-found', 'this installation has no links');
      return { link };
    });
    if (routes.browser !== undefined) addBrowserRoutes(scope, { ...routes, browser: routes.browser });
  });
}

/** What a program has to know to sign somebody in: nothing of it is a secret. */
function methodsOf({ oidc, links }: SignInRoutes): object {
  return {
    token: true,
    link: links !== undefined,
    ...(oidc === undefined
      ? {}
      : { oidc: { issuer: oidc.issuer, clientId: oidc.cliClientId ?? oidc.clientId, scopes: oidc.scopes } }),
  };
}

async function signOut(request: FastifyRequest, reply: FastifyReply, routes: SignInRoutes): Promise<FastifyReply> {
  const user = await routes.authenticate(request);
  const token = bearerOf(request);
  if (token === undefined) {
    const secret = sessionOf(request, routes.browser);
    if (secret !== undefined) await routes.sessions.end(secret);
    const line = routes.browser?.cookies().session.clear();
    if (line !== undefined) reply.header('set-cookie', line);
  } else if (user.how === 'oidc' && routes.issuer !== undefined) {
    const { expiresAt } = await routes.issuer.verify(token);
    await withOwnRights('the token cannot be ended', () => routes.signedOut.endToken(user.username, token, expiresAt));
  }
  logSignIn(routes.log, request, user, 'signed out');
  return reply.code(204).send();
}

async function endAll(request: FastifyRequest, by: string, username: string, routes: SignInRoutes): Promise<void> {
  await routes.sessions.endAll(username);
  routes.log.info({ user: username, by, source: request.ip }, 'signed out everywhere');
}

/** The session of a request's cookie, whether or not it goes on. */
export function sessionOf(request: FastifyRequest, browser: BrowserSessions | undefined): SessionSecret | undefined {
  const cookie = browser?.cookies().session.read(request);
  return cookie === undefined ? undefined : parseSessionSecret(cookie);
}

/** Writes down who signed in or out, and never with what. */
export function logSignIn(log: Log, { ip }: FastifyRequest, { username, how }: SignedIn, what: string): void {
  log.info({ user: username, how, source: ip }, what);
}

/** Signs somebody in with a code of a link; its guessing is slowed whatever addresses it comes from. */
export function redeemLink(request: FastifyRequest, code: string, { links, guard }: SignInRoutes): Promise<SignedIn> {
  guard.admit(request.ip, 'link');
  return counted(
    guard,
    request.ip,
    async () => {
      if (links === undefined) throw plumbError('auth.required', 'this installation has no links');
      return links.redeem(code);
    },
    'link',
  );
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof PlumbError) {
    const body = problemsBody(error.problems, request.id);
    if (error instanceof TooManyError) reply.header('retry-after', String(error.retryAfter));
    if (body.status === 401) reply.header('www-authenticate', 'Bearer');
    const { cause } = error;
    const told = { problems: error.problems, ...(cause === undefined ? {} : { cause: problemsOf(cause) }) };
    log.info({ requestId: request.id, source: request.ip, code: error.code, ...told }, 'sign-in refused');
    return reply.code(body.status).header('content-type', problemType).send(JSON.stringify(body));
  }
  const { statusCode = 500 } = error as { readonly statusCode?: number };
  // Never the text of an error: it may quote the request.
  if (statusCode >= 400 && statusCode < 500) return sendProblem(reply, 'server.bad-request');
  log.error({ requestId: request.id, problems: problemsOf(error) }, 'sign-in failed');
  return sendProblem(reply, 'internal');
}
