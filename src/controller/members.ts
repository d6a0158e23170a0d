import { PlumbError } from '../errors.ts';
import type { Health } from '../health/index.ts';
import { type KubeClient, type WatchCache, watchCache } from '../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import {
  applySetOf,
  createMemberIndex,
  type KindRef,
  type Member,
  type ObjectIgnore,
  partOfLabel,
  type SyncView,
} from '../sync/index.ts';

/** A live object of an ApplySet came, changed or went. */
export interface MemberChange {
  readonly applySet: string;
  readonly id: string;
  readonly previous: Member | undefined;
  /** Undefined where it is gone, or no longer carries the label of this ApplySet. */
  readonly current: Member | undefined;
}

/** What is known, without a call, of all live objects that belong to an ApplySet. */
export interface Members {
  /**
   * Begins to watch those of the kinds that are not watched yet; resolves when what is there is known.
   * A kind that the API server does not serve (yet) is left out, and tried again at the next call.
   */
  watch(kinds: Iterable<KindRef>, signal: AbortSignal): Promise<void>;
  /** The live objects as one ApplySet sees them. */
  view(applySet: string): SyncView;
  /**
   * Looks at the objects of an ApplySet anew, by the rules of health and of what is ignored, those of some kinds: one list for each of these kinds that it
   * has objects of.
   */
  judgeAnew(applySet: string, isMeant: (group: string, kind: string) => boolean, signal: AbortSignal): Promise<void>;
  /** Takes the answer to a write as known, ahead of its watch event. */
  observe(object: KubeObject): void;
}

/** What `createMembers` needs. */
export interface MembersOptions {
  readonly client: KubeClient;
  readonly fieldManager: string;
  /** Tells the health of an object. */
  readonly judge?: (object: KubeObject) => Health;
  /** What is ignored of an object. */
  readonly ignoredOf?: (object: KubeObject) => ObjectIgnore | undefined;
  readonly onChange: (change: MemberChange) => void;
  readonly onError: (kind: KindRef, error: unknown) => void;
  readonly signal: AbortSignal;
}

const kindId = (kind: { group: string; kind: string }): string => `${kind.kind}.${kind.group}`;

/** One watch per kind, over all namespaces, of the objects that carry the label of any ApplySet. */
export function createMembers(options: MembersOptions): Members {
  const index = createMemberIndex(options.fieldManager, options.judge, options.ignoredOf);
  const watched = new Map<string, Promise<void>>();
  const caches = new Map<string, WatchCache<true>>();
  const find = (key: ObjectKey): Member | undefined => index.view('').find(key);

  const note = (key: ObjectKey, change: () => readonly string[]): void => {
    const previous = find(key);
    const sets = change();
    if (sets.length === 0) return;
    const current = find(key);
    for (const applySet of sets) {
      options.onChange({
        applySet,
        id: formatKey(key),
        previous: previous?.applySet === applySet ? previous : undefined,
        current: current?.applySet === applySet ? current : undefined,
      });
    }
  };

  const remove = (key: ObjectKey, resourceVersion: string | undefined): void =>
    note(key, () => index.remove(key, resourceVersion));

  const start = async (kind: KindRef, signal: AbortSignal): Promise<boolean> => {
    if (!(await isServed(options.client, kind, signal))) return false;
    const cache = watchCache<true>({
      client: options.client,
      resource: kind,
      labelSelector: partOfLabel,
      project: () => true,
      onChange: (change) => {
        if (change.type === 'deleted') remove(change.key, change.object?.metadata.resourceVersion);
        else note(keyOf(change.object), () => index.observe(change.object));
      },
      onError: (error) => options.onError(kind, error),
      signal: options.signal,
    });
    caches.set(kindId(kind), cache);
    await cache.synced;
    return true;
  };

  /** What could not be watched is tried again at the next call. */
  const begin = async (id: string, kind: KindRef, signal: AbortSignal): Promise<void> => {
    let served = false;
    try {
      served = await start(kind, signal);
    } finally {
      if (!served) watched.delete(id);
    }
  };

  return {
    async watch(kinds, signal) {
      const waits: Promise<void>[] = [];
      for (const kind of kinds) {
        const id = kindId(kind);
        let begun = watched.get(id);
        if (begun === undefined) {
          begun = begin(id, kind, signal);
          watched.set(id, begun);
        }
        waits.push(begun);
      }
      await Promise.all(waits);
    },
    view: (applySet) => index.view(applySet),
    async judgeAnew(applySet, isMeant, signal) {
      const kinds = new Map<string, KindRef>();
      for (const { key } of index.view(applySet).members()) {
        if (isMeant(key.group, key.kind)) kinds.set(kindId(key), { group: key.group, kind: key.kind });
      }
      for (const kind of kinds.values()) {
        const list = options.client.list(kind, { labelSelector: `${partOfLabel}=${applySet}`, signal });
        for await (const object of list) note(keyOf(object), () => index.observe(object));
      }
    },
    observe(object) {
      // What lost its label is no member: its event says so, as the deletion that the watch makes of it.
      if (applySetOf(object) === undefined) return;
      caches.get(kindId({ group: groupOf(object.apiVersion), kind: object.kind }))?.observe(object);
    },
  };
}

async function isServed(client: KubeClient, kind: KindRef, signal: AbortSignal): Promise<boolean> {
  if (client.discovery.find(kind) !== undefined) return true;
  try {
    await client.discovery.resource(kind, { signal });
    return true;
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'kube.no-such-kind') return false;
    throw error;
  }
}
