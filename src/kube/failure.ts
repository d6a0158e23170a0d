import { connectionWords, isUntrusted } from '../connection-codes.ts';
import { plumbError, type PlumbError } from '../errors.ts';
import { retryAfter } from './retry.ts';
import { mayPass, parseStatus, statusError, type RequestContext, type Status } from './status.ts';
import type { HttpAnswer, TransportError } from './transport.ts';

/** A request that did not succeed, and whether it may be sent again. */
export interface Failure {
  readonly error: PlumbError;
  /** `idempotent`: only where doing it twice does no harm. */
  readonly retry: 'never' | 'idempotent' | 'always';
  /** Milliseconds that the server asks to wait. */
  readonly wait?: number;
  readonly unauthorized: boolean;
}

// A server may ask for any time; nobody is helped by waiting longer than this unseen.
const longestWait = 60_000;

/** What an answer outside 2xx means. */
export function answerFailure(answer: HttpAnswer, context: RequestContext, server: string): Failure {
  const status = statusOf(answer, server);
  const seconds = status.retryAfterSeconds;
  const asked = retryAfter(answer.headers['retry-after'], Date.now()) ?? (seconds && seconds * 1_000);
  // 429: the server has not begun with it.
  const retry = answer.status === 429 ? 'always' : mayPass(status) ? 'idempotent' : 'never';
  return {
    error: statusError(status, context),
    retry,
    ...(asked === undefined ? {} : { wait: Math.min(asked, longestWait) }),
    unauthorized: answer.status === 401,
  };
}

function statusOf(answer: HttpAnswer, server: string): Status {
  const body = answer.body.toString('utf8');
  let parsed: Status | undefined;
  try {
    parsed = parseStatus(JSON.parse(body));
  } catch {
    // Not JSON: said in words below.
  }
  // The HTTP status is the truth: a Status inside may leave its code out.
  if (parsed !== undefined) return { ...parsed, code: answer.status };
  const type = String(answer.headers['content-type'] ?? '');
  const words = type.startsWith('text/plain') ? (body.trim().split('\n')[0]?.slice(0, 300) ?? '') : '';
  return {
    code: answer.status,
    reason: '',
    message:
      words === ''
        ? `${server} answered ${answer.status} with something that is not Kubernetes' (${type || 'no type'})`
        : words,
    causes: [],
    kind: '',
    retryAfterSeconds: undefined,
  };
}

/** What a connection that failed means for the request. */
export function connectionError(
  error: TransportError,
  call: { readonly idempotent: boolean; readonly context: RequestContext },
  server: string,
): Failure {
  const closed = error.code === 'UND_ERR_DESTROYED' || error.code === 'UND_ERR_CLOSED';
  if (isUntrusted(error.code)) {
    return {
      error: plumbError('kube.tls', `${server}: ${error.message}`, { cause: error }),
      retry: 'never',
      unauthorized: false,
    };
  }
  const unsure = error.neverSent || call.idempotent ? '' : '; it is not known whether the request was carried out';
  const said = connectionWords(error.code) ?? error.message;
  return {
    error: plumbError(closed ? 'cancelled' : 'kube.unreachable', `${server}: ${said}${unsure}`, { cause: error }),
    retry: closed ? 'never' : error.neverSent ? 'always' : 'idempotent',
    unauthorized: false,
  };
}
