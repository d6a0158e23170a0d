import { PlumbError, problemsOf } from '../errors.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { backoff, pause } from './retry.ts';
import type { KindRef, KubeClient } from './types.ts';
import { runSession, type SessionEnd } from './watch-session.ts';
import { createWatchStore, type Change, type Place } from './watch-store.ts';

/** What to watch, and what to keep of it. */
export interface WatchCacheOptions<T> {
  readonly client: KubeClient;
  readonly resource: KindRef;
  /** All namespaces where left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Asks for the metadata of the objects and nothing else: the content of Secrets, say, never comes here. */
  readonly metadataOnly?: boolean;
  /** What is kept of an object; should hold no reference into it that is not needed. */
  readonly project: (object: KubeObject) => T;
  /** Told of every difference, in order, also of the objects found at the beginning. */
  readonly onChange?: (change: Change<T>) => void;
  /** The cache is complete for the first time. */
  readonly onSynced?: () => void;
  /** Told of each failure; the cache goes on by itself. */
  readonly onError?: (error: PlumbError) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte until the watch counts as dead. The server sends a bookmark each minute. */
  readonly stallTimeout?: number;
  /** Seconds a watch is asked to last, at least; up to half as many more are added at random. */
  readonly watchSeconds?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** The objects of one kind, kept true by a watch. */
export interface WatchCache<T> {
  /** Resolves when the cache is complete; rejects when it is stopped before. */
  readonly synced: Promise<void>;
  /** True while a watch is open and the cache is complete. */
  readonly live: boolean;
  /** State of the cluster that the cache has reached; undefined before it is complete. */
  readonly resourceVersion: string | undefined;
  readonly size: number;
  get(place: Place): T | undefined;
  /** The resourceVersion of the object that `get` speaks of. */
  versionOf(place: Place): string | undefined;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[ObjectKey, T]>;
  /**
   * Takes the answer to a write as if its event had come: told as a change at once, and the event itself is none
   * then. An answer older than what is known does nothing. The object must be one that the selector finds.
   */
  observe(object: KubeObject): void;
  /** Ends the watch; resolves when nothing more will be told. */
  stop(): Promise<void>;
}

const defaultStall = 150_000;
const defaultSeconds = 3_600;
// A watch that lived so long was sound, whatever ended it.
const soundAfter = 5_000;
const waits = { first: 100, longest: 2_000 };
// What needs a person or an installation is asked for more rarely than a server that restarts.
const longWaits = { first: 500, longest: 30_000 };
const quickCodes: ReadonlySet<string> = new Set([
  'kube.unreachable',
  'kube.unavailable',
  'kube.expired',
  'kube.throttled',
]);
// So often the server may refuse to go on from where the watch ended, before all is read anew.
const refusalsBeforeRelist = 3;

/** Watches one kind, from the moment of the call until stopped. */
export function watchCache<T>(options: WatchCacheOptions<T>): WatchCache<T> {
  const { client, resource, onError } = options;
  const now = options.now ?? (() => performance.now());
  const random = options.random ?? Math.random;
  const stopping = new AbortController();
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal]);
  const synced = Promise.withResolvers<void>();
  // Nobody has to wait for it.
  synced.promise.catch(() => undefined);
  const report = (error: unknown): void => {
    onError?.(error instanceof PlumbError ? error : new PlumbError(problemsOf(error), { cause: error }));
  };
  const store = createWatchStore<T>({
    group: resource.group,
    kind: resource.kind,
    project: options.project,
    onChange: (change) => options.onChange?.(change),
    onFault: report,
  });
  const state = { resourceVersion: undefined as string | undefined, live: false, streamingList: true, complete: false };

  const session = (): Promise<SessionEnd> =>
    runSession({
      client,
      kind: resource,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
      ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
      ...(options.metadataOnly === undefined ? {} : { metadataOnly: options.metadataOnly }),
      from: state.resourceVersion,
      streamingList: state.streamingList,
      stallTimeout: options.stallTimeout ?? defaultStall,
      seconds: Math.round((options.watchSeconds ?? defaultSeconds) * (1 + random() / 2)),
      store,
      signal,
      onVersion: (version) => {
        state.resourceVersion = version;
      },
      onLive: () => {
        state.live = true;
        if (state.complete) return;
        state.complete = true;
        synced.resolve();
        options.onSynced?.();
      },
    }).finally(() => {
      state.live = false;
    });

  const settle = async (end: SessionEnd, failures: number, refusals: number): Promise<void> => {
    if (end.state === 'no-streaming-list') {
      state.streamingList = false;
      return;
    }
    if (end.state === 'expired' || refusals >= refusalsBeforeRelist) state.resourceVersion = undefined;
    if (refusals >= refusalsBeforeRelist) store.distrust();
    if (end.state === 'failed') report(end.error);
    if (failures === 0) return;
    const bounds = end.state === 'failed' && !quickCodes.has(end.error.code) ? longWaits : waits;
    const asked = end.state === 'failed' ? (end.wait ?? 0) : 0;
    await pause(Math.max(asked, backoff(failures - 1, bounds, random)), signal);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    let refusals = 0;
    while (!signal.aborted) {
      const begun = now();
      const end = await session();
      const sound = now() - begun >= soundAfter;
      // A watch that ends in order after a while costs no wait; anything that ends at once does.
      failures = sound ? (end.state === 'failed' ? 1 : 0) : failures + 1;
      refusals = end.state === 'failed' && end.refused && !sound ? refusals + 1 : 0;
      await settle(end, failures, refusals);
    }
  };
  const running = run()
    .catch((error: unknown) => {
      if (!signal.aborted) report(error);
    })
    .finally(() => synced.reject(signal.reason));

  return {
    synced: synced.promise,
    get live() {
      return state.live;
    },
    get resourceVersion() {
      return state.complete ? state.resourceVersion : undefined;
    },
    get size() {
      return store.size;
    },
    get: (place) => store.get(place),
    versionOf: (place) => store.resourceVersion(place),
    values: () => store.values(),
    entries: () => store.entries(),
    observe(object) {
      if (!signal.aborted) store.observe(object, state.complete ? state.resourceVersion : undefined);
    },
    stop() {
      stopping.abort();
      return running;
    },
  };
}
