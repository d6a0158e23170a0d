import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import type { BenchObject } from './workload.ts';

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: BenchObject;
  /** When it was read, in milliseconds of `performance.now()`. */
  readonly at: number;
}

/**
 * The benchmark's own way to the API server: undici and nothing of Plumbline, so that what it says of Plumbline does
 * not rest on Plumbline.
 */
export interface ApiServer {
  /** URL of the API server. */
  readonly server: string;
  /** Calls for resources made so far by this client, without watches: the API server counts those when they end. */
  readonly calls: number;
  /** Makes one call. @throws Error with the status and the body where it is refused */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    type?: string,
  ): Promise<BenchObject>;
  /** One server-side apply that takes all fields over. The answer is read and not looked at. */
  apply(path: string, object: object): Promise<void>;
  /** The metrics of the API server, as text. */
  metrics(): Promise<string>;
  /**
   * Watches a collection, what exists first. Settles when the watch is established, and ends with the signal.
   * A watch that breaks off rejects `ended`.
   */
  watch(
    path: string,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<{ readonly ended: Promise<void> }>;
  close(): Promise<void>;
}

/** How to call an API server with a token. */
export interface Access {
  readonly server: string;
  /** The authority that signed the server's certificate, PEM. */
  readonly authority: string;
  readonly token: string;
}

/** Reads a kubeconfig of the local cluster, which is JSON. */
export function readAccess(path: string): Access {
  const config = JSON.parse(readFileSync(path, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { cluster } = config.clusters[0];
  return {
    server: cluster.server,
    authority: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'),
    token: config.users[0].user.token,
  };
}

/** Opens connections to an API server. @param connections at most so many at once, watches apart */
export function connectApiServer(access: Access, connections: number): ApiServer {
  const connect = { ca: access.authority };
  const timeouts = { headersTimeout: 60_000, bodyTimeout: 60_000, keepAliveTimeout: 60_000 };
  const pool = new Pool(access.server, { connections, pipelining: 1, connect, ...timeouts });
  const watches = new Pool(access.server, { pipelining: 1, connect, ...timeouts, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${access.token}`, accept: 'application/json' };
  let calls = 0;

  async function send(method: string, path: string, body?: object, type = 'application/json'): Promise<string> {
    // What is no resource, such as /metrics, is in no metric either.
    if (path.startsWith('/api')) calls += 1;
    const response = await pool.request({
      method,
      path,
      headers: body === undefined ? headers : { ...headers, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 1000)}`);
    return text;
  }

  return {
    server: access.server,
    get calls() {
      return calls;
    },
    call: async (method, path, body, type) => JSON.parse(await send(method, path, body, type)) as BenchObject,
    async apply(path, object) {
      await send('PATCH', `${path}?fieldManager=bench-limit&force=true`, object, 'application/apply-patch+yaml');
    },
    metrics: () => send('GET', '/metrics'),
    async watch(path, onEvent, signal) {
      const { statusCode, body } = await watches.request({
        method: 'GET',
        path: `${path}?watch=true`,
        headers,
        signal,
      });
      if (statusCode >= 300) throw new Error(`watch of ${path}: ${statusCode} ${await body.text()}`);
      return { ended: readEvents(body, path, onEvent, signal) };
    },
    async close() {
      await Promise.all([pool.destroy(), watches.destroy()]);
    },
  };
}

async function readEvents(
  body: AsyncIterable<Buffer>,
  path: string,
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      const at = performance.now();
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onEvent({ ...(JSON.parse(line) as Omit<WatchEvent, 'at'>), at });
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  if (!signal.aborted) throw new Error(`the watch of ${path} ended`);
}

const collections: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/namespaces/%/serviceaccounts',
  ConfigMap: '/api/v1/namespaces/%/configmaps',
  Service: '/api/v1/namespaces/%/services',
  Deployment: '/apis/apps/v1/namespaces/%/deployments',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  FlowSchema: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
  Repository: '/apis/plumbline.dev/v1alpha1/namespaces/%/repositories',
  Application: '/apis/plumbline.dev/v1alpha1/namespaces/%/applications',
};

/** The path of a collection. @throws Error for a kind that the benchmark does not use */
export function collectionPath(kind: string, namespace = ''): string {
  const path = collections[kind];
  if (path === undefined) throw new Error(`the benchmark knows no path for the kind ${kind}`);
  return path.replace('%', namespace);
}

/** The path of an object. @throws Error for a kind that the benchmark does not use */
export function objectPath(object: BenchObject): string {
  return `${collectionPath(object.kind, object.metadata.namespace)}/${object.metadata.name}`;
}
