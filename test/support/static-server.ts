import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { listenHere } from './listen.ts';

/** What came to the server. */
export interface StaticRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** An answer that is no file. */
export type StaticAnswer = (response: ServerResponse, request: StaticRequest) => void;

/** Files over HTTP, as an object store or a web server gives them: with an ETag each. */
export interface StaticServer {
  readonly url: string;
  readonly host: string;
  /** Content by its path, which begins with a slash. */
  readonly files: Map<string, string | Uint8Array | StaticAnswer>;
  readonly requests: StaticRequest[];
  stop(): Promise<void>;
}

/** Starts a server of files on this machine, with TLS where a certificate is given. */
export async function startStaticServer(tls?: ServerOptions): Promise<StaticServer> {
  const files: StaticServer['files'] = new Map();
  const requests: StaticRequest[] = [];
  const server = (tls === undefined ? createServer : createTlsServer.bind(undefined, tls))((incoming, response) => {
    const request = { path: incoming.url ?? '/', headers: incoming.headers };
    requests.push(request);
    const file = files.get(request.path.replace(/\?.*/, ''));
    if (file === undefined) {
      response.writeHead(404).end('nothing here');
      return;
    }
    if (typeof file === 'function') {
      file(response, request);
      return;
    }
    const etag = `"${createHash('sha256').update(file).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(file);
  });
  await listenHere(server);
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    files,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
