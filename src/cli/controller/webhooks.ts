import { InvalidArgumentError } from 'commander';
import ipaddr from 'ipaddr.js';
import type { Log, RunningController } from '../../controller/index.ts';

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address of this machine. */
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with an IPv6 address in brackets. */
export function parseListenAddress(text: string): ListenAddress {
  const [, host, bracketed, digits] = /^(?:([^:[\]\s]+)|\[([0-9a-fA-F:.]+)\]):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const name = host ?? bracketed;
  if (name !== undefined && port <= 65_535) return { host: name, port };
  throw new InvalidArgumentError('It is HOST:PORT, such as 0.0.0.0:8080 or [::1]:8080.');
}

/** One more address or range of a proxy. */
export function parseProxy(text: string, previous: readonly string[]): readonly string[] {
  if (ipaddr.isValid(text) || ipaddr.isValidCIDR(text)) return [...previous, text];
  throw new InvalidArgumentError('It is an address or a range, such as 10.0.0.7 or 10.0.0.0/8.');
}

/** What a server for webhooks is started with. */
export interface ServeInput {
  readonly address: ListenAddress;
  readonly trustedProxies: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Listens for webhooks until the signal aborts, and hands them to the controller.
 * @throws PlumbError `server.listen`
 */
export async function serveWebhooks(
  controller: Pick<RunningController, 'receive' | 'isReady'>,
  { address, trustedProxies, log, signal }: ServeInput,
): Promise<void> {
  const { startServer } = await import('../../server/index.ts');
  const server = await startServer({
    ...address,
    trustedProxies,
    receive: (request) => controller.receive(request),
    isReady: () => controller.isReady(),
    log,
    monotonic: () => performance.now(),
    signal,
  });
  log.info({ host: server.host, port: server.port }, 'listening for webhooks');
  await server.closed;
}
