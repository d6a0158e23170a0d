import type { Rate } from './rate-limit.ts';

/** What a sender may ask of the server. */
export interface ServerLimits {
  /** Bytes of one body. GitHub's largest are 25 MB; a push of two thousand commits is about 2. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being read at the same time. */
  readonly bodiesBytes: number;
  /** Milliseconds until all headers are there. */
  readonly headersMilliseconds: number;
  /** Milliseconds until the whole request is there. */
  readonly requestMilliseconds: number;
  /** Milliseconds between looks at who is late. */
  readonly checkMilliseconds: number;
  /** Milliseconds that a connection without a request is kept. */
  readonly idleMilliseconds: number;
  readonly connections: number;
  readonly perSource: Rate;
  readonly overall: Rate;
  /** For how many requests one counts that shows no secret. */
  readonly refusalCost: number;
  /** Bytes of a body that count for one request: what is computed over a body grows with it. */
  readonly bytesPerRequest: number;
}

/** What is taken where nothing else is said; docs/webhooks.md names these. */
export const defaultLimits: ServerLimits = {
  bodyBytes: 4 * 1024 * 1024,
  bodiesBytes: 32 * 1024 * 1024,
  headersMilliseconds: 5_000,
  requestMilliseconds: 10_000,
  checkMilliseconds: 1_000,
  idleMilliseconds: 5_000,
  connections: 512,
  perSource: { burst: 2_000, perSecond: 50 },
  overall: { burst: 5_000, perSecond: 200 },
  refusalCost: 20,
  bytesPerRequest: 64 * 1024,
};
