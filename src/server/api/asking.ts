import type { FastifyRequest } from 'fastify';
import type { Asking } from '../../requests.ts';
import { userOf } from './caller.ts';
import type { ApiContext } from './context.ts';

/** Whoever may ask has been asked for: what follows is written down by Plumbline itself. */
export function askingOf({ client }: ApiContext, request: FastifyRequest): Asking {
  return { client, signal: request.ending, by: userOf(request).username };
}
