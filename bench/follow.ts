import type { ApiServer, WatchEvent } from './api-server.ts';
import type { BenchObject } from './workload.ts';

/** A collection as a watch shows it. */
export interface Followed {
  /** The objects that are there, by name. */
  readonly objects: ReadonlyMap<string, BenchObject>;
  /**
   * Settles with the moment, in milliseconds of `performance.now()`, of the event after which `holds` was true for
   * the first time; with the present one where it is true already.
   * @throws Error where the watch breaks off or the time is over
   */
  until(holds: (objects: ReadonlyMap<string, BenchObject>) => boolean, patience: number, what: string): Promise<number>;
  /** The next event that is as wanted, from now on. @throws as `until`, and where it is stopped meanwhile */
  next(isWanted: (event: WatchEvent) => boolean, patience: number, what: string): Promise<WatchEvent>;
  /** Ends the watch, and whoever still waits for something. */
  stop(): Promise<void>;
}

/** Watches a collection until `stop`. */
export async function follow(api: Pick<ApiServer, 'watch'>, path: string): Promise<Followed> {
  const stopped = new AbortController();
  const objects = new Map<string, BenchObject>();
  const listeners = new Set<(event: WatchEvent) => void>();
  const onEvent = (event: WatchEvent): void => {
    const { name } = event.object.metadata;
    if (event.type === 'DELETED') objects.delete(name);
    else if (event.type === 'ADDED' || event.type === 'MODIFIED') objects.set(name, event.object);
    for (const listener of listeners) listener(event);
  };
  const { ended } = await api.watch(path, onEvent, stopped.signal);
  // Whoever waits gets the failure; where nobody does it is of no consequence.
  ended.catch(() => {});

  const next: Followed['next'] = async (isWanted, patience, what) => {
    const found = Promise.withResolvers<WatchEvent>();
    const listener = (event: WatchEvent): void => {
      if (isWanted(event)) found.resolve(event);
    };
    const limit = setTimeout(() => found.reject(new Error(`${what}: not within ${patience} ms`)), patience);
    listeners.add(listener);
    // Who waits on after a failure elsewhere would keep the whole benchmark from its end.
    const abandoned = ended.then(() => {
      throw new Error(`${what}: the watch was stopped`);
    });
    try {
      return await Promise.race([found.promise, abandoned]);
    } finally {
      clearTimeout(limit);
      listeners.delete(listener);
    }
  };

  return {
    objects,
    next,
    until: async (holds, patience, what) =>
      holds(objects) ? performance.now() : (await next(() => holds(objects), patience, what)).at,
    async stop() {
      stopped.abort();
      await ended.catch(() => {});
    },
  };
}
