import { PlumbError } from '../../errors.ts';
import { type Change, type KubeClient, watchCache, type WatchCache } from '../../kube/index.ts';
import { names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';

/** A Secret or ConfigMap that a resource of ours names. */
export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
}

/** Reads what resources refer to, and tells who read it when that changes. */
export interface References {
  /**
   * A reader of its own.
   * @param onChange called at once when something that it last read was changed, made or deleted
   */
  reader(onChange: () => void): ReferenceReader;
}

/** One who reads references. */
export interface ReferenceReader {
  /**
   * Reads anew: what `read` does not look at is of no concern any more.
   * @throws PlumbError `kube.*`; whatever `read` throws, and then what was looked at is of concern all the same
   */
  round<T>(read: (look: Look) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** False where the cluster does not let us watch, so that nobody will be told. */
  readonly isTold: boolean;
  close(): void;
}

/** What a round of reading may ask for. */
export interface Look {
  /** The object with all its content; undefined where there is none. */
  object(reference: Reference): Promise<KubeObject | undefined>;
  /** Metadata of the Secrets with the label `plumbline.dev/credentials: template` in these namespaces. */
  templates(namespaces: readonly string[]): Promise<readonly KubeObject['metadata'][]>;
}

/** What is needed to watch references. */
export interface ReferencesOptions {
  readonly client: KubeClient;
  /** Namespaces that are watched; all of them where left out. */
  readonly namespaces?: readonly string[];
  readonly onError: (kind: Reference['kind'], error: PlumbError) => void;
  readonly signal: AbortSignal;
}

/** Of all Secrets these are the most, the largest and the least likely to be named by anybody. */
const selectors = {
  Secret: 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=bootstrap.kubernetes.io/token',
  ConfigMap: 'metadata.name!=kube-root-ca.crt',
} as const;

/** What is kept of a Secret: nothing but of a template, of which it is the metadata. */
type Kept = KubeObject['metadata'] | undefined;

interface Seen {
  /** The version that was read; undefined where there was no such object. */
  version: string | undefined;
  /** True while the answer is under way. */
  reading: boolean;
  /** What the watch told meanwhile. */
  meanwhile: { readonly version: string | undefined } | undefined;
}

/**
 * Watches the metadata of Secrets and ConfigMaps, from the first time that anybody reads one of the kind. The content
 * of an object is read when somebody asks for it, and kept by nobody here.
 */
export function watchReferences(options: ReferencesOptions): References {
  const { client, signal } = options;
  const watches = new Map<Reference['kind'], readonly Watch[]>();
  const readers = new Map<string, Map<() => void, Seen>>();
  const templateReaders = new Map<() => void, ReadonlySet<string>>();

  const onChange = (kind: Reference['kind'], change: Change<Kept>): void => {
    const { namespace, name } = change.key;
    const version = change.type === 'deleted' ? undefined : change.object.metadata.resourceVersion;
    const told = new Set<() => void>();
    for (const [tell, seen] of readers.get(`${kind} ${namespace}/${name}`) ?? []) {
      if (seen.reading) seen.meanwhile = { version };
      else if (seen.version !== version) told.add(tell);
    }
    if (change.value !== undefined || (change.type === 'modified' && change.previous !== undefined)) {
      for (const [tell, namespaces] of templateReaders) if (namespaces.has(namespace)) told.add(tell);
    }
    for (const tell of told) tell();
  };

  const watchKind = (kind: Reference['kind']): readonly Watch[] => {
    const begun = watches.get(kind);
    if (begun !== undefined) return begun;
    const scopes: readonly (string | undefined)[] = options.namespaces ?? [undefined];
    const started = scopes.map((namespace) =>
      startWatch(kind, namespace, client, (change) => onChange(kind, change), options.onError, signal),
    );
    watches.set(kind, started);
    return started;
  };

  const read = async (reference: Reference, tell: () => void, ask: AbortSignal): Promise<KubeObject | undefined> => {
    const { kind, namespace, name } = reference;
    watchKind(kind);
    const key = `${kind} ${namespace}/${name}`;
    const seen: Seen = { version: undefined, reading: true, meanwhile: undefined };
    const all = readers.get(key) ?? new Map<() => void, Seen>();
    all.set(tell, seen);
    readers.set(key, all);
    try {
      const object = await client.get({ group: '', kind, namespace, name }, { signal: ask });
      seen.version = object?.metadata.resourceVersion;
      return object;
    } finally {
      seen.reading = false;
      if (seen.meanwhile !== undefined && seen.meanwhile.version !== seen.version) tell();
    }
  };

  const readTemplates = async (
    namespaces: readonly string[],
    tell: () => void,
    ask: AbortSignal,
  ): Promise<readonly KubeObject['metadata'][]> => {
    templateReaders.set(tell, new Set(namespaces));
    const secrets = watchKind('Secret');
    await Promise.all(secrets.map(({ settled }) => orAborted(settled, ask)));
    return secrets
      .flatMap(({ cache }) => [...cache.values()])
      .filter((kept) => kept !== undefined)
      .filter(({ namespace = '' }) => namespaces.includes(namespace));
  };

  const forget = (tell: () => void, keys: Iterable<string>): void => {
    for (const key of keys) {
      const all = readers.get(key);
      all?.delete(tell);
      if (all?.size === 0) readers.delete(key);
    }
  };

  return {
    reader(tellCaller) {
      let keys = new Set<string>();
      let closed = false;
      // One for each reader, whoever shares the callback.
      const tell = (): void => tellCaller();
      return {
        async round(body, ask) {
          const now = new Set<string>();
          let looked = false;
          try {
            return await body({
              object: (reference) => {
                now.add(`${reference.kind} ${reference.namespace}/${reference.name}`);
                return read(reference, tell, ask);
              },
              templates: (namespaces) => {
                looked = true;
                return readTemplates(namespaces, tell, ask);
              },
            });
          } finally {
            if (!looked || closed) templateReaders.delete(tell);
            forget(tell, closed ? now : [...keys].filter((key) => !now.has(key)));
            keys = closed ? new Set() : now;
          }
        },
        get isTold() {
          return [...watches.values()].flat().every(({ cache }) => cache.live);
        },
        close() {
          closed = true;
          templateReaders.delete(tell);
          forget(tell, keys);
        },
      };
    },
  };
}

interface Watch {
  readonly cache: WatchCache<Kept>;
  /** Resolves when the watch is complete, or has failed for the first time. */
  readonly settled: Promise<void>;
}

function startWatch(
  kind: Reference['kind'],
  namespace: string | undefined,
  client: KubeClient,
  onChange: (change: Change<Kept>) => void,
  onError: ReferencesOptions['onError'],
  signal: AbortSignal,
): Watch {
  const settled = Promise.withResolvers<void>();
  const cache = watchCache<Kept>({
    client,
    resource: { group: '', kind },
    ...(namespace === undefined ? {} : { namespace }),
    fieldSelector: selectors[kind],
    metadataOnly: true,
    project: ({ metadata }) => {
      if (metadata.labels?.[names.credentials] !== 'template') return undefined;
      const { name, namespace: own = '', annotations = {}, resourceVersion = '' } = metadata;
      return { name, namespace: own, annotations, resourceVersion };
    },
    onChange,
    onSynced: settled.resolve,
    onError: (error) => {
      onError(kind, error);
      settled.resolve();
    },
    signal,
  });
  return { cache, settled: settled.promise };
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Reads once and is told nothing: for a command that ends. */
export function lookOnce(client: KubeClient, signal: AbortSignal): Look {
  return {
    object: ({ kind, namespace, name }) => client.get({ group: '', kind, namespace, name }, { signal }),
    async templates(namespaces) {
      const found: KubeObject['metadata'][] = [];
      for (const namespace of namespaces) {
        const labelSelector = `${names.credentials}=template`;
        const secrets = client.list(
          { group: '', kind: 'Secret' },
          { namespace, labelSelector, metadataOnly: true, signal },
        );
        try {
          for await (const { metadata } of secrets) found.push(metadata);
        } catch (error) {
          // Who may not look for templates has none, and reads what anybody may read.
          if (!(error instanceof PlumbError && error.code === 'kube.forbidden')) throw error;
        }
      }
      return found;
    },
  };
}
