import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** So many at once, and then so many each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** How many requests are taken. */
export interface RateLimitOptions {
  readonly perSource: Rate;
  readonly overall: Rate;
  /** Sources that are remembered; the one that was silent longest is forgotten first. */
  readonly sources: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Counts requests. */
export interface RateLimit {
  /** 0 where one more is taken, which counts for `cost`; else the milliseconds after which it will be. */
  readonly take: (source: string, cost?: number) => number;
  /** What `take` would answer, and nothing is counted. */
  readonly look: (source: string) => number;
  /** Counts this source's last request for more than one. */
  readonly charge: (source: string, cost: number) => void;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets, one for each source and one for all. What a source is denied costs the others nothing. An IPv6
 * source is its network of 64 bits, of which a sender has all addresses.
 */
export function createRateLimit({ perSource, overall, sources, now }: RateLimitOptions): RateLimit {
  const buckets = new LRUCache<string, Bucket>({ max: sources });
  const all: Bucket = { tokens: overall.burst, at: now() };

  const bucketOf = (source: string): Bucket => {
    const key = networkOf(source);
    const known = buckets.get(key);
    if (known !== undefined) return known;
    const fresh = { tokens: perSource.burst, at: now() };
    buckets.set(key, fresh);
    return fresh;
  };

  const refill = (bucket: Bucket, { burst, perSecond }: Rate): void => {
    const time = now();
    bucket.tokens = Math.min(burst, bucket.tokens + ((time - bucket.at) / 1000) * perSecond);
    bucket.at = time;
  };

  const missing = (bucket: Bucket, { perSecond }: Rate, cost: number): number =>
    bucket.tokens >= cost ? 0 : Math.ceil(((cost - bucket.tokens) / perSecond) * 1000);

  return {
    take(source, wanted = 1) {
      // A full bucket is enough for anything.
      const cost = Math.min(wanted, perSource.burst, overall.burst);
      const own = bucketOf(source);
      refill(own, perSource);
      refill(all, overall);
      const wait = Math.max(missing(own, perSource, cost), missing(all, overall, cost));
      if (wait > 0) return wait;
      own.tokens -= cost;
      all.tokens -= cost;
      return 0;
    },
    look(source) {
      const own = bucketOf(source);
      refill(own, perSource);
      refill(all, overall);
      return Math.max(missing(own, perSource, 1), missing(all, overall, 1));
    },
    charge(source, cost) {
      // Below nothing would make a source wait for what was done to it long ago.
      const own = bucketOf(source);
      own.tokens = Math.max(0, own.tokens - cost);
    },
  };
}

/** Who an address stands for. */
export function networkOf(source: string): string {
  if (!ipaddr.isValid(source)) return source;
  const address = ipaddr.process(source);
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
