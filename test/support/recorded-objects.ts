import { type KubeClient, watchCache } from '../../src/kube/index.ts';
import type { KubeObject } from '../../src/object.ts';

/** An object as a test looks at it. */
export type Recorded = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** The objects of a kind in a namespace, and everything that was ever written of them. */
export interface RecordedObjects<T = Recorded> {
  /** As they are now, by name. */
  readonly live: ReadonlyMap<string, T>;
  /** `data.value` of each object of this name that was ever made, in their order: a deleted one and its successor are two. */
  made(name: string): readonly (string | undefined)[];
  /** `data.value` after each write of an object of this name, in their order. */
  written(name: string): readonly (string | undefined)[];
  /** The version of the first write after which the object had this value: later writes of the cluster have greater ones. */
  versionOf(name: string, value: string): number;
  /** Settles when this has come true, after a change here or in one of the others. */
  until(isTrue: () => boolean, ...others: readonly Pick<RecordedObjects, 'onChange'>[]): Promise<void>;
  /** Tells every change. */
  onChange(tell: () => void): void;
  stop(): Promise<void>;
}

interface Write {
  readonly uid: string;
  readonly version: number;
  readonly value: string | undefined;
}

/** Watches every object of a kind that is there from this moment on. */
export async function recordObjects<T extends object = Recorded>(
  client: KubeClient,
  namespace: string,
  resource: { readonly group: string; readonly kind: string },
): Promise<RecordedObjects<T>> {
  const live = new Map<string, T>();
  const writes = new Map<string, Write[]>();
  const listeners = new Set<() => void>();
  const cache = watchCache<Recorded>({
    client,
    resource,
    namespace,
    project: (object) => object,
    onChange: ({ type, key: { name }, value }) => {
      if (type === 'deleted') live.delete(name);
      else {
        live.set(name, value as unknown as T);
        const { uid = '', resourceVersion = '' } = value.metadata;
        const before = writes.get(name) ?? [];
        writes.set(name, [...before, { uid, version: Number(resourceVersion), value: value.data?.['value'] }]);
      }
      for (const listener of listeners) listener();
    },
  });
  await cache.synced;
  const of = (name: string): readonly Write[] => writes.get(name) ?? [];
  const onChange = (tell: () => void): void => void listeners.add(tell);
  return {
    live,
    made: (name) =>
      of(name)
        .filter(({ uid }, index, all) => all.findIndex((other) => other.uid === uid) === index)
        .map(({ value }) => value),
    written: (name) => of(name).map(({ value }) => value),
    versionOf: (name, value) => of(name).find((write) => write.value === value)?.version ?? Number.NaN,
    until(isTrue, ...others) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = (): void => {
        if (isTrue()) resolve();
      };
      for (const each of [{ onChange }, ...others]) each.onChange(check);
      check();
      return promise;
    },
    onChange,
    stop: () => cache.stop(),
  };
}
