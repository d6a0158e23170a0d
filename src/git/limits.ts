/** What one mirror may take. Each has a default that fits repositories of manifests. */
export interface Limits {
  /** The largest file that is read, in bytes. */
  readonly blobBytes: number;
  /** The most that one fetch may bring, in bytes on disk. */
  readonly fetchBytes: number;
  /** How long one fetch may take, in milliseconds. */
  readonly fetchMilliseconds: number;
  /** How long one push may take, with all hooks of the server's, in milliseconds. */
  readonly pushMilliseconds: number;
  /** How long a server that was lost in the middle of a push is asked what became of it, in milliseconds. */
  readonly pushAskMilliseconds: number;
  /** How much memory Git may take while it speaks to the server, in bytes: how much the server says is the server's choice. */
  readonly fetchMemoryBytes: number;
  /** The most changed files that `changes` tells. */
  readonly changes: number;
  /** How much memory the folders may take that are kept at hand, in bytes. */
  readonly treeCacheBytes: number;
  /** How long another process may keep the mirror busy, in milliseconds. */
  readonly lockMilliseconds: number;
  /** After how many milliseconds without a read the reading process is ended. */
  readonly idleMilliseconds: number;
}

/** The limits where none are given. */
export const defaultLimits: Limits = {
  blobBytes: 16 * 1024 * 1024,
  fetchBytes: 4 * 1024 * 1024 * 1024,
  fetchMilliseconds: 10 * 60_000,
  pushMilliseconds: 2 * 60_000,
  pushAskMilliseconds: 30_000,
  fetchMemoryBytes: 2 * 1024 * 1024 * 1024,
  changes: 100_000,
  treeCacheBytes: 16 * 1024 * 1024,
  lockMilliseconds: 10 * 60_000,
  idleMilliseconds: 30_000,
};
