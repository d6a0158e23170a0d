import { LRUCache } from 'lru-cache';
import type { Static, TSchema } from 'typebox';
import { plumbError } from '../errors.ts';
import { ConnectionError, type ForgeConnections, type Route, type WireAnswer } from './connections.ts';
import { secretsIn, type Authorization, type Authorizer } from './credentials.ts';
import { answerError, connectionFailure, specialCode, type Asked, type SpecialCodes } from './failure.ts';
import type { WriteBudget } from './pace.ts';
import { parseAnswer } from './parse.ts';
import { rateLimitOf } from './rate-limit.ts';

/** One call of a forge's interface. */
export interface ForgeRequest {
  /** GET where it is not given. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, its parts encoded: `/repos/team/web/pulls`. Or a whole URL of the same origin, as forges give for a next page. */
  readonly path: string;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is done, for the words of an error: `reading pull request 12 of team/web`. */
  readonly what: string;
  /** Doing it twice does no more than once; GET, PUT and DELETE are so by themselves. */
  readonly repeatable?: boolean;
  readonly codes?: SpecialCodes;
  readonly signal: AbortSignal;
}

/** An answer whose body is what its schema says. */
export interface ForgeAnswer<T> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: T;
}

/** What one page holds, and where the next one is. */
export interface Page<T> {
  readonly items: readonly T[];
  /** What is asked for next, in place of the same of the first request; undefined at the end. */
  readonly next?: Pick<ForgeRequest, 'path' | 'query'> | undefined;
}

/** Calls one forge as one identity. All throw as `Forge` says. */
export interface ForgeHttp {
  /** Host of the forge, for words. */
  readonly host: string;
  call<S extends TSchema>(request: ForgeRequest & { readonly schema: S }): Promise<ForgeAnswer<Static<S>>>;
  /** As `call`; undefined where there is no such thing (404). */
  find<S extends TSchema>(request: ForgeRequest & { readonly schema: S }): Promise<ForgeAnswer<Static<S>> | undefined>;
  /** As `call` where the answer does not matter. */
  send(request: ForgeRequest): Promise<void>;
  /** Waits before try number `tries` (from 1) is repeated: longer each time, and never the same. */
  pause(tries: number, signal: AbortSignal): Promise<void>;
  /** All items of all pages, or of as many pages as hold `enough`. */
  pages<S extends TSchema, T>(
    request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
    read: (answer: ForgeAnswer<Static<S>>) => Page<T>,
  ): Promise<readonly T[]>;
}

/** What an HTTP client of one forge is made of. */
export interface ForgeHttpOptions {
  /** Origin and base path: `https://api.github.com`, `https://git.example.org/api/v4`. */
  readonly baseUrl: URL;
  readonly connections: ForgeConnections;
  readonly route: Route;
  /** None: calls are made as nobody. */
  readonly authorizer: Authorizer | undefined;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly writes?: WriteBudget;
  /** For the calls that have none of their own for a status. */
  readonly codes?: SpecialCodes;
}

const mostTries = 4;
const mostRedirects = 3;
const mostPages = 100;
const firstWait = 500;
const longestBackoff = 8_000;
/** A refusal for too many calls that names no time: GitHub asks for a minute at least. */
const unnamedWait = 60_000;
const rememberedBytes = 2 * 1024 * 1024;

/**
 * Opens a client. It repeats what may be repeated, keeps to the limits that the forge tells of, asks only for what has
 * changed where the forge knows that, and carries its credentials to one origin alone.
 */
export function openForgeHttp(options: ForgeHttpOptions): ForgeHttp {
  const { baseUrl, connections, route, authorizer } = options;
  const { clock, random } = connections;
  const { origin, host } = baseUrl;
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const pace = connections.pace(origin, authorizer?.identity ?? '', options.writes);
  const remembered = new LRUCache<string, WireAnswer>({
    maxSize: rememberedBytes,
    sizeCalculation: ({ body }) => body.length + 512,
  });

  const urlOf = ({ path, query = {} }: Pick<ForgeRequest, 'path' | 'query'>, what: string): URL => {
    const url = new URL(/^https?:/.test(path) ? path : `${origin}${basePath}${path}`);
    if (url.origin !== origin) throw redirected(what, host, url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  };

  /** One request and the redirects within the same origin that it meets. */
  const sendOnce = async (
    request: ForgeRequest,
    url: URL,
    authorization: Authorization | undefined,
  ): Promise<WireAnswer> => {
    const { method = 'GET', signal, what } = request;
    const known = method === 'GET' ? remembered.get(url.href) : undefined;
    const etag = known?.headers.get('etag');
    const headers = {
      accept: 'application/json',
      'user-agent': 'plumbline',
      ...options.headers,
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(authorization === undefined ? {} : { [authorization.header]: authorization.value.reveal() }),
    };
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    let target = url;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await connections.send({ method, url: target, headers, signal, ...body }, route);
      if (answer.status === 304 && known !== undefined) return { ...known, status: 200 };
      const location = answer.headers.get('location');
      const isRedirect = [301, 302, 307, 308].includes(answer.status) && location !== undefined;
      if (!isRedirect) {
        if (method === 'GET' && answer.status === 200 && answer.headers.has('etag')) remembered.set(url.href, answer);
        return answer;
      }
      const next = URL.parse(location, target.href);
      // Whoever can redirect must not get the credentials; and what changes something goes where it was meant to go.
      const staysWhatItIs = method === 'GET' || answer.status === 307 || answer.status === 308;
      if (next === null || next.origin !== origin || !staysWhatItIs || redirects >= mostRedirects)
        throw redirected(what, host, next);
      target = next;
    }
  };

  const attempt = async (request: ForgeRequest, url: URL): Promise<WireAnswer> => {
    const { method = 'GET', signal } = request;
    const isRead = method === 'GET';
    const repeatable = request.repeatable ?? (isRead || method === 'PUT' || method === 'DELETE');
    let renewed = false;
    for (let tries = 1; ; tries += 1) {
      const isLast = tries >= mostTries;
      const leave = await pace.enter(isRead ? 'read' : 'write', signal);
      let asked: Asked = { what: request.what, host, secrets: [], codes: { ...options.codes, ...request.codes } };
      let answer: WireAnswer;
      try {
        const authorization = await authorizer?.authorize(signal);
        if (authorization !== undefined) asked = { ...asked, secrets: secretsIn(authorization) };
        answer = await sendOnce(request, url, authorization);
        if (answer.status === 401 && authorization !== undefined && !renewed) {
          renewed = true;
          // Refused means not done: with other credentials it may be sent again, whatever it is.
          if (authorizer?.renew?.(authorization) === true) continue;
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        const failure = connectionFailure(error, { ...asked, repeatable });
        if (isLast || !failure.passing || !(repeatable || error.neverSent)) throw failure.error;
        leave();
        await backOff(tries, signal);
        continue;
      } finally {
        leave();
      }
      const limit = rateLimitOf(answer, clock.now());
      if (limit.wait !== undefined && limit.wait > 0) pace.closeUntil(clock.now() + limit.wait);
      if (limit.refused) {
        if (limit.wait === undefined) pace.closeUntil(clock.now() + unnamedWait * 2 ** (tries - 1));
        if (isLast) throw answerError({ ...answer, status: 429 }, asked);
        continue;
      }
      const isSuccess = answer.status >= 200 && answer.status < 300;
      if (isSuccess && specialCode(answer, asked) === undefined) return answer;
      const mayPass = (answer.status >= 500 && answer.status !== 501) || answer.status === 408;
      if (isLast || !mayPass || !repeatable || specialCode(answer, asked) !== undefined)
        throw answerError(answer, asked);
      await backOff(tries, signal);
    }
  };

  const backOff = (tries: number, signal: AbortSignal): Promise<void> => {
    const whole = Math.min(longestBackoff, firstWait * 2 ** (tries - 1));
    return clock.wait(whole * (0.5 + random() / 2), signal);
  };

  const call: ForgeHttp['call'] = async (request) => {
    const answer = await attempt(request, urlOf(request, request.what));
    return { ...answer, body: parseAnswer(request.schema, answer, `${request.what}: ${host}`) };
  };

  return {
    host,
    call,
    pause: backOff,
    async find(request) {
      try {
        return await call({ ...request, codes: { ...request.codes, 404: 'forge.not-found' } });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async send(request) {
      await attempt(request, urlOf(request, request.what));
    },
    async pages<S extends TSchema, T>(
      request: ForgeRequest & { readonly schema: S; readonly enough?: (items: readonly T[]) => boolean },
      read: (answer: ForgeAnswer<Static<S>>) => Page<T>,
    ) {
      const items: T[] = [];
      let next: Pick<ForgeRequest, 'path' | 'query'> | undefined = request;
      for (let page = 0; next !== undefined; page += 1) {
        if (page >= mostPages) {
          throw plumbError('forge.answer-invalid', `${request.what}: ${host} has more than ${mostPages} pages`);
        }
        const asked: ForgeRequest & { readonly schema: S } = { ...request, query: {}, ...next };
        const found: Page<T> = read(await call(asked));
        items.push(...found.items);
        if (request.enough?.(items) === true) break;
        next = found.next;
      }
      return items;
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'forge.not-found';
}

function redirected(what: string, host: string, target: URL | null): Error {
  const where = target === null ? 'an address that is none' : `${target.origin}${target.pathname}`;
  return plumbError('forge.redirected', `${what}: ${host} sends on to ${where}`);
}

/** The next page, as the header `Link` names it (RFC 8288). */
export function nextLink({ headers }: Pick<ForgeAnswer<unknown>, 'headers'>): { readonly path: string } | undefined {
  for (const [, target, parameters] of (headers.get('link') ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?next"?/i.test(parameters ?? '') && target !== undefined) return { path: target };
  }
  return undefined;
}
