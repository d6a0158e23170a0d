import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Egress } from '../egress.ts';
import { openAuthenticator, type Authenticator } from './auth.ts';
import { openBlobStore, type BlobStore } from './blob-store.ts';
import type { FoundChart } from './charts.ts';
import type { RegistryConnection } from './connection.ts';
import type { Digest } from './digest.ts';
import type { HelmIndex } from './helm-index.ts';
import { openHttp, type HttpClient } from './http.ts';
import { systemClock, type Clock } from './retry.ts';
import { createShare, type Share } from './share.ts';
import type { ArtifactTree } from './tree.ts';

/** What all sources of a process share: content on disk, trees in memory, connections, log-ins. */
export interface RegistryCache {
  /** Ends all connections. What is on the disk stays. */
  close(): Promise<void>;
}

/** How a cache is opened. */
export interface RegistryCacheOptions {
  /** Folder for what was fetched; may be deleted whenever no process uses it. */
  readonly directory: string;
  /** About as much is kept on the disk, in bytes; 1 GiB where it is not given. */
  readonly diskBytes?: number;
  /** As much of unpacked artifacts is kept in memory, besides what sources hold; 128 MiB where it is not given. */
  readonly memoryBytes?: number;
  /** Where this installation may connect to. */
  readonly egress: Egress;
  /** The clock of this machine where it is not given. */
  readonly clock?: Clock;
}

/** What sources see of a cache. */
export interface Shared extends RegistryCache {
  readonly clock: Clock;
  readonly egress: Egress;
  readonly trees: LRUCache<string, ArtifactTree>;
  readonly indexes: LRUCache<string, HelmIndex>;
  /** What indexes said of the archives that were found, by scope and digest. */
  readonly charts: LRUCache<string, Omit<FoundChart, 'archive' | 'digest'>>;
  readonly work: Share<unknown>;
  /** The content of one scope: nobody finds what others were let in to fetch. */
  store(scope: string): BlobStore;
  http(origin: string, connection: RegistryConnection): HttpClient;
  authenticator(options: {
    readonly host: string;
    readonly origin: string;
    readonly repository: string;
    readonly connection: RegistryConnection;
  }): Authenticator;
}

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;

const opened = new WeakMap<RegistryCache, Shared>();

/** Opens what sources share; one for a process. Nothing is read or connected to yet. */
export function openRegistryCache(options: RegistryCacheOptions): RegistryCache {
  const { egress, clock = systemClock } = options;
  const store = openBlobStore(options.directory, options.diskBytes ?? gibibyte);
  const clients = new LRUCache<string, HttpClient>({ max: 100, dispose: (client) => void client.close() });
  const authenticators = new LRUCache<string, Authenticator>({ max: 1000 });
  const http = (origin: string, connection: RegistryConnection): HttpClient => {
    const key = `${origin} ${connectionKey(connection)}`;
    const client = clients.get(key) ?? openHttp({ connection, origin, egress, clock });
    clients.set(key, client);
    return client;
  };
  const shared: Shared = {
    clock,
    egress,
    trees: new LRUCache({
      maxSize: options.memoryBytes ?? 128 * mebibyte,
      sizeCalculation: (tree) => tree.bytes + 1024,
    }),
    indexes: new LRUCache({ maxSize: 256 * mebibyte, sizeCalculation: (index) => index.bytes + 1024 }),
    charts: new LRUCache({ max: 1000 }),
    work: createShare(),
    store: (scope) => ({
      get: (digest) => store.get(scope, digest),
      put: (digest, content) => store.put(scope, digest, content),
    }),
    http,
    authenticator({ host, origin, repository, connection }) {
      const key = `${origin} ${repository} ${connectionKey(connection)}`;
      const scope = `repository:${repository}:pull`;
      const known =
        authenticators.get(key) ??
        openAuthenticator({ http: http(origin, connection), connection, host, origin, scope, clock });
      authenticators.set(key, known);
      return known;
    },
    async close() {
      const open = [...clients.values()];
      authenticators.clear();
      clients.clear();
      await Promise.all(open.map((client) => client.close()));
    },
  };
  const cache: RegistryCache = { close: () => shared.close() };
  opened.set(cache, shared);
  return cache;
}

/** What is behind a cache. */
export function sharedOf(cache: RegistryCache): Shared {
  const shared = opened.get(cache);
  if (shared === undefined) throw new TypeError('openRegistryCache did not make this cache');
  return shared;
}

/** One text for all that a connection is made of, from which nothing of it can be read. */
export function connectionKey(connection: RegistryConnection): string {
  const { credentials, certificateAuthority, clientCertificate, proxy, credentialHosts } = connection;
  const login =
    credentials?.kind === 'password'
      ? [credentials.username, credentials.password.reveal()]
      : [credentials?.config.reveal()];
  const parts = [
    credentials?.kind,
    login,
    certificateAuthority,
    clientCertificate?.certificate,
    clientCertificate?.key.reveal(),
    proxy?.reveal(),
    credentialHosts,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Content by its digest, from the disk or from `fetch`; fetched once however many ask. */
export async function contentOf(
  shared: Shared,
  scope: string,
  digest: Digest,
  signal: AbortSignal,
  fetch: (signal: AbortSignal) => Promise<Buffer>,
): Promise<Buffer> {
  const load = async (loading: AbortSignal): Promise<Buffer> => {
    const store = shared.store(scope);
    const kept = await store.get(digest);
    if (kept !== undefined) return kept;
    const content = await fetch(loading);
    await store.put(digest, content);
    return content;
  };
  return (await shared.work.run(`content ${scope} ${digest}`, load, signal)) as Buffer;
}

/** Names the scope of who asks a host: content is shared by those who ask it with the same credentials. */
export function scopeOf(host: string, connection: RegistryConnection): string {
  return createHash('sha256')
    .update(`${host}\0${connectionKey(connection)}`)
    .digest('hex')
    .slice(0, 32);
}
