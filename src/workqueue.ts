/** What is remembered of a key between runs. */
interface Entry {
  /** Runs that failed in a row. */
  failures: number;
  cancel: (() => void) | undefined;
  /** When it is added, in milliseconds of `now`. */
  due: number;
}

/** Work by key: a key is never worked on twice at the same time, and repeated wishes collapse into one. */
export interface Workqueue {
  /** Works on the key as soon as a worker is free; once more after the current run, if it is being worked on. */
  add(key: string): void;
  /** The same, ahead of all that wait and were not added so: for what happens in the cluster while much is to be done. */
  addFirst(key: string): void;
  /** As `add` after a delay, and then behind all that was added otherwise; an earlier wish wins. */
  addAfter(key: string, milliseconds: number): void;
  /** Forgets the failures and the timer of a key that is no more. */
  forget(key: string): void;
  /** Resolves when all running work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
  /** Keys that wait for a worker; those that wait for their time are none of them. */
  readonly depth: number;
}

/** How a queue works. */
export interface WorkqueueOptions {
  /** Keys worked on at the same time. */
  readonly workers: number;
  /** The work. What it throws counts as a failure of the key, and is tried again with backoff. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  /** Told every failure, with the delay until the next try. */
  readonly onFailure: (key: string, error: unknown, retryMilliseconds: number) => void;
  /** First delay after a failure; doubles with each further one. */
  readonly firstRetryMilliseconds: number;
  /** Longest delay after a failure. */
  readonly lastRetryMilliseconds: number;
  /** Spreads retries, so that what failed together does not come back together. From 0 to 1. */
  readonly random: () => number;
  /** Calls back after some milliseconds, unless cancelled; the timer of this process where left out. */
  readonly schedule?: (milliseconds: number, callback: () => void) => () => void;
  /** Told of the work. */
  readonly observer?: WorkObserver;
  readonly signal: AbortSignal;
}

/** Who is told how long work waits and takes, in milliseconds. */
export interface WorkObserver {
  readonly onBegin: (waited: number) => void;
  readonly onEnd: (worked: number, failed: boolean) => void;
}

/** Keys that go ahead of one that was added by a timer, while both wait: it comes late, and it does come. */
const aheadOfTimers = 3;

function startTimer(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

/**
 * A keyed queue after client-go's: level-triggered, deduplicated, with backoff by key.
 * Nothing waits in a worker: whoever needs to wait returns and is added again by an event or a timer. What a timer brings
 * back is mostly what failed before: however much of it there is, news goes ahead of it.
 */
export function createWorkqueue(options: WorkqueueOptions): Workqueue {
  const entries = new Map<string, Entry>();
  const first = new Set<string>();
  const ready = new Set<string>();
  const later = new Set<string>();
  const classes = [first, ready, later];
  let ahead = 0;
  const running = new Set<string>();
  /** Since when keys wait; kept for who asks alone. */
  const since = new Map<string, number>();
  const again = new Map<string, Set<string>>();
  const schedule = options.schedule ?? startTimer;
  let stopped = options.signal.aborted;
  let resolveEnded: () => void;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  const entryOf = (key: string): Entry => {
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = { failures: 0, cancel: undefined, due: Number.POSITIVE_INFINITY };
      entries.set(key, entry);
    }
    return entry;
  };

  const clearTimer = (entry: Entry): void => {
    entry.cancel?.();
    entry.cancel = undefined;
    entry.due = Number.POSITIVE_INFINITY;
  };

  const begin = (key: string): number => {
    const now = performance.now();
    options.observer?.onBegin(now - (since.get(key) ?? now));
    since.delete(key);
    return now;
  };

  const noteWait = (key: string): void => {
    if (options.observer !== undefined && !since.has(key)) since.set(key, performance.now());
  };

  const runOne = async (key: string): Promise<void> => {
    const entry = entryOf(key);
    clearTimer(entry);
    const begun = begin(key);
    let failed = false;
    try {
      await options.work(key, options.signal);
      entry.failures = 0;
    } catch (error) {
      if (stopped) return;
      failed = true;
      const delay = Math.min(options.firstRetryMilliseconds * 2 ** entry.failures, options.lastRetryMilliseconds);
      const spread = delay * (0.75 + options.random() / 2);
      entry.failures += 1;
      addAfter(key, spread);
      options.onFailure(key, error, spread);
    } finally {
      options.observer?.onEnd(performance.now() - begun, failed);
      running.delete(key);
      again.get(key)?.add(key);
      again.delete(key);
      pump();
    }
  };

  const pump = (): void => {
    if (stopped) {
      if (running.size === 0) resolveEnded();
      return;
    }
    while (running.size < options.workers) {
      const key = takeNext();
      if (key === undefined) return;
      running.add(key);
      void runOne(key);
    }
  };

  const takeNext = (): string | undefined => {
    const isDue = later.size > 0 && ahead >= aheadOfTimers;
    const from = isDue ? later : classes.find((waiting) => waiting.size > 0);
    const [key] = from ?? [];
    if (key === undefined) return undefined;
    ahead = from === later || later.size === 0 ? 0 : ahead + 1;
    for (const waiting of classes) waiting.delete(key);
    return key;
  };

  const addTo = (waiting: Set<string>, key: string): void => {
    if (stopped) return;
    if (!running.has(key)) {
      noteWait(key);
      waiting.add(key);
      pump();
      return;
    }
    noteWait(key);
    const wished = again.get(key);
    if (wished === undefined || classes.indexOf(waiting) < classes.indexOf(wished)) again.set(key, waiting);
  };
  const add = (key: string): void => addTo(ready, key);

  const addAfter = (key: string, milliseconds: number): void => {
    if (stopped) return;
    if (milliseconds <= 0) return add(key);
    const entry = entryOf(key);
    const due = performance.now() + milliseconds;
    if (entry.cancel !== undefined && entry.due <= due) return;
    clearTimer(entry);
    entry.due = due;
    entry.cancel = schedule(milliseconds, () => {
      clearTimer(entry);
      addTo(later, key);
    });
  };

  const stop = (): void => {
    stopped = true;
    for (const waiting of classes) waiting.clear();
    again.clear();
    since.clear();
    for (const entry of entries.values()) clearTimer(entry);
    if (running.size === 0) resolveEnded();
  };
  if (options.signal.aborted) queueMicrotask(stop);
  else options.signal.addEventListener('abort', stop, { once: true });

  return {
    add,
    addFirst: (key) => addTo(first, key),
    addAfter,
    forget(key) {
      const entry = entries.get(key);
      if (entry !== undefined) clearTimer(entry);
      entries.delete(key);
      for (const waiting of classes) waiting.delete(key);
      again.delete(key);
      since.delete(key);
    },
    ended,
    get depth() {
      return new Set(classes.flatMap((waiting) => [...waiting])).size;
    },
  };
}
