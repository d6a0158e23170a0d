import { setTimeout as pause } from 'node:timers/promises';
import { PlumbError, plumbError } from '../errors.ts';
import type { ApiClient } from './client.ts';
import { failureOf } from './failure.ts';

/** One event of a stream. */
export interface ServerEvent {
  /** `begin`, `reset` or `change`. */
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** A resource of Plumbline changed: get it to see how. */
export interface Change {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** RFC 3339. */
  readonly at: string;
}

/** What is streamed. */
export interface EventQuery {
  readonly namespace?: string;
  readonly kind?: 'Application' | 'Repository' | 'Operation';
  readonly name?: string;
}

/** How a stream is kept. */
export interface FollowOptions extends EventQuery {
  readonly signal: AbortSignal;
  /** Milliseconds before a lost connection is begun anew; 1 s where left out. */
  readonly pause?: number;
}

/** The longest event that is read; one of ours has some hundred characters. */
const longestEvent = 256 * 1024;

/**
 * Changes as they happen, until the signal aborts. A connection that ends is begun anew from where it ended. Answers
 * undefined at the beginning, and where changes may have been missed: then everything has to be looked at anew.
 * @throws PlumbError what the server refuses with, where it does not pass by itself
 */
export async function* followChanges(client: ApiClient, options: FollowOptions): AsyncGenerator<Change | undefined> {
  const { signal, pause: milliseconds = 1_000, ...query } = options;
  const search = new URLSearchParams(Object.entries(query)).toString();
  const path = `/api/v1/events${search === '' ? '' : `?${search}`}`;
  let lastId: string | undefined;
  while (true) {
    signal.throwIfAborted();
    try {
      for await (const { event, id, data } of readEvents(client, path, lastId, signal)) {
        lastId = id ?? lastId;
        if (event === 'begin' || event === 'reset') yield undefined;
        else if (event === 'change') yield JSON.parse(data) as Change;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PlumbError && !error.transient) throw error;
    }
    await pause(milliseconds, undefined, { signal });
  }
}

async function* readEvents(
  client: ApiClient,
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
  const response = await client.send(path, { headers, signal });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined);
    throw failureOf(response.status, body, client.server);
  }
  if (response.body === null || !(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    await response.body?.cancel();
    throw plumbError('client.protocol', `${client.server} does not answer with events`);
  }
  try {
    yield* parseEvents(response.body.pipeThrough(new TextDecoderStream()));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlumbError) throw error;
    throw plumbError('client.unreachable', `${client.server}: the connection broke off`, { cause: error });
  }
}

/** The events of a text that comes in pieces, as the standard of server-sent events has them. */
export async function* parseEvents(pieces: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let waiting = '';
  for await (const piece of pieces) {
    waiting += piece;
    // A carriage return at the end may be the half of a line break.
    const whole = waiting.endsWith('\r') ? waiting.slice(0, -1) : waiting;
    const [events, rest] = takeEvents(whole);
    waiting = rest + waiting.slice(whole.length);
    if (waiting.length > longestEvent) throw plumbError('client.protocol', 'an event is too long');
    yield* events;
  }
  // Nothing follows that it could be the half of; an event that is not whole counts as none.
  yield* takeEvents(waiting)[0];
}

/** The events that are whole, and what is left of the text. */
function takeEvents(text: string): readonly [events: readonly ServerEvent[], rest: string] {
  const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
  const rest = blocks.pop() ?? '';
  return [blocks.map(parseEvent).filter((event) => event !== undefined), rest];
}

function parseEvent(block: string): ServerEvent | undefined {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, id, data: data.join('\n') };
}
