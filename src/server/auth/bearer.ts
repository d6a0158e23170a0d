import type { FastifyRequest } from 'fastify';
import { plumbError } from '../../errors.ts';

/**
 * The token of `Authorization: Bearer`; undefined where there is no such header. A header of another kind is refused,
 * and never passed over in favour of a cookie.
 * @throws PlumbError `auth.required`
 */
export function bearerOf({ raw }: FastifyRequest): string | undefined {
  // Where a header is sent twice, Node hands on one of them.
  const values = raw.headersDistinct['authorization'] ?? [];
  const [value, ...more] = values;
  if (value === undefined) return undefined;
  const token = /^Bearer +([\x21-\x7e]+)$/i.exec(value)?.[1];
  if (token === undefined || more.length > 0) {
    throw plumbError('auth.required', 'the Authorization header is not one Bearer token');
  }
  return token;
}
