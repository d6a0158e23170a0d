import type { CredentialSource, Credentials } from './config.ts';
import { answerFailure, connectionError, type Failure } from './failure.ts';
import type { Flow } from './flow.ts';
import { backoff, pause } from './retry.ts';
import type { RequestContext } from './status.ts';
import { TransportError, type HttpAnswer, type StreamHandlers, type Transport } from './transport.ts';
import type { CallOptions, Counters, StreamEnd } from './types.ts';

/** A request, and what to do when it fails. */
export interface Call extends CallOptions {
  /** For the counters: `get`, `apply`, … */
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body?: string;
  /** True where it may be sent again though it may have been done. */
  readonly idempotent: boolean;
  /** False for answers whose time says nothing of the server's load: lists of any size. */
  readonly timed: boolean;
  readonly context: RequestContext;
}

/** What a caller is made of. */
export interface CallerParts {
  readonly server: string;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly flow: Flow;
  /** Milliseconds to go on trying, where a call says nothing else. */
  readonly patience: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  /** The server does not serve a path that discovery named. */
  readonly onUnknownPath: () => void;
}

/** `StreamHandlers` once refusals are sorted out. */
export interface CallStreamHandlers extends Omit<StreamHandlers, 'onOpen'> {
  readonly onOpen: (() => void) | undefined;
}

/** Sends requests: in turn, with credentials, again where that is right, and every failure as PlumbError. */
export interface Caller {
  /** An answer of the 2xx kind. */
  send(call: Call): Promise<HttpAnswer>;
  /** Rejects only with the signal's reason, or what `onData` throws. */
  stream(call: Call, handlers: CallStreamHandlers): Promise<StreamEnd>;
  readonly counters: Counters;
}

const waits = { first: 50, longest: 2_000 };
/** A server that dies takes all connections with it, and not all of them are seen to be dead at once; milliseconds. */
const settlingTime = 50;

/** The one loop through which every request goes. */
export function createCaller(parts: CallerParts): Caller {
  const { transport, credentials, flow, now, random } = parts;
  const requests: Record<string, number> = {};
  const answers: Record<string, Record<string, number>> = {};
  const counters = { requests, answers, throttled: 0, retried: 0 };
  let settledAt = -Infinity;

  const count = (verb: string, code: number | 'error'): void => {
    const codes = (answers[verb] ??= {});
    codes[code] = (codes[code] ?? 0) + 1;
  };

  /** Whatever must not be sent twice is not entrusted to a connection whose sisters have just been lost. */
  const settled = async (call: Call): Promise<void> => {
    const wait = settledAt - now();
    if (wait > 0) await pause(wait, call.signal);
  };

  const attempt = async (call: Call, shown: Credentials): Promise<HttpAnswer> => {
    requests[call.verb] = (requests[call.verb] ?? 0) + 1;
    const begun = now();
    const answer = await transport.send(call, shown);
    count(call.verb, answer.status);
    if (call.timed && answer.status < 500 && answer.status !== 429) flow.answered(now() - begun);
    return answer;
  };

  const inTurn = async (call: Call, shown: Credentials): Promise<HttpAnswer | Failure> => {
    const priority = call.priority ?? 'normal';
    const turn = flow.enter(priority, call.signal);
    if (turn !== undefined) await turn;
    try {
      if (!call.idempotent) await settled(call);
      const answer = await attempt(call, shown);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const failure = answerFailure(answer, call.context, parts.server);
      if (failure.error.code === 'kube.no-such-kind') parts.onUnknownPath();
      if (answer.status === 429) {
        counters.throttled += 1;
        flow.throttled(failure.wait ?? 1_000);
      }
      return failure;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      count(call.verb, 'error');
      if (!error.neverSent) settledAt = now() + settlingTime;
      return connectionError(error, call, parts.server);
    } finally {
      flow.leave(priority);
    }
  };

  const send = async (call: Call): Promise<HttpAnswer> => {
    const end = now() + (call.patience ?? parts.patience);
    let renewed = false;
    for (let tries = 0; ; tries += 1) {
      const current = credentials.current(call.signal);
      const shown = current instanceof Promise ? await current : current;
      const outcome = await inTurn(call, shown);
      if (!('error' in outcome)) return outcome;
      if (outcome.unauthorized && !renewed && (await credentials.renew(shown, call.signal))) {
        renewed = true;
      } else {
        await waitOrThrow(outcome, call, tries, end);
      }
      counters.retried += 1;
    }
  };

  const waitOrThrow = async (failure: Failure, call: Call, tries: number, end: number): Promise<void> => {
    const again = failure.retry === 'always' || (failure.retry === 'idempotent' && call.idempotent);
    if (!again) throw failure.error;
    const wait = Math.max(failure.wait ?? 0, backoff(tries, waits, random));
    if (now() + wait > end) throw failure.error;
    await pause(wait, call.signal);
  };

  const stream: Caller['stream'] = async (call, handlers) => {
    requests[call.verb] = (requests[call.verb] ?? 0) + 1;
    const shown = await credentials.current(call.signal);
    let answer: HttpAnswer;
    let isOpen = false;
    try {
      answer = await transport.stream(call, shown, {
        idleTimeout: handlers.idleTimeout,
        onOpen: (status) => {
          count(call.verb, status);
          if (status !== 200) return false;
          isOpen = true;
          handlers.onOpen?.();
          return true;
        },
        onData: handlers.onData,
      });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (error.code === 'UND_ERR_BODY_TIMEOUT') return { state: 'stalled' };
      if (!isOpen) count(call.verb, 'error');
      return { state: 'failed', error: connectionError(error, call, parts.server).error };
    }
    if (answer.status === 200) return { state: 'ended' };
    const { error, wait, unauthorized } = answerFailure(answer, call.context, parts.server);
    if (error.code === 'kube.no-such-kind') parts.onUnknownPath();
    if (answer.status === 429) counters.throttled += 1;
    // The next stream shows new credentials, where there are any.
    if (unauthorized) await credentials.renew(shown, call.signal);
    return { state: 'failed', error, ...(wait === undefined ? {} : { wait }) };
  };

  return { send, stream, counters };
}
