import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { ClusterAccess } from './cluster.ts';
import { limit } from './limit.ts';

/** As much of any object as the tests look at. */
export interface SeenObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: SeenStatus;
  readonly items?: readonly SeenObject[];
}

interface Change {
  readonly type: string;
  readonly object: SeenObject;
}

interface SeenStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
  readonly numberReady?: number;
  readonly disruptionsAllowed?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  readonly containerStatuses?: readonly {
    readonly ready: boolean;
    readonly state?: { readonly waiting?: { readonly reason?: string } };
  }[];
  readonly token?: string;
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
}

/** The plainest client there is: what a test says about the cluster must not rest on the code under test. */
export interface KubeCall {
  /** Makes one call, with more headers where given. @throws Error with the status and the body where it is refused */
  call(method: string, path: string, body?: object, more?: Readonly<Record<string, string>>): Promise<SeenObject>;
  /** Watches a collection until one object in it is as wanted, and returns that. */
  until(path: string, isWanted: (object: SeenObject) => boolean, signal: AbortSignal): Promise<SeenObject>;
  /** Watches a collection until no object in it has the name. */
  untilGone(path: string, name: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How the newest of the watches went that follow one another. */
interface Watch {
  refusal?: string;
}

const limitOf = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, limit()]);

/** Opens connections to a cluster as its admin. */
export function connect(access: ClusterAccess): KubeCall {
  const agent = new Agent({ keepAlive: true, ca: access.authority });

  function open(
    method: string,
    path: string,
    body?: object,
    signal?: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const text = body === undefined ? '' : JSON.stringify(body);
      // Node sends no length with the body of a DELETE by itself.
      const length = String(Buffer.byteLength(text));
      const headers = {
        authorization: `Bearer ${access.token}`,
        'content-type': type,
        'content-length': length,
        ...more,
      };
      const sent = request(`${access.server}${path}`, { agent, method, headers, ...(signal && { signal }) }, resolve);
      sent.once('error', reject);
      sent.end(text);
    });
  }

  async function call(
    method: string,
    path: string,
    body?: object,
    more?: Readonly<Record<string, string>>,
  ): Promise<SeenObject> {
    const response = await open(method, path, body, limit(), more);
    const text = Buffer.concat(await response.toArray()).toString('utf8');
    if ((response.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return JSON.parse(text) as SeenObject;
  }

  /** What happens in a collection: first, without a version to begin after, that each object there is added. */
  async function* changes(path: string, signal: AbortSignal, watch: Watch = {}): AsyncGenerator<Change> {
    const response = await open('GET', `${path}${path.includes('?') ? '&' : '?'}watch=true`, undefined, signal);
    if (response.statusCode !== 200) {
      // A server that has started a moment ago may not know its kinds and rights yet.
      watch.refusal = `${response.statusCode} ${Buffer.concat(await response.toArray()).toString('utf8')}`;
      return;
    }
    delete watch.refusal;
    let rest = '';
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as Change;
    }
  }

  return {
    call,
    async until(path, isWanted, signal) {
      const bounded = limitOf(signal);
      const watch: Watch = {};
      let last: SeenObject | undefined;
      try {
        // The API server ends a watch that is read too slowly, as on a busy machine: the next one begins with what is there.
        for (;;) {
          for await (const { type, object } of changes(path, bounded, watch)) {
            last = object;
            if (type === 'DELETED') continue;
            if (isWanted(object)) return object;
          }
          bounded.throwIfAborted();
        }
      } catch (error) {
        const { refusal } = watch;
        const seen = refusal === undefined ? `last seen: ${JSON.stringify(last)}` : `the watch was refused: ${refusal}`;
        throw new Error(`${path} did not become as wanted; ${seen}`, { cause: error });
      }
    },
    async untilGone(path, name, signal) {
      const bounded = limitOf(signal);
      const selected = `${path}?fieldSelector=metadata.name%3D${name}`;
      for (;;) {
        const { items = [], metadata } = await call('GET', selected);
        if (items.length === 0) return;
        for await (const { type } of changes(`${selected}&resourceVersion=${metadata.resourceVersion}`, bounded)) {
          if (type === 'DELETED') return;
        }
        bounded.throwIfAborted();
      }
    },
    close: () => agent.destroy(),
  };
}
