import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { listenHere } from './listen.ts';

/** A real HTTP proxy that opens tunnels, for whoever has the password. */
export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of each tunnel that was asked for, and whether it was opened. */
  readonly asked: readonly string[];
  /** What the proxy itself could read of what passes through. */
  readonly seen: () => string;
}

/**
 * Starts a proxy for the running test. Names of other machines lead to this one.
 * @param authorization the `Proxy-Authorization` that lets in; none is asked for where it is left out
 */
export async function openConnectProxy(authorization?: string): Promise<ConnectProxy> {
  const asked: string[] = [];
  const seen: Buffer[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => void response.writeHead(405).end());
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const target = incoming.url ?? '';
    const isIn = authorization === undefined || incoming.headers['proxy-authorization'] === authorization;
    asked.push(`${target} ${isIn ? 'opened' : 'refused'}`);
    sockets.add(client);
    client.on('error', () => client.destroy());
    if (!isIn) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      );
      return;
    }
    const upstream = connect(Number(target.slice(target.lastIndexOf(':') + 1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.on('data', (chunk: Buffer) => seen.push(chunk));
      upstream.on('data', (chunk: Buffer) => seen.push(chunk));
      client.pipe(upstream).pipe(client);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await listenHere(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, asked, seen: () => Buffer.concat(seen).toString('latin1') };
}
