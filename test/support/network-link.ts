import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { listenHere } from './listen.ts';

/** A link to a server that a test can cut, block and hold still. TLS goes through it untouched. */
export interface NetworkLink {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Connections made so far. */
  readonly accepted: number;
  /** Breaks every connection, as a network does: with a reset. New ones are let through. */
  cut(): void;
  /** From now on no byte passes in either direction; nothing is closed. */
  stall(): void;
  /** After `stall`: the present connections stay as they are, new ones work. */
  letNewThrough(): void;
  /** New connections are refused, and the present ones broken. */
  block(): void;
  /** Lets everything through again; what was held still flows on. */
  open(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly inner: Socket;
  readonly outer: Socket;
}

/** Opens a link on the loopback interface to `host:port`. */
export async function openNetworkLink(target: string): Promise<NetworkLink> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const pairs = new Set<Pair>();
  let blocked = false;
  let stalled = false;
  let accepted = 0;

  const server = createServer((outer) => {
    if (blocked) {
      outer.resetAndDestroy();
      return;
    }
    accepted += 1;
    const inner = connect(Number(port), hostname);
    const pair = { inner, outer };
    pairs.add(pair);
    const relay = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    };
    relay(outer, inner);
    relay(inner, outer);
    if (stalled) hold(pair);
  });
  await listenHere(server);
  const cut = (): void => {
    for (const { inner, outer } of pairs) {
      outer.resetAndDestroy();
      inner.destroy();
    }
  };

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    cut,
    stall() {
      stalled = true;
      for (const pair of pairs) hold(pair);
    },
    letNewThrough() {
      stalled = false;
    },
    block() {
      blocked = true;
      cut();
    },
    open() {
      blocked = false;
      stalled = false;
      for (const { inner, outer } of pairs) {
        inner.resume();
        outer.resume();
      }
    },
    async close() {
      cut();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function hold(pair: Pair): void {
  pair.inner.pause();
  pair.outer.pause();
}
