import { plumbError } from '../errors.ts';
import { parseDiscovery, type DiscoveredKinds } from './discovery-parse.ts';
import type { CallOptions, Discovery, KindRef, RawAnswer, RawRequest, Resource } from './types.ts';

/** What discovery is made of. */
export interface DiscoveryParts {
  readonly request: (request: RawRequest) => Promise<RawAnswer>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Snapshot {
  /** By `group/version/Kind`, and by `group//Kind` for the preferred version. */
  readonly kinds: ReadonlyMap<string, Resource>;
  readonly resources: readonly Resource[];
  readonly apiVersions: readonly string[];
  readonly stale: readonly string[];
}

interface Missing {
  /** Not looked for again before this. */
  readonly until: number;
  readonly span: number;
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const firstSpan = 1_000;
const longestSpan = 60_000;
// Kinds are named by whoever writes manifests: what is remembered of wrong ones has a bound.
const missingLimit = 1_000;

const indexOf = (kind: KindRef): string => `${kind.group}/${kind.version ?? ''}/${kind.kind}`;

/** Discovery with a memory: two calls at first use, and two more when a kind is missing, ever more rarely. */
export function createDiscovery(parts: DiscoveryParts): Discovery {
  let snapshot: Snapshot | undefined;
  let loading: Promise<Snapshot> | undefined;
  let following: Promise<Snapshot> | undefined;
  let doubted = false;
  const missing = new Map<string, Missing>();

  const load = (): Promise<Snapshot> => {
    // No signal: the answer serves all who wait for it.
    loading ??= readSnapshot(parts.request)
      .then((fresh) => {
        snapshot = fresh;
        doubted = false;
        return fresh;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  // What is being read may be older than the wish to read it anew.
  const reload = (): Promise<Snapshot> => {
    if (loading === undefined) return load();
    following ??= loading
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return load();
      });
    return following;
  };

  const noteMissing = (key: string): void => {
    const span = Math.min(longestSpan, (missing.get(key)?.span ?? firstSpan / 2) * 2);
    missing.delete(key);
    missing.set(key, { until: parts.now() + span, span });
    const [oldest] = missing.keys();
    if (missing.size > missingLimit && oldest !== undefined) missing.delete(oldest);
  };

  const current = (options: CallOptions | undefined): Snapshot | Promise<Snapshot> => {
    if (snapshot === undefined) return until(load(), options?.signal);
    return doubted ? until(reload(), options?.signal) : snapshot;
  };

  const resource = async (kind: KindRef, options: CallOptions = {}): Promise<Resource> => {
    const key = indexOf(kind);
    let known = snapshot?.kinds.get(key);
    if (known !== undefined && !doubted) return known;
    const before = missing.get(key);
    if (snapshot === undefined || doubted || before === undefined || parts.now() >= before.until) {
      known = (await until(snapshot === undefined ? load() : reload(), options.signal)).kinds.get(key);
      if (known !== undefined) {
        missing.delete(key);
        return known;
      }
      noteMissing(key);
    }
    throw missingError(kind, snapshot?.stale ?? []);
  };

  return {
    resource,
    find: (kind) => (doubted ? undefined : snapshot?.kinds.get(indexOf(kind))),
    resources: async (options) => (await current(options)).resources,
    apiVersions: async (options) => (await current(options)).apiVersions,
    get unavailable() {
      return snapshot?.stale ?? [];
    },
    async refresh(options) {
      missing.clear();
      await until(reload(), options?.signal);
    },
    forget() {
      doubted = true;
    },
  };
}

async function readSnapshot(request: DiscoveryParts['request']): Promise<Snapshot> {
  const [core, groups] = await Promise.all([readKinds(request, '/api'), readKinds(request, '/apis')]);
  const kinds = new Map<string, Resource>();
  const resources = [...core.resources, ...groups.resources];
  for (const resource of resources) {
    kinds.set(indexOf(resource), resource);
    if (resource.preferred) kinds.set(indexOf({ group: resource.group, kind: resource.kind }), resource);
  }
  return {
    kinds,
    resources,
    apiVersions: [...core.apiVersions, ...groups.apiVersions],
    stale: [...core.stale, ...groups.stale],
  };
}

async function readKinds(request: DiscoveryParts['request'], path: string): Promise<DiscoveredKinds> {
  const answer = await request({ method: 'GET', path, headers: { accept }, verb: 'discovery', priority: 'high' });
  const kinds = parseDiscovery(answer.json());
  if (kinds === undefined) throw plumbError('kube.unsupported', 'the API server has no aggregated discovery');
  return kinds;
}

function missingError(kind: KindRef, stale: readonly string[]): Error {
  const name = kind.version === undefined ? kind.group : `${kind.group === '' ? '' : `${kind.group}/`}${kind.version}`;
  const shown = name === '' ? kind.kind : `${name} ${kind.kind}`;
  // A kind of an API that is down is not known to be missing.
  const down = stale.filter((apiVersion) => apiVersion.split('/')[0] === kind.group);
  if (down.length > 0) {
    return plumbError('kube.api-unavailable', `${shown} is not to be had: the API ${down.join(', ')} does not answer`);
  }
  return plumbError('kube.no-such-kind', `the cluster has no kind ${shown}`);
}

/** The promise, or the signal's reason, whichever is first. */
function until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
