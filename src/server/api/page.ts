import type { FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { plumbError } from '../../errors.ts';

/** Items of one answer where nothing else is asked for, and at most. */
const usualItems = 100;
const mostItems = 1_000;

/** The part of a query that asks for a page; spread into the properties of the query's schema. */
export const pageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: mostItems,
    default: usualItems,
    description: `Items of one answer, at most ${mostItems}.`,
  }),
  cursor: Type.Optional(
    Type.String({
      maxLength: 1_024,
      description: 'Where to go on: `next` of the answer before. It stays good whatever comes or goes in between.',
    }),
  ),
};

/** What asks for a page. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** The schema of a page of items. */
export function pageOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Object({
    items: Type.Array(item, { description }),
    next: Type.Optional(
      Type.String({
        description: 'The cursor of the next page; missing on the last one. Also as `Link: <…>; rel="next"`.',
      }),
    ),
  });
}

/** One page. */
export interface Page<Item> {
  items: Item[];
  next?: string;
}

/** A cursor that holds the key of the last item before it. */
export function cursorOf(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/**
 * The key of the last item before a cursor.
 * @throws PlumbError `server.invalid` where it is none of ours
 */
export function keyOfCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursorOf(key) === cursor && key !== '') return key;
  throw plumbError('server.invalid', 'it is not the `next` of an answer', { where: { field: 'query.cursor' } });
}

/** A page of items that are in the order of their keys, compared as strings; tells the next one in `Link`. */
export function pageFrom<Item>(
  sorted: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, cursor }: PageQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Page<Item> {
  const from = cursor === undefined ? 0 : firstAfter(sorted, keyOf, keyOfCursor(cursor));
  const items = sorted.slice(from, from + limit);
  const last = items.at(-1);
  if (last === undefined || from + limit >= sorted.length) return { items };
  return { items, next: linkNext(cursorOf(keyOf(last)), request, reply) };
}

/** Tells the cursor of the next page in `Link`, and answers it. */
export function linkNext(next: string, request: FastifyRequest, reply: FastifyReply): string {
  const url = new URL(request.url, 'http://localhost');
  url.searchParams.set('cursor', next);
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  return next;
}

/** The place of the first item whose key comes after a key. */
function firstAfter<Item>(sorted: readonly Item[], keyOf: (item: Item) => string, key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = sorted[middle];
    if (item !== undefined && keyOf(item) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
