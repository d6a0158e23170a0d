import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listenHere } from './listen.ts';

/** What came to a relay. */
export interface RelayedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What goes back from it; an empty `status` breaks the connection instead. */
export interface RelayedAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server between a client and the real one, which hears everything and can change every answer. */
export interface HttpRelay {
  readonly url: string;
  readonly requests: RelayedRequest[];
  /** Changes what the client sends, from now on. */
  onRequest: (asked: RelayedRequest) => RelayedRequest;
  /** Changes what the server answers, from now on. */
  onAnswer: (asked: RelayedRequest, answer: RelayedAnswer) => RelayedAnswer | Promise<RelayedAnswer>;
}

/** Starts a relay to a port of this machine for the running test, with TLS where a certificate is given. */
export async function openHttpRelay(
  port: number,
  tls?: { readonly key: string; readonly cert: string },
): Promise<HttpRelay> {
  const relay: HttpRelay = {
    url: '',
    requests: [],
    onRequest: (asked) => asked,
    onAnswer: (_, answer) => answer,
  };
  const server: Server = (tls === undefined ? createServer : createTlsServer.bind(undefined, tls))(
    (incoming, response) => {
      const answer = async (): Promise<void> => {
        const { method = 'GET', url = '/', headers } = incoming;
        const asked = { method, path: url, headers, body: await buffer(incoming) };
        relay.requests.push(asked);
        const { status, headers: back, body } = await relay.onAnswer(asked, await send(port, relay.onRequest(asked)));
        if (status === undefined) response.destroy();
        else response.writeHead(status, { ...back, 'content-length': body.length }).end(body);
      };
      answer().catch(() => response.destroy());
    },
  );
  await listenHere(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port: own } = server.address() as AddressInfo;
  return Object.assign(relay, { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${own}` });
}

function send(port: number, { method, path, headers, body }: RelayedRequest): Promise<RelayedAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      { port, host: '127.0.0.1', method, path, headers: { ...headers, host: 'localhost' } },
      (answer) => {
        const { 'transfer-encoding': _, ...rest } = answer.headers;
        buffer(answer).then((bytes) => resolve({ status: answer.statusCode, headers: rest, body: bytes }), reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
