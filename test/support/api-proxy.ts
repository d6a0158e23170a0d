import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { ClusterAccess } from './cluster.ts';
import { listenHere } from './listen.ts';

/** An answer given in place of the API server's. */
export interface MadeUpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A call as it came by. */
export interface SeenCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Of the answer; 0 until there is one. */
  status: number;
}

/** A real API server, some of whose answers a test makes up. */
export interface ApiProxy {
  /** Plain http, on the loopback interface. */
  readonly server: string;
  /** All calls, in order. */
  readonly calls: readonly SeenCall[];
  /** Decides each call: an answer of its own, or undefined to pass it on. Replaces the one before. */
  answer(decide: (call: SeenCall) => MadeUpAnswer | undefined): void;
  /** Keeps back what the API server says on these calls from now on, also on those that are under way. */
  hold(isHeld: (call: SeenCall) => boolean): void;
  /** Lets through what was kept back, and all that comes. */
  release(): void;
  /** Breaks all connections, and every new one until `open`. */
  block(): void;
  open(): void;
  close(): Promise<void>;
}

/** Opens a proxy for the API server of a cluster. */
export async function startApiProxy(access: ClusterAccess): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: access.authority });
  const calls: SeenCall[] = [];
  let blocked = false;
  let held: { readonly isHeld: (call: SeenCall) => boolean; readonly released: PromiseWithResolvers<void> } | undefined;
  const whenLetThrough = async (call: SeenCall): Promise<void> => {
    while (held?.isHeld(call) === true) await held.released.promise;
  };
  let decide: ((call: SeenCall) => MadeUpAnswer | undefined) | undefined;

  const server = createServer((incoming, outgoing) => {
    const call: SeenCall = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      status: 0,
    };
    calls.push(call);
    const made = decide?.(call);
    if (made === undefined) {
      passOn(access, agent, incoming, outgoing, call, whenLetThrough);
      return;
    }
    call.status = made.status;
    incoming.resume();
    outgoing.writeHead(made.status, made.headers).end(made.body);
  });
  server.on('connection', (socket) => {
    if (blocked) socket.resetAndDestroy();
  });
  await listenHere(server);

  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer(next) {
      decide = next;
    },
    hold(isHeld) {
      held = { isHeld, released: Promise.withResolvers() };
    },
    release() {
      held?.released.resolve();
      held = undefined;
    },
    block() {
      blocked = true;
      server.closeAllConnections();
    },
    open() {
      blocked = false;
    },
    async close() {
      held?.released.resolve();
      held = undefined;
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function passOn(
  access: ClusterAccess,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  call: SeenCall,
  whenLetThrough: (call: SeenCall) => Promise<void>,
): void {
  const { method, headers } = incoming;
  const onward = request(`${access.server}${incoming.url}`, { agent, ...(method && { method }), headers }, (answer) => {
    call.status = answer.statusCode ?? 0;
    outgoing.writeHead(call.status, answer.headers);
    // A watch says that it is open before it says anything else.
    outgoing.flushHeaders();
    const gate = async function* (chunks: AsyncIterable<Uint8Array>) {
      // A watch may have nothing to say, and an answer no content.
      await whenLetThrough(call);
      for await (const chunk of chunks) {
        await whenLetThrough(call);
        yield chunk;
      }
    };
    pipeline(answer, gate, outgoing, () => undefined);
  });
  // The server may go at any time: whoever asked loses the connection, and the test goes on.
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  pipeline(incoming, onward, (error) => {
    if (error) outgoing.destroy();
  });
}
