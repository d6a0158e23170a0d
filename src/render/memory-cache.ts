import { LRUCache } from 'lru-cache';
import type { CacheEntry } from './entry.ts';

/** Of the same options so many results are kept: those of the last commits, for a revert. */
const entriesPerKey = 4;
/** About what an entry costs besides its frame. */
const overhead = 512;

/** Results by the digest of their options, newest first. */
export interface MemoryCache {
  get(key: string): readonly CacheEntry[];
  /** Puts an entry first. */
  put(key: string, entry: CacheEntry): void;
}

/** A cache that holds about so many bytes. */
export function createMemoryCache(bytes: number): MemoryCache {
  const cache = new LRUCache<string, readonly CacheEntry[]>({
    maxSize: Math.max(1, bytes),
    sizeCalculation: (entries) => entries.reduce((sum, { frame }) => sum + frame.length + overhead, 1),
  });
  return {
    get: (key) => cache.get(key) ?? [],
    put(key, entry) {
      const others = (cache.peek(key) ?? []).filter((known) => known !== entry && !isSame(known, entry));
      cache.set(key, [entry, ...others].slice(0, entriesPerKey));
    },
  };
}

function isSame(a: CacheEntry, b: CacheEntry): boolean {
  return a.digest === b.digest && a.now === b.now && Buffer.compare(a.frame, b.frame) === 0;
}
