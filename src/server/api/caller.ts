import type { FastifyReply, FastifyRequest } from 'fastify';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { kubeUser } from '../auth/kube-user.ts';
import type { SignedIn } from '../auth/types.ts';
import type { ApiContext } from './context.ts';

/**
 * Who sent a request.
 * @throws PlumbError `auth.required` on a route that is open
 */
export function userOf(request: FastifyRequest): SignedIn {
  if (request.signedIn === undefined) throw plumbError('auth.required', 'nobody is signed in');
  return request.signedIn;
}

/** The cluster with the rights of whoever sent the request, and never with more. */
export function clientOf({ client }: Pick<ApiContext, 'client'>, request: FastifyRequest): KubeClient {
  return client.as(kubeUser(userOf(request)));
}

/**
 * Aborts when nobody waits for the answer any more, or the server ends. Fastify's own aborts as soon as the body of a
 * request has been read.
 */
export function callSignal(reply: FastifyReply, ending: AbortSignal): AbortSignal {
  const call = new AbortController();
  const end = (): void => call.abort(plumbError('cancelled', 'the server ends'));
  ending.addEventListener('abort', end, { once: true });
  reply.raw.once('close', () => {
    ending.removeEventListener('abort', end);
    if (!reply.raw.writableFinished) call.abort(plumbError('cancelled', 'nobody waits for the answer any more'));
  });
  return call.signal;
}
