import { createRequire } from 'node:module';
import type { Dispatcher, Pool } from 'undici';

/**
 * The one class of undici that this room needs, by its own path. The whole of undici (fetch, WebSocket,
 * caches, mocks) holds 13 MB more for nothing; see docs/adr/0040. The version is pinned exactly.
 */
const require = createRequire(import.meta.url);
export const HttpPool: typeof Pool = require('undici/lib/dispatcher/pool.js');

export type { Dispatcher };

/** A dispatcher that reaches the server through a proxy. Loaded when needed: few need it. */
export async function proxyDispatcher(proxy: string, options: Pool.Options): Promise<Dispatcher> {
  const { ProxyAgent, Socks5ProxyAgent } = await import('undici');
  const { connect, ...rest } = options;
  if (typeof connect === 'function') throw new TypeError('a proxy needs TLS options, not a connector');
  const requestTls = { ...connect };
  if (/^socks5h?:/.test(proxy)) {
    return new Socks5ProxyAgent(proxy.replace(/^socks5h:/, 'socks5:'), { ...rest, requestTls });
  }
  return new ProxyAgent({ ...rest, uri: proxy, requestTls });
}
