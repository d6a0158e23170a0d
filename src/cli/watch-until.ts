import { type KindRef, type KubeClient, type WatchCache, watchCache } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';

/** Objects of one kind that are watched together. */
export interface Scope {
  readonly resource: KindRef;
  /** All namespaces where left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** What is watched, and what for. */
export interface WatchUntil<T, R> {
  readonly client: KubeClient;
  readonly scopes: readonly Scope[];
  /** What is kept of an object. */
  readonly project: (object: KubeObject) => T;
  /** Asked when everything is known, and after each change: an answer ends the wait, and so does what it throws. */
  readonly look: (caches: readonly WatchCache<T>[]) => R | undefined;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Waits for something to come true in the cluster, told by watches: nothing is asked again and again. An outage is
 * waited out.
 * @throws the first error that does not pass by itself, `kube.forbidden` say; the signal's reason
 */
export async function watchUntil<T, R>({ client, scopes, project, look, signal }: WatchUntil<T, R>): Promise<R> {
  const answered = Promise.withResolvers<R>();
  let complete = false;
  const ask = (): void => {
    if (!complete) return;
    try {
      const answer = look(caches);
      if (answer !== undefined) answered.resolve(answer);
    } catch (error) {
      answered.reject(error);
    }
  };
  const onAbort = (): void => answered.reject(signal.reason);
  const caches = scopes.map((scope) =>
    watchCache<T>({
      client,
      ...scope,
      project,
      onChange: ask,
      onError: (error) => {
        if (!error.transient) answered.reject(error);
      },
      signal,
    }),
  );
  signal.addEventListener('abort', onAbort);
  try {
    await Promise.race([Promise.all(caches.map(({ synced }) => synced)), answered.promise]);
    complete = true;
    ask();
    return await answered.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await Promise.all(caches.map((cache) => cache.stop()));
  }
}

/** The scope that holds one object and no other. */
export function scopeOf(ref: KindRef & { readonly namespace: string; readonly name: string }): Scope {
  const { group, kind, namespace, name } = ref;
  return {
    resource: { group, kind },
    ...(namespace === '' ? {} : { namespace }),
    fieldSelector: `metadata.name=${name}`,
  };
}
