import { plumbError } from '../errors.ts';
import type { ClusterConfig, Credentials } from './config.ts';
import { isLoopback } from './proxy.ts';
import { HttpPool, proxyDispatcher, type Dispatcher } from './undici.ts';

/** One request as it goes over the wire. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn, without the Authorization header. */
  readonly headers: readonly string[];
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
}

/** What a stream calls as its answer arrives. */
export interface StreamHandlers {
  /** Milliseconds without a byte after which the stream breaks with `UND_ERR_BODY_TIMEOUT`; 0 for never. */
  readonly idleTimeout: number;
  /** False: this is no stream but a refusal, whose body is kept as that of the answer. */
  readonly onOpen: (status: number) => boolean;
  readonly onData: (chunk: Buffer) => void;
}

/** A connection that failed, and whether the server can have seen the request. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** True where nothing of the request was written: it is safe to send again, whatever it is. */
  readonly neverSent: boolean;

  constructor(cause: Error, neverSent: boolean) {
    super(cause.message, { cause });
    this.neverSent = neverSent;
  }

  /** undici's or Node's code of the cause. */
  get code(): string {
    const { cause } = this;
    return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  }
}

/** Carries requests to one server over kept connections. */
export interface Transport {
  /** The whole answer, whatever its status. Rejects with TransportError, or the reason of the signal. */
  send(request: HttpRequest, credentials: Credentials): Promise<HttpAnswer>;
  /** Ends when the answer ends. Streams have connections of their own. */
  stream(request: HttpRequest, credentials: Credentials, handlers: StreamHandlers): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Limits of a transport, in milliseconds. */
export interface TransportOptions {
  /** For a connection. */
  readonly connectTimeout?: number;
  /** For an answer to begin, and between its parts. The API server itself ends calls after 60 s. */
  readonly answerTimeout?: number;
  /** Connections at once, those of streams not counted. */
  readonly connections: number;
}

interface Connections {
  readonly certificate: string | undefined;
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
}

/** HTTP/1.1 over undici: HTTP/2 gains nothing, and its one connection would be one fate for all (docs/adr/0040). */
export function createTransport(config: ClusterConfig, options: TransportOptions): Transport {
  const url = new URL(config.server);
  const { origin } = url;
  const basePath = url.pathname === '/' ? '' : url.pathname;
  const answerTimeout = options.answerTimeout ?? 65_000;
  let connections: Promise<Connections> | undefined;
  let opened: Connections | undefined;
  let closed = false;

  const open = async (credentials: Credentials): Promise<Connections> => {
    const poolOptions = {
      allowH2: false,
      pipelining: 1,
      // The API server ends idle connections after 90 s; ending them here first avoids a race.
      keepAliveTimeout: 60_000,
      headersTimeout: answerTimeout,
      bodyTimeout: answerTimeout,
      connect: { timeout: options.connectTimeout ?? 10_000, ...tlsOptions(config, credentials) },
    };
    const make = async (limit: number | null): Promise<Dispatcher> => {
      const withLimit = { ...poolOptions, connections: limit };
      return config.proxy === undefined ? new HttpPool(origin, withLimit) : proxyDispatcher(config.proxy, withLimit);
    };
    return {
      certificate: credentials.certificate,
      calls: await make(options.connections),
      streams: await make(null),
    };
  };

  // A new client certificate needs new connections; the old ones end when their requests have.
  const connectionsFor = async (credentials: Credentials): Promise<Connections> => {
    if (closed) throw plumbError('cancelled', 'the client is closed');
    const before = opened;
    if (connections === undefined || (before !== undefined && before.certificate !== credentials.certificate)) {
      opened = undefined;
      if (before !== undefined) void Promise.all([before.calls.close(), before.streams.close()]);
      connections = open(credentials);
    }
    opened = await connections;
    return opened;
  };

  const dispatch = (
    dispatcher: Dispatcher,
    request: HttpRequest,
    credentials: Credentials,
    handlers: StreamHandlers | undefined,
  ): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const { signal } = request;
      let controller: Dispatcher.DispatchController | undefined;
      let status = 0;
      let headers: HttpAnswer['headers'] = {};
      let streaming = false;
      const chunks: Buffer[] = [];
      const onAbort = (): void => {
        controller?.abort(abortError(signal));
        reject(signal?.reason);
      };
      const finish = (): void => signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      const { authorization } = credentials;
      dispatcher.dispatch(
        {
          origin,
          path: basePath + request.path,
          method: request.method,
          headers:
            authorization === undefined
              ? [...request.headers]
              : [...request.headers, 'authorization', authorization.reveal()],
          ...(request.body === undefined ? {} : { body: request.body }),
          ...(handlers === undefined ? {} : { bodyTimeout: handlers.idleTimeout }),
        },
        {
          onRequestStart(started) {
            controller = started;
            if (signal?.aborted) started.abort(abortError(signal));
          },
          onResponseStart(_controller, statusCode, responseHeaders) {
            // 103 and its like come before the answer.
            if (statusCode < 200) return;
            status = statusCode;
            headers = responseHeaders;
            streaming = handlers?.onOpen(statusCode) ?? false;
          },
          onResponseData(_controller, chunk) {
            if (!streaming) {
              chunks.push(chunk);
              return;
            }
            try {
              handlers?.onData(chunk);
            } catch (error) {
              finish();
              reject(error);
              controller?.abort(error instanceof Error ? error : new Error(String(error)));
            }
          },
          onResponseEnd() {
            finish();
            const [only] = chunks;
            resolve({
              status,
              headers,
              body: only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks),
            });
          },
          onResponseError(_controller, error) {
            finish();
            reject(signal?.aborted ? signal.reason : new TransportError(error, controller === undefined));
          },
        },
      );
    });

  const ready = (credentials: Credentials): Connections | Promise<Connections> =>
    opened !== undefined && !closed && opened.certificate === credentials.certificate
      ? opened
      : connectionsFor(credentials);

  return {
    async send(request, credentials) {
      const { calls } = await ready(credentials);
      return dispatch(calls, request, credentials, undefined);
    },
    async stream(request, credentials, handlers) {
      const { streams } = await ready(credentials);
      return dispatch(streams, request, credentials, handlers);
    },
    async close() {
      closed = true;
      const last = await connections?.catch(() => undefined);
      if (last !== undefined) await Promise.all([last.calls.destroy(), last.streams.destroy()]);
    },
  };
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new DOMException('stopped', 'AbortError');
}

function tlsOptions(config: ClusterConfig, credentials: Credentials): Record<string, string | boolean> {
  const { trust } = config;
  const url = new URL(config.server);
  if (url.protocol === 'http:') {
    if (credentials.authorization !== undefined && !isLoopback(url.hostname)) {
      throw plumbError('kube.tls', 'the kubeconfig would send a token unencrypted over http', {
        hint: 'Use an https server address; plain http is for this machine alone.',
      });
    }
    return {};
  }
  return {
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(trust.serverName === undefined ? {} : { servername: trust.serverName }),
    ...(trust.insecure ? { rejectUnauthorized: false } : {}),
    ...(credentials.certificate === undefined ? {} : { cert: credentials.certificate }),
    ...(credentials.key === undefined ? {} : { key: credentials.key.reveal() }),
  };
}
