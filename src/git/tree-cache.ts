import { LRUCache } from 'lru-cache';
import type { TreeId } from './ids.ts';
import type { Tree } from './tree.ts';

/** Folders that were read, by their id: what is in one never changes, so nothing here is ever out of date. */
export interface TreeCache {
  /** The tree of this id, from the cache or by `load`; several who ask at once share one load. */
  get(id: TreeId, load: () => Promise<Tree>): Promise<Tree>;
  /** How much memory the cached trees take, in bytes, by estimate. */
  readonly bytes: number;
}

/** What one entry takes in memory besides its name: two strings, an object, its place in the map. As measured. */
const bytesPerEntry = 200;
const bytesPerTree = 400;

/** A cache that holds at most `maxBytes`, the least recently used trees going first. May be shared by mirrors. */
export function createTreeCache(maxBytes: number): TreeCache {
  const cache = new LRUCache<TreeId, Tree>({ maxSize: maxBytes, sizeCalculation: sizeOf });
  const loading = new Map<TreeId, Promise<Tree>>();
  return {
    get(id, load) {
      const cached = cache.get(id);
      if (cached !== undefined) return Promise.resolve(cached);
      const pending = loading.get(id);
      if (pending !== undefined) return pending;
      const promise = load()
        .then((tree) => {
          cache.set(id, tree);
          return tree;
        })
        .finally(() => loading.delete(id));
      loading.set(id, promise);
      return promise;
    },
    get bytes() {
      return cache.calculatedSize;
    },
  };
}

function sizeOf(tree: Tree): number {
  let size = bytesPerTree;
  for (const name of tree.keys()) size += bytesPerEntry + name.length;
  return size;
}
