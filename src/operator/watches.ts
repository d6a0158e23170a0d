import { problemsOf } from '../errors.ts';
import { type Change, type KindRef, type KubeClient, watchCache } from '../kube/index.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { Log } from './types.ts';

/** The objects of one kind, kept true by a watch. They are frozen: whoever changes one by accident is told so at once. */
export interface Watched {
  get(place: Pick<ObjectKey, 'namespace' | 'name'>): KubeObject | undefined;
  inNamespace(namespace: string): readonly KubeObject[];
  all(): readonly KubeObject[];
  /** Takes the answer to a write as if its event had come. */
  observe(object: KubeObject): void;
}

/** The watches of an operator: one for each kind, opened when it is first asked for. */
export interface Watches {
  /** Resolves when all there is of the kind is known. */
  open(kind: KindRef): Promise<Watched>;
  /** Ends all of them. */
  stop(): Promise<void>;
}

/** What the watches are made with. */
export interface WatchesParts {
  readonly client: KubeClient;
  /** All namespaces where left out. */
  readonly namespace: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told of every change, also of what is found at the beginning. */
  readonly onChange: (kind: KindRef, change: Change<KubeObject>) => void;
}

/** `apps/Deployment`: names a kind whatever its version. */
export function kindName({ group, kind }: Pick<KindRef, 'group' | 'kind'>): string {
  return `${group}/${kind}`;
}

/** No watch is open yet. */
export function createWatches(parts: WatchesParts): Watches {
  const opened = new Map<string, { readonly watched: Promise<Watched>; readonly stop: () => Promise<void> }>();
  return {
    open(kind) {
      const name = kindName(kind);
      const known = opened.get(name) ?? openOne(parts, kind);
      opened.set(name, known);
      return known.watched;
    },
    async stop() {
      await Promise.all([...opened.values()].map(({ stop }) => stop()));
    },
  };
}

function openOne(parts: WatchesParts, kind: KindRef) {
  const namespaces = new Map<string, Map<string, KubeObject>>();
  const keep = (change: Change<KubeObject>): void => {
    const { namespace, name } = change.key;
    const objects = namespaces.get(namespace) ?? new Map<string, KubeObject>();
    namespaces.set(namespace, objects);
    if (change.type === 'deleted') objects.delete(name);
    else objects.set(name, change.value);
  };
  const cache = watchCache<KubeObject>({
    client: parts.client,
    resource: kind,
    ...(parts.namespace === undefined ? {} : { namespace: parts.namespace }),
    project: freeze,
    onChange(change) {
      keep(change);
      parts.onChange(kind, change);
    },
    onError: (error) => parts.log.warn({ kind: kindName(kind), problems: problemsOf(error) }, 'watch failed'),
    signal: parts.signal,
  });
  const watched: Watched = {
    get: (place) => cache.get(place),
    inNamespace: (namespace) => [...(namespaces.get(namespace)?.values() ?? [])],
    all: () => [...cache.values()],
    observe: (object) => cache.observe(object),
  };
  return { watched: cache.synced.then(() => watched), stop: () => cache.stop() };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
