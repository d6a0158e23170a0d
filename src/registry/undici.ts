import { createRequire } from 'node:module';
import { getCACertificates } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import type { Egress } from '../egress.ts';
import type { RegistryConnection } from './connection.ts';

/** The parts of undici that this room needs, by their own paths: the whole holds 13 MB more (docs/adr/0040). */
const require = createRequire(import.meta.url);
const HttpAgent: typeof Agent = require('undici/lib/dispatcher/agent.js');
type Request = (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>;
const requestOf: Request = require('undici/lib/api/api-request.js');

/** Sends a request through a dispatcher. */
export function dispatch(dispatcher: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
  return requestOf.call(dispatcher, options);
}

/** The connections of a source: those to its own origin, and those to wherever it redirects. */
export interface Dispatchers {
  /** With the certificates of the connection. */
  own(): Promise<Dispatcher>;
  /** Shows no client certificate, and trusts the system's authorities as well as the connection's. */
  foreign(): Promise<Dispatcher>;
  close(): Promise<void>;
}

const limits = {
  // Servers close idle connections after 60 to 90 s; registries are asked about once a minute.
  keepAliveTimeout: 55_000,
  headersTimeout: 30_000,
  bodyTimeout: 30_000,
  connections: 8,
  pipelining: 1,
  allowH2: false,
};
const connectTimeout = 10_000;

/** Prepares the connections of a source; they are made at the first request. */
export function dispatchers(connection: RegistryConnection, egress: Egress): Dispatchers {
  const { certificateAuthority, clientCertificate, proxy } = connection;
  // Verified whatever the environment of this process says.
  const base = { timeout: connectTimeout, rejectUnauthorized: true, lookup: egress.lookup };
  const ownTls: buildConnector.BuildOptions = {
    ...base,
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificate, key: clientCertificate.key.reveal() }),
  };
  const foreignTls = (): buildConnector.BuildOptions => ({
    ...base,
    ...(certificateAuthority === undefined ? {} : { ca: [...getCACertificates('default'), certificateAuthority] }),
  });
  const make = async (connect: buildConnector.BuildOptions): Promise<Dispatcher> => {
    if (proxy === undefined) return new HttpAgent({ ...limits, connect });
    egress.check(proxy.reveal());
    const { ProxyAgent, Socks5ProxyAgent } = await import('undici');
    const uri = proxy.reveal();
    if (/^socks5h?:/.test(uri))
      return new Socks5ProxyAgent(uri.replace(/^socks5h:/, 'socks5:'), { ...limits, requestTls: connect });
    return new ProxyAgent({ ...limits, uri, requestTls: connect, proxyTls: { lookup: egress.lookup } });
  };
  let own: Promise<Dispatcher> | undefined;
  let foreign: Promise<Dispatcher> | undefined;
  return {
    own: () => (own ??= make(ownTls)),
    foreign: () => (foreign ??= make(foreignTls())),
    async close() {
      const opened = await Promise.allSettled([own, foreign]);
      const made = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      await Promise.all(made.map(async (each) => each?.close()));
    },
  };
}
