import type { KubeObject, ObjectKey } from '../object.ts';

/** What happened to one object. The full `object` is there for the moment of the call only: nothing keeps it. */
export type Change<T> =
  | { readonly type: 'added'; readonly key: ObjectKey; readonly value: T; readonly object: KubeObject }
  | {
      readonly type: 'modified';
      readonly key: ObjectKey;
      readonly value: T;
      readonly previous: T;
      readonly object: KubeObject;
    }
  | {
      readonly type: 'deleted';
      readonly key: ObjectKey;
      /** The last that was known. */
      readonly value: T;
      /** Its last state; undefined where the deletion itself was not seen, but that the object is not there any more. */
      readonly object: KubeObject | undefined;
    };

/** What a store is made of. */
export interface StoreParts<T> {
  readonly group: string;
  readonly kind: string;
  readonly project: (object: KubeObject) => T;
  readonly onChange: (change: Change<T>) => void;
  /** Told what `project` or `onChange` threw: a fault of the caller's does not end the watch. */
  readonly onFault: (error: unknown) => void;
}

/** Where an object is in a cluster, its kind being known. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** The projections of the objects of one kind. Compares what it is told with what it has, and reports differences only. */
export interface WatchStore<T> {
  readonly size: number;
  get(place: Place): T | undefined;
  resourceVersion(place: Place): string | undefined;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[ObjectKey, T]>;
  /** The object is so now. */
  put(object: KubeObject): void;
  /** The object is gone, or does not match the selector any more. */
  remove(object: KubeObject): void;
  /**
   * The answer to a write, which is ahead of the watch. `reached` is the version of the cluster that the watch has
   * told of: what is not there although the watch is past it was deleted meanwhile.
   */
  observe(object: KubeObject, reached: string | undefined): void;
  /** From here to `endRelist`, `put` names every object there is. Begun again, it forgets an unfinished one. */
  beginRelist(): void;
  /** What was not named is gone, but for answers to writes that are newer than the list. */
  endRelist(resourceVersion: string): void;
  /** The cluster went back in time: what was observed counts no more than what is told. */
  distrust(): void;
}

interface Entry<T> {
  value: T;
  readonly uid: string;
  resourceVersion: string;
  /** The relist that named it last. */
  seen: number;
  /** True while it was observed and the watch has not come so far yet. */
  ahead: boolean;
}

/** True where the first is the later version. They are numbers of any size, written down without zeros in front. */
export function isNewer(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

const placeKey = (namespace: string, name: string): string => `${namespace}/${name}`;

/** An empty store. */
export function createWatchStore<T>(parts: StoreParts<T>): WatchStore<T> {
  const { group, kind } = parts;
  const entries = new Map<string, Entry<T>>();
  let relist = 0;

  const keyFrom = (place: string): ObjectKey => {
    const slash = place.indexOf('/');
    return { group, kind, namespace: place.slice(0, slash), name: place.slice(slash + 1) };
  };
  const tell = (change: Change<T>): void => {
    try {
      parts.onChange(change);
    } catch (error) {
      parts.onFault(error);
    }
  };
  const drop = (place: string, entry: Entry<T>, object: KubeObject | undefined): void => {
    entries.delete(place);
    tell({ type: 'deleted', key: keyFrom(place), value: entry.value, object });
  };

  const put = (object: KubeObject): void => {
    const { namespace = '', name, uid = '', resourceVersion = '' } = object.metadata;
    const place = placeKey(namespace, name);
    let known = entries.get(place);
    if (known?.ahead && isNewer(known.resourceVersion, resourceVersion)) {
      known.seen = relist;
      return;
    }
    if (known !== undefined && known.uid !== uid) {
      // Another object of the same name: the one before was deleted unseen.
      drop(place, known, undefined);
      known = undefined;
    }
    if (known !== undefined && known.resourceVersion === resourceVersion) {
      known.seen = relist;
      known.ahead = false;
      return;
    }
    let value: T;
    try {
      value = parts.project(object);
    } catch (error) {
      if (known !== undefined) known.seen = relist;
      parts.onFault(error);
      return;
    }
    const key = { group, kind, namespace, name };
    if (known === undefined) {
      entries.set(place, { value, uid, resourceVersion, seen: relist, ahead: false });
      tell({ type: 'added', key, value, object });
    } else {
      const previous = known.value;
      known.value = value;
      known.resourceVersion = resourceVersion;
      known.seen = relist;
      known.ahead = false;
      tell({ type: 'modified', key, value, previous, object });
    }
  };

  return {
    get size() {
      return entries.size;
    },
    get: (place) => entries.get(placeKey(place.namespace, place.name))?.value,
    resourceVersion: (place) => entries.get(placeKey(place.namespace, place.name))?.resourceVersion,
    *values() {
      for (const entry of entries.values()) yield entry.value;
    },
    *entries() {
      for (const [place, entry] of entries) yield [keyFrom(place), entry.value];
    },
    put,
    remove(object) {
      const { namespace = '', name, resourceVersion = '' } = object.metadata;
      const place = placeKey(namespace, name);
      const known = entries.get(place);
      if (known === undefined || (known.ahead && isNewer(known.resourceVersion, resourceVersion))) return;
      drop(place, known, object);
    },
    observe(object, reached) {
      const { namespace = '', name, resourceVersion = '' } = object.metadata;
      const place = placeKey(namespace, name);
      const known = entries.get(place);
      const before = known === undefined ? reached : known.resourceVersion;
      if (before !== undefined && !isNewer(resourceVersion, before)) return;
      put(object);
      const now = entries.get(place);
      if (now !== undefined) now.ahead = true;
    },
    beginRelist() {
      relist += 1;
    },
    endRelist(resourceVersion) {
      for (const [place, entry] of entries) {
        if (entry.seen === relist || (entry.ahead && isNewer(entry.resourceVersion, resourceVersion))) continue;
        drop(place, entry, undefined);
      }
    },
    distrust() {
      for (const entry of entries.values()) entry.ahead = false;
    },
  };
}
