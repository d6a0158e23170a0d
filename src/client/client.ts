import createClient, { type Client } from 'openapi-fetch';
import { PlumbError, plumbError } from '../errors.ts';
import { failureOf, unreachable } from './failure.ts';
import type { components, paths } from './schema.ts';

/** How a server is reached. */
export interface ApiClientOptions {
  /** URL of the server, without `/api/v1`. */
  readonly server: string;
  /** The bearer token of each request, asked for each time, as it may run out; undefined for none. */
  readonly token?: () => Promise<string | undefined>;
  /** That of Node where left out. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The paths with their methods, as openapi-fetch has them: `api.GET('/api/v1/applications', { params })`. */
export type ApiPaths = Client<paths>;

/** A server of Plumbline: every failure is a PlumbError with all its problems. */
export interface ApiClient {
  /** URL of the server, without a slash at its end. */
  readonly server: string;
  readonly api: ApiPaths;
  /** Sends a request as it is, with the token. */
  readonly send: (path: string, init: RequestInit) => Promise<Response>;
}

/** A schema of the API by its name: `Schemas['Application']`. */
export type Schemas = components['schemas'];

/**
 * A client of a server. No call is made before one is needed, and no redirection is followed, as it would carry the
 * token elsewhere.
 * @throws PlumbError `cli.usage` where the URL is none
 */
export function createApiClient({ server, token, fetch = globalThis.fetch }: ApiClientOptions): ApiClient {
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw plumbError('cli.usage', 'the server is no URL such as https://plumbline.example.com');
  }
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const send = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, { ...init, redirect: 'error' });
    const bearer = await token?.();
    if (bearer !== undefined) request.headers.set('authorization', `Bearer ${bearer}`);
    try {
      return await fetch(request);
    } catch (error) {
      request.signal.throwIfAborted();
      throw error instanceof PlumbError ? error : unreachable(error, base);
    }
  };
  return {
    server: base,
    api: createClient<paths>({ baseUrl: base, fetch: send }),
    send: (path, init) => send(`${base}${path}`, init),
  };
}

/** What openapi-fetch answers with. */
interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * What a call answered.
 * @throws PlumbError with all problems of a refusal
 */
export async function answerOf<Data>(
  { server }: Pick<ApiClient, 'server'>,
  call: Promise<Answer<Data>>,
): Promise<NonNullable<Data>> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (error) {
    // What is no JSON though it says so.
    if (error instanceof SyntaxError) throw plumbError('client.protocol', `${server} does not answer with JSON`);
    throw error;
  }
  const { data, error, response } = answer;
  if (response.ok && data !== undefined && data !== null && typeof data === 'object') return data;
  throw failureOf(response.status, error, server);
}

/** All pages of a list, one after the other. */
export async function* allPages<Item>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next?: string }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    yield* items;
    cursor = next;
  } while (cursor !== undefined);
}
