import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listenHere } from './listen.ts';

/** A bad line to a server of this machine. */
export interface Proxy {
  readonly port: number;
  /**
   * How many bytes each connection, those that are open too, may bring from the server from now on before it is cut off
   * or goes silent; Infinity for a good line.
   */
  allowance: number;
  /** What happens then. */
  fault: 'drop' | 'stall';
  /** Connections that went silent, or were dropped, so far. */
  readonly faults: number;
  /** Resolves when the next fault has happened. */
  nextFault(): Promise<void>;
}

/** Opens a bad line for the running test. */
export async function openProxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const lines = new Set<{ left: number }>();
  let allowance = Number.POSITIVE_INFINITY;
  let faults = 0;
  let waiting: (() => void)[] = [];
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    const line = { left: allowance };
    lines.add(line);
    let broken = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        lines.delete(line);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => {
      if (broken) return;
      client.write(chunk.subarray(0, Math.min(line.left, chunk.length)));
      line.left -= chunk.length;
      if (line.left > 0) return;
      broken = true;
      faults += 1;
      if (proxy.fault === 'drop') client.destroySoon();
      for (const resolve of waiting) resolve();
      waiting = [];
    });
  });
  const proxy: Proxy = {
    port: 0,
    get allowance() {
      return allowance;
    },
    set allowance(bytes) {
      allowance = bytes;
      for (const line of lines) line.left = bytes;
    },
    fault: 'drop',
    get faults() {
      return faults;
    },
    nextFault: () => new Promise((resolve) => waiting.push(resolve)),
  };
  await listenHere(server);
  Object.assign(proxy, { port: (server.address() as AddressInfo).port });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return proxy;
}
