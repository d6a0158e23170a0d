import { expect } from 'vitest';
import { watchCache, type Change, type WatchCache, type WatchCacheOptions } from '../../src/kube/index.ts';
import type { PlumbError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/object.ts';

/** A watch cache whose every change is written down and checked. */
export interface WatchRecord {
  readonly cache: WatchCache<string>;
  readonly changes: readonly Change<string>[];
  readonly errors: readonly PlumbError[];
  /** Settles when the cache is as wanted, after the present or a later change. */
  until(isWanted: () => boolean, signal: AbortSignal): Promise<void>;
  /** What all changes, one after the other, come to: fails where one does not fit to the one before it. */
  replay(): ReadonlyMap<string, string>;
}

const project = (object: KubeObject): string => `${object.metadata.uid}@${object.metadata.resourceVersion}`;

/** Watches, keeping of each object only its uid and version. */
export function recordWatch(options: Omit<WatchCacheOptions<string>, 'project' | 'onChange' | 'onError'>): WatchRecord {
  const changes: Change<string>[] = [];
  const errors: PlumbError[] = [];
  let check: (() => void) | undefined;
  const cache = watchCache<string>({
    ...options,
    project,
    onChange: (change) => {
      changes.push(change);
      check?.();
    },
    onError: (error) => {
      errors.push(error);
      check?.();
    },
  });
  return {
    cache,
    changes,
    errors,
    until(isWanted, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      check = () => {
        if (isWanted()) resolve();
      };
      const onLimit = (): void => {
        const names = [...cache.entries()].map(([key]) => key.name);
        reject(new Error(`not as wanted; there is: ${names.join(', ')}`));
      };
      signal.addEventListener('abort', onLimit, { once: true });
      check();
      return promise;
    },
    replay() {
      const state = new Map<string, string>();
      for (const change of changes) {
        const before = state.get(change.key.name);
        if (change.type === 'added') expect(before).toBeUndefined();
        else expect(before).toBe(change.type === 'modified' ? change.previous : change.value);
        if (change.type === 'modified') expect(change.value).not.toBe(before);
        if (change.type === 'deleted') state.delete(change.key.name);
        else state.set(change.key.name, change.value);
      }
      return state;
    },
  };
}

/** The objects of a collection as the API server lists them, in the same form. */
export function listed(items: readonly KubeObject[]): ReadonlyMap<string, string> {
  return new Map(items.map((object) => [object.metadata.name, project(object)]));
}
