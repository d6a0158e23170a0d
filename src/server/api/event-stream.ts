import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Changes, NumberedChange } from '../../controller/index.ts';
import { PlumbError, plumbError } from '../../errors.ts';
import type { SignedIn } from '../auth/types.ts';
import { userOf } from './caller.ts';
import type { ApiContext } from './context.ts';

/** Bytes that may wait for a reader; one that is slower is cut off. */
const mostWaitingBytes = 256 * 1024;
/** Changes that may wait until it is known whether the user may see them. */
const mostWaitingChanges = 4_096;
const heartbeatMilliseconds = 15_000;
/** How long a right is taken to last. */
const rightsMilliseconds = 60_000;

const resources: Readonly<Record<NumberedChange['kind'], string>> = {
  Application: 'applications',
  Repository: 'repositories',
  Operation: 'operations',
};

/** What is streamed. */
export interface EventStreamOptions {
  readonly changes: Changes;
  /** API group of what changes. */
  readonly group: string;
  readonly wanted: { readonly namespace?: string; readonly kind?: NumberedChange['kind']; readonly name?: string };
  /** The id of the last event that the reader has. */
  readonly lastId: string | undefined;
}

/**
 * Answers with events until the reader goes, reads too slowly or is signed out, or the server ends.
 * @throws PlumbError `auth.forbidden` where a namespace is named in which the user may list nothing
 */
export async function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ApiContext,
  { changes, group, wanted, lastId }: EventStreamOptions,
): Promise<void> {
  const user = userOf(request);
  const rights = createRights(context, user, group, request.ending);
  if (wanted.namespace !== undefined) await requireSome(rights, wanted.namespace, wanted.kind);

  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  const stop = new AbortController();
  const end = (): void => stop.abort();
  raw.once('close', end);
  request.ending.addEventListener('abort', end, { once: true });
  const write = (text: string): void => {
    if (raw.writableLength > mostWaitingBytes) end();
    else raw.write(text);
  };

  const missed = missedSince(changes, lastId);
  // Whoever begins learns where: nothing is lost then, if the connection ends before the first change.
  if (lastId === undefined || missed === undefined) {
    const name = lastId === undefined ? 'begin' : 'reset';
    write(`event: ${name}\nid: ${changes.epoch}-${changes.last}\ndata: {}\n\n`);
  } else write(': going on\n\n');
  // Whoever has signed out since, or was signed out, is told nothing more. Who cannot be asked just now is, for rights
  // are asked for besides.
  const stillSignedIn = async (): Promise<void> => {
    try {
      const now = await context.authenticate(request);
      if (now.username === user.username) write(': still here\n\n');
      else end();
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'auth.unavailable') end();
    }
  };
  const heartbeat = setInterval(() => void stillSignedIn(), heartbeatMilliseconds);
  const isWanted = (change: NumberedChange): boolean =>
    (wanted.namespace === undefined || change.namespace === wanted.namespace) &&
    (wanted.kind === undefined || change.kind === wanted.kind) &&
    (wanted.name === undefined || change.name === wanted.name);

  const queue: NumberedChange[] = (missed ?? []).filter(isWanted);
  let working = Promise.resolve();
  const workOff = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !stop.signal.aborted; next = queue.shift()) {
      if (await rights.mayList(next.kind, next.namespace)) write(eventText(changes.epoch, next));
    }
  };
  const unsubscribe = changes.subscribe((change) => {
    if (!isWanted(change)) return;
    queue.push(change);
    if (queue.length > mostWaitingChanges) end();
    else working = working.then(workOff, end);
  });
  working = working.then(workOff, end);
  stop.signal.addEventListener(
    'abort',
    () => {
      clearInterval(heartbeat);
      unsubscribe();
      queue.length = 0;
      finish(raw);
    },
    { once: true },
  );
  if (raw.destroyed || request.ending.aborted) end();
}

function finish(raw: ServerResponse): void {
  if (raw.writableLength > mostWaitingBytes) raw.destroy();
  else raw.end();
}

function eventText(epoch: string, { number, at, ...change }: NumberedChange): string {
  const data = { ...change, at: new Date(at).toISOString() };
  return `event: change\nid: ${epoch}-${number}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What the reader has missed; nothing for one who begins, and undefined where it is not known (any more). */
function missedSince(changes: Changes, lastId: string | undefined): readonly NumberedChange[] | undefined {
  if (lastId === undefined) return [];
  const [epoch, number] = lastId.split('-');
  return epoch === changes.epoch && /^\d{1,15}$/.test(number ?? '') ? changes.after(Number(number)) : undefined;
}

interface Rights {
  mayList(kind: NumberedChange['kind'], namespace: string): Promise<boolean>;
}

/** Asks for each kind and namespace at most once a minute, and first of all for all namespaces. */
function createRights(
  { authorizer, monotonic }: ApiContext,
  user: SignedIn,
  group: string,
  signal: AbortSignal,
): Rights {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<boolean> }>();
  const ask = (resource: string, namespace: string | undefined): Promise<boolean> => {
    const key = `${resource} ${namespace ?? '*'}`;
    const before = known.get(key);
    if (before !== undefined && before.until > monotonic()) return before.answer;
    const right = { verb: 'list', group, resource, ...(namespace === undefined ? {} : { namespace }) };
    const answer = authorizer.allows(user, right, signal);
    known.set(key, { until: monotonic() + rightsMilliseconds, answer });
    return answer;
  };
  return {
    mayList: async (kind, namespace) => (await ask(resources[kind], undefined)) || ask(resources[kind], namespace),
  };
}

async function requireSome(rights: Rights, namespace: string, kind: NumberedChange['kind'] | undefined): Promise<void> {
  const kinds = kind === undefined ? (['Application', 'Repository', 'Operation'] as const) : [kind];
  for (const each of kinds) if (await rights.mayList(each, namespace)) return;
  throw plumbError('auth.forbidden', `you may list nothing in the namespace ${namespace}`);
}
