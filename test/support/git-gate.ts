import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { onTestFinished } from 'vitest';
import { listenHere } from './listen.ts';

/** A server before a Git server, which decides who comes in. */
export interface GitGate {
  readonly port: number;
  /** URL of the repository `app`. */
  readonly url: string;
  /** `METHOD path status` of each request so far. */
  readonly requests: readonly string[];
  /** Resolves with the next request that is answered with this status. */
  next(status: number): Promise<void>;
  /** What an incoming request is answered with in the place of the Git server; undefined lets it in. */
  admit: (incoming: IncomingMessage) => number | undefined;
  /** Waited for before each answer, so that a test can look round while somebody waits for it. */
  before: (incoming: IncomingMessage) => Promise<void>;
}

/** `Authorization` of a user with a password. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * Hands a request on to the Git server at a port of this machine, and its answer back.
 * @param onStatus told the status before anybody can have read it
 */
export function passOn(
  port: number,
  incoming: IncomingMessage,
  response: ServerResponse,
  onStatus: (status: number) => void = () => {},
): void {
  const { method, url, headers } = incoming;
  const options = { port, host: '127.0.0.1', method, path: url, headers: { ...headers, host: 'localhost' } };
  const onward = request(options, (answer) => {
    const status = answer.statusCode ?? 500;
    onStatus(status);
    response.writeHead(status, answer.headers);
    pipeline(answer, response, () => {});
  });
  // A Git server that is gone, or goes, breaks the connection to whoever asked, and nothing else.
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** Opens a gate for the running test, over TLS where it is given a certificate. */
export async function openGitGate(port: number, tls?: ServerOptions): Promise<GitGate> {
  const requests: string[] = [];
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    await gate.before(incoming);
    const status = gate.admit(incoming);
    const record = (answered: number): void => {
      requests.push(`${incoming.method} ${incoming.url} ${answered}`);
      waiting.get(answered)?.resolve();
      waiting.delete(answered);
    };
    if (status === undefined) {
      passOn(port, incoming, response, record);
      return;
    }
    record(status);
    response.writeHead(status, status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {}).end();
  };
  const listener: RequestListener = (incoming, response) => void answer(incoming, response);
  const server = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener);
  await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const own = (server.address() as AddressInfo).port;
  const gate: GitGate = {
    port: own,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${own}/app.git`,
    requests,
    next(status) {
      const known = waiting.get(status) ?? Promise.withResolvers<void>();
      waiting.set(status, known);
      return known.promise;
    },
    admit: () => undefined,
    before: () => Promise.resolve(),
  };
  return gate;
}
