import { plumbError } from '../errors.ts';
import type { Egress } from '../egress.ts';
import type { Sensitive } from '../sensitive.ts';
import type { RegistryConnection } from './connection.ts';
import { transportFailure } from './http-failure.ts';
import { retryAfter, waitFor, type Clock } from './retry.ts';
import { dispatch, dispatchers } from './undici.ts';
import { isLoopback } from './url.ts';

/** One question. Only GET, HEAD, and the POST that renews a token are ever sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes to the origin of `url` and to no other, whatever redirects say. */
  readonly authorization?: Sensitive | undefined;
  /** The body of a POST. */
  readonly form?: Sensitive;
}

/** What came back; its body is still on the way and has to be read or dumped. */
export interface HttpAnswer {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** Where it came from after all redirects. */
  readonly url: URL;
  /** Whether that is another origin than the one asked. */
  readonly redirected: boolean;
  /** The body, with an end to what is read of it. @throws PlumbError `registry.too-large`, `registry.unreachable` */
  read(limit: number, onChunk?: (chunk: Uint8Array) => void): Promise<Buffer>;
  /** Lets go of the body. */
  dump(): Promise<void>;
}

/** Asks the servers of one source. */
export interface HttpClient {
  /**
   * Sends a question, follows redirects, and tries again where the server is busy or the connection is lost.
   * Answers with whatever the server says in the end, also that it refuses.
   * @throws PlumbError `registry.unreachable`, `registry.certificate`, `registry.rate-limited`, `registry.redirected`,
   *   `egress.refused`
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** What a client needs. */
export interface HttpOptions {
  readonly connection: RegistryConnection;
  /** The origin that the connection's certificates are for. */
  readonly origin: string;
  readonly egress: Egress;
  readonly clock: Clock;
}

const mostRedirects = 5;
const mostAttempts = 4;
/** A server that wants to be left alone for longer is asked again at the next poll. */
const longestWait = 30_000;
const busy = new Set([408, 425, 429, 500, 502, 503, 504]);
const moved = new Set([301, 302, 303, 307, 308]);

/** Opens a client. Connections are made when they are needed, and kept. */
export function openHttp({ connection, origin, egress, clock }: HttpOptions): HttpClient {
  const connections = dispatchers(connection, egress);

  const sendOnce = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    let { url } = request;
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      egress.check(url);
      const sameOrigin = url.origin === request.url.origin;
      const dispatcher = await (url.origin === origin ? connections.own() : connections.foreign());
      const { statusCode, headers, body } = await dispatch(dispatcher, {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: {
          'user-agent': 'plumbline',
          ...request.headers,
          ...(sameOrigin && request.authorization !== undefined
            ? { authorization: request.authorization.reveal() }
            : {}),
          ...(request.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(request.form === undefined ? {} : { body: request.form.reveal() }),
        signal,
      });
      const header = (name: string): string | undefined => {
        const value = headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      const location = header('location');
      if (!moved.has(statusCode) || location === undefined)
        return answerOf(statusCode, header, url, !sameOrigin, body, signal);
      await body.dump();
      // A form holds a secret: it is not sent on.
      if (request.form !== undefined) throw plumbError('registry.redirected', `${url.host} sends the log-in elsewhere`);
      url = nextUrl(url, location);
    }
    throw plumbError('registry.redirected', `${request.url.host} redirects more than ${mostRedirects} times`);
  };

  const attempt = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | Error> => {
    try {
      return await sendOnce(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      return transportFailure(error, request.url.host);
    }
  };

  return {
    async send(request, signal) {
      for (let attempts = 1; ; attempts += 1) {
        const result = await attempt(request, signal);
        const mayRetry = attempts < mostAttempts && request.method !== 'POST';
        if (result instanceof Error) {
          if (!mayRetry || !('transient' in result) || result.transient !== true) throw result;
          await waitFor(undefined, attempts, clock, signal);
          continue;
        }
        if (!busy.has(result.status)) return result;
        const wait = retryAfter(result.header('retry-after'), clock);
        if (!mayRetry || (wait ?? 0) > longestWait) {
          if (result.status !== 429) return result;
          await result.dump();
          const seconds = wait === undefined ? '' : `, and wants to be asked again in ${Math.ceil(wait / 1000)} s`;
          throw plumbError('registry.rate-limited', `${request.url.host} limits how often it is asked${seconds}`);
        }
        await result.dump();
        await waitFor(wait, attempts, clock, signal);
      }
    },
    close: () => connections.close(),
  };
}

function nextUrl(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null || (to.protocol !== 'https:' && to.protocol !== 'http:'))
    throw plumbError('registry.redirected', `${from.host} redirects to something that is no URL`);
  if (to.username !== '' || to.password !== '')
    throw plumbError('registry.redirected', `${from.host} redirects to a URL with credentials in it`);
  if (to.protocol === 'http:' && !isLoopback(to.hostname))
    throw plumbError('registry.redirected', `${from.host} redirects to plain HTTP at ${to.host}`);
  return to;
}

interface Body extends AsyncIterable<Uint8Array> {
  dump(): Promise<void>;
  destroy(): unknown;
}

function answerOf(
  status: number,
  header: HttpAnswer['header'],
  url: URL,
  redirected: boolean,
  body: Body,
  signal: AbortSignal,
): HttpAnswer {
  return {
    status,
    header,
    url,
    redirected,
    async read(limit, onChunk) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const chunk of body) {
          size += chunk.length;
          if (size > limit) break;
          onChunk?.(chunk);
          chunks.push(chunk);
        }
      } catch (error) {
        signal.throwIfAborted();
        throw transportFailure(error, url.host);
      }
      if (size <= limit) return Buffer.concat(chunks, size);
      body.destroy();
      throw plumbError('registry.too-large', `${url.host} answers with more than ${limit} bytes`);
    },
    async dump() {
      await body.dump().catch(() => undefined);
    },
  };
}
