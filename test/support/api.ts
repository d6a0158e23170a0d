import type { FastifyRequest } from 'fastify';
import { plumbError } from '../../src/errors.ts';
import { createKubeClient } from '../../src/kube/index.ts';
import type { ApiContext } from '../../src/server/api/context.ts';
import type { Authorizer, Right, SignedIn } from '../../src/server/auth/types.ts';

/** Signs in whoever is named by `Authorization: Test USER [GROUP...]`, or `Bearer USER` as the command line sends it. */
export async function testAuthenticate(request: FastifyRequest): Promise<SignedIn> {
  const [scheme, username, ...groups] = (request.headers.authorization ?? '').split(' ');
  if ((scheme !== 'Test' && scheme !== 'Bearer') || username === undefined)
    throw plumbError('auth.required', 'no user is named');
  return { username, groups, email: `${username}@example.org`, how: 'token' };
}

/** The header that `testAuthenticate` reads. */
export function as(username: string, ...groups: readonly string[]): { readonly authorization: string } {
  return { authorization: ['Test', username, ...groups].join(' ') };
}

/** Allows what a function says. */
export function testAuthorizer(may: (user: SignedIn, right: Right) => boolean = () => true): Authorizer {
  return {
    async require(user, right) {
      if (may(user, right)) return;
      throw plumbError('auth.forbidden', `${user.username} may not ${right.verb} ${right.resource}`);
    },
    allows: async (user, right) => may(user, right),
  };
}

/** What routes are made with, in a test that needs no cluster: everybody may do everything. */
export function testContext(parts: Partial<ApiContext> = {}): ApiContext {
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
  return {
    authenticate: testAuthenticate,
    authorizer: testAuthorizer(),
    client: createKubeClient({
      server: 'http://127.0.0.1:1',
      namespace: 'default',
      trust: { insecure: false },
      credentials: { current: () => ({}), renew: async () => false },
    }),
    views: () => undefined,
    changes: () => undefined,
    past: () => undefined,
    gitops: () => undefined,
    log,
    version: '0.0.0-test',
    now: () => 1_790_000_000_000,
    monotonic: () => performance.now(),
    signal: new AbortController().signal,
    ...parts,
  };
}
