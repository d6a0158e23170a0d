import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Gives what is read an ETag over its content, and answers 304 to whoever has it already. It is a weak one, as what
 * lies between may compress the answer.
 */
export async function answerUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
  // A route that knows a better one has given it.
  const own = reply.getHeader('etag');
  const tag = typeof own === 'string' ? own : `W/"${hash('sha256', payload, 'base64url').slice(0, 27)}"`;
  reply.header('etag', tag);
  if (!namesTag(request.headers['if-none-match'], tag)) return payload;
  reply.code(304).removeHeader('content-type');
  return '';
}

function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const opaque = tag.replace(/^W\//, '');
  return header.split(',').some((each) => {
    const known = each.trim();
    return known === '*' || known.replace(/^W\//, '') === opaque;
  });
}
