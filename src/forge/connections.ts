import { createRequire } from 'node:module';
import { LRUCache } from 'lru-cache';
import type { Dispatcher, Pool } from 'undici';
import type { Egress } from '../egress.ts';
import { plumbError } from '../errors.ts';
import type { Sensitive } from '../sensitive.ts';
import { createPace, type Clock, type Pace, type WriteBudget } from './pace.ts';

/** The one class of undici that is needed, by its own path: the whole holds 13 MB more (docs/adr/0040). */
const require = createRequire(import.meta.url);
const HttpPool: typeof Pool = require('undici/lib/dispatcher/pool.js');

/** How a forge is reached, besides its address. */
export interface Route {
  /** Certificates in PEM form that the server's is verified by, in the place of the system's. */
  readonly certificateAuthority?: string;
  /** What this side shows of itself in TLS, both in PEM form. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: Sensitive };
  /** URL of an HTTP or SOCKS proxy; it may hold a password. */
  readonly proxy?: Sensitive;
}

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** A whole answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** A connection that failed. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** True where nothing of the request was written: it may be sent again, whatever it is. */
  readonly neverSent: boolean;

  constructor(cause: Error, neverSent: boolean) {
    super(cause.message, { cause });
    this.neverSent = neverSent;
  }
}

/** The connections to all forges, kept open and shared by the repositories on them, and what each forge allows. */
export interface ForgeConnections {
  /** The answer, whatever its status. Throws ConnectionError, `egress.refused`, `forge.answer-invalid` where it is too long, or the reason of the signal. */
  send(request: WireRequest, route: Route): Promise<WireAnswer>;
  /** The pace that a forge asks of one identity; the same for the same arguments. */
  pace(origin: string, identity: string, writes: WriteBudget | undefined): Pace;
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends them; what is under way fails. */
  close(): Promise<void>;
}

/** What connections need from their owner. */
export interface ConnectionOptions {
  /** Where this installation may connect to. */
  readonly egress: Pick<Egress, 'check' | 'lookup'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds for a connection. */
  readonly connectTimeout?: number;
  /** Milliseconds until an answer begins, and between its parts. */
  readonly answerTimeout?: number;
  /** Longest answer, in bytes. */
  readonly longestAnswer?: number;
}

const mostForges = 64;
const mostPaces = 1024;

/** Opens nothing yet: a connection is made when it is needed, and ends when it was idle for a while. */
export function createForgeConnections(options: ConnectionOptions): ForgeConnections {
  const { egress, clock, random } = options;
  const longestAnswer = options.longestAnswer ?? 16 * 1024 * 1024;
  const pools = new LRUCache<string, Promise<Dispatcher>>({
    max: mostForges,
    dispose: (pool) => void pool.then((each) => each.close()).catch(() => undefined),
  });
  const paces = new LRUCache<string, Pace>({ max: mostPaces });

  const open = async (
    origin: string,
    { certificateAuthority, clientCertificate, proxy }: Route,
  ): Promise<Dispatcher> => {
    const shared = {
      allowH2: false,
      pipelining: 1,
      connections: 8,
      keepAliveTimeout: 20_000,
      headersTimeout: options.answerTimeout ?? 30_000,
      bodyTimeout: options.answerTimeout ?? 30_000,
    };
    const reach = { timeout: options.connectTimeout ?? 10_000, lookup: egress.lookup };
    // Verified whatever the environment of this process says.
    const trust = {
      rejectUnauthorized: true,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...(clientCertificate === undefined
        ? {}
        : { cert: clientCertificate.certificate, key: clientCertificate.key.reveal() }),
    };
    if (proxy === undefined) return new HttpPool(origin, { ...shared, connect: { ...reach, ...trust } });
    const address = proxy.reveal();
    const { ProxyAgent, Socks5ProxyAgent } = await import('undici');
    if (/^socks5h?:/.test(address)) {
      return new Socks5ProxyAgent(address.replace(/^socks5h:/, 'socks5:'), { ...shared, requestTls: trust });
    }
    return new ProxyAgent({ ...shared, uri: address, requestTls: trust, proxyTls: reach });
  };

  const poolFor = (origin: string, route: Route): Promise<Dispatcher> => {
    const { certificateAuthority, clientCertificate, proxy } = route;
    const shown = [clientCertificate?.certificate, clientCertificate?.key.reveal()];
    const key = JSON.stringify([origin, certificateAuthority, proxy?.reveal(), ...shown]);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const opened = open(origin, route);
    pools.set(key, opened);
    return opened;
  };

  return {
    clock,
    random,
    async send(request, route) {
      // A host that is an address is never looked up, and behind a proxy no host is.
      egress.check(request.url);
      if (route.proxy !== undefined) egress.check(route.proxy.reveal());
      return dispatch(await poolFor(request.url.origin, route), request, longestAnswer);
    },
    pace(origin, identity, writes) {
      const key = JSON.stringify([origin, identity]);
      const known = paces.get(key);
      if (known !== undefined) return known;
      const made = createPace({ origin, clock, writes });
      paces.set(key, made);
      return made;
    },
    async close() {
      await Promise.all(
        [...pools.values()].map((pool) =>
          pool.then(
            (opened) => opened.destroy(),
            () => undefined,
          ),
        ),
      );
      pools.clear();
    },
  };
}

function dispatch(dispatcher: Dispatcher, request: WireRequest, longestAnswer: number): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, url } = request;
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: ReadonlyMap<string, string> = new Map();
    let length = 0;
    const chunks: Buffer[] = [];
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    const onAbort = (): void => {
      fail(signal.reason);
      controller?.abort(asError(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
      },
      {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) started.abort(asError(signal.reason));
        },
        onResponseStart(_controller, statusCode, received) {
          // 103 and its like come before the answer.
          if (statusCode < 200) return;
          status = statusCode;
          headers = new Map(
            Object.entries(received).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
          );
        },
        onResponseData(_controller, chunk) {
          length += chunk.length;
          if (length <= longestAnswer) chunks.push(chunk);
          else {
            fail(plumbError('forge.answer-invalid', `${url.host} answers with more than ${longestAnswer} bytes`));
            controller?.abort(new Error('too long'));
          }
        },
        onResponseEnd() {
          signal.removeEventListener('abort', onAbort);
          resolve({ status, headers, body: Buffer.concat(chunks) });
        },
        onResponseError(_controller, error) {
          fail(signal.aborted ? signal.reason : new ConnectionError(error, controller === undefined));
        },
      },
    );
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException('stopped', 'AbortError');
}
