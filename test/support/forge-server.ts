import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createEgress } from '../../src/egress.ts';
import { PlumbError } from '../../src/errors.ts';
import { createForgeConnections, type Clock, type ForgeConnections } from '../../src/forge/index.ts';
import { listenHere } from './listen.ts';

/** What came to the server. */
export interface AskedOfForge {
  readonly method: string;
  /** Path and query, as they came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed where it is JSON; undefined where there is none. */
  readonly body: unknown;
}

/** What goes back; `cut` breaks the connection instead, after the request was read. */
export type ForgeReply =
  | 'cut'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Sent as JSON, a string as it is. */
      readonly body?: unknown;
    };

/** A server on this machine that answers as the documentation of a forge says: the forge itself cannot run here. */
export interface ForgeServer {
  readonly url: string;
  /** All that came, the oldest first. */
  readonly asked: AskedOfForge[];
  /** `GET /repos/a/b?page=2` of all that came. */
  lines(): readonly string[];
}

/** Starts a server for the running test. */
export async function openForgeServer(
  reply: (asked: AskedOfForge, count: number) => ForgeReply | Promise<ForgeReply>,
): Promise<ForgeServer> {
  const asked: AskedOfForge[] = [];
  const server = createServer((incoming, response) => {
    const answer = async (): Promise<void> => {
      const sent = await text(incoming);
      const { method = 'GET', url = '/', headers } = incoming;
      const one = { method, path: url, headers, body: sent === '' ? undefined : (JSON.parse(sent) as unknown) };
      asked.push(one);
      const back = await reply(one, asked.length);
      if (back === 'cut') {
        response.destroy();
        return;
      }
      const body = back.body === undefined ? '' : typeof back.body === 'string' ? back.body : JSON.stringify(back.body);
      response.writeHead(back.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...back.headers });
      response.end(body);
    };
    answer().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await listenHere(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lines: () => asked.map(({ method, path }) => `${method} ${path}`),
  };
}

/** A clock whose waits are over at once, and move it on. */
export interface TestClock extends Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[];
}

/** Makes one that starts at a moment of its own. */
export function testClock(): TestClock {
  let now = Date.parse('2026-11-21T12:00:00Z');
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    wait(milliseconds, signal) {
      signal.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

/** Connections for the running test: real ones, with a clock of their own and no chance in them. */
export function testConnections(
  clock: Clock = testClock(),
  limits: { readonly answerTimeout?: number; readonly longestAnswer?: number } = {},
): ForgeConnections {
  const connections = createForgeConnections({ egress: createEgress(), clock, random: () => 1, ...limits });
  onTestFinished(() => connections.close());
  return connections;
}

/** The error that a call ends with. @throws Error where it ends well, or with something that no user could read */
export async function failureOf(action: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlumbError)) throw new Error(`expected a PlumbError, not ${String(error)}`, { cause: error });
  return error;
}
