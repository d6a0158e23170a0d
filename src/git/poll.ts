import type { CommitId } from './ids.ts';
import type { FetchOutcome, Mirror } from './mirror.ts';
import type { RefSelector } from './selector.ts';

/** What is polled, and who is told. */
export interface PollOptions {
  readonly mirror: Pick<Mirror, 'fetch'>;
  readonly selector: RefSelector;
  /** From the end of one fetch to the next, in milliseconds. */
  readonly intervalMilliseconds: number;
  /** How far the interval may be stretched at random, as a part of it: 0.1 for a tenth. So that not all ask at once. */
  readonly jitter: number;
  /** A number from 0 up to 1, as `Math.random` gives. */
  readonly random: () => number;
  /** What was seen last, where the caller knows it: the first outcome is compared with it. */
  readonly since?: CommitId;
  readonly signal: AbortSignal;
  /** Told the outcome of every fetch, also of those that found nothing new. Must not throw. */
  readonly onOutcome: (outcome: FetchOutcome) => void;
  /** Told why a fetch failed, and in how many milliseconds it is tried again. Must not throw. */
  readonly onError: (error: unknown, retryMilliseconds: number) => void;
  /** Calls back once after a time, and returns how to prevent it; `setTimeout` where it is not given. */
  readonly schedule?: (milliseconds: number, callback: () => void) => () => void;
}

/** A running poll. */
export interface Poll {
  /** Fetches now, as a webhook wants it. However often it is called while a fetch runs, one more follows. */
  trigger(): void;
  /** Ends the poll, and the fetch that runs. Nobody is told anything after it. */
  stop(): void;
}

/** A repository that fails is asked no more often than it wants to be, and no less often than this. */
const longestBackoff = 15 * 60_000;

/** Fetches at once, then at intervals; after failures at intervals that double, up to 15 minutes or the interval itself. */
export function pollRepository(options: PollOptions): Poll {
  const { intervalMilliseconds, jitter, random, schedule = scheduleTimer } = options;
  const controller = new AbortController();
  const signal = AbortSignal.any([options.signal, controller.signal]);
  let since = options.since;
  let failures = 0;
  let fetching = false;
  let again = false;
  let cancel: (() => void) | undefined;

  const pause = (): number => {
    const longest = Math.max(intervalMilliseconds, longestBackoff);
    const base = Math.min(intervalMilliseconds * 2 ** Math.min(failures, 16), longest);
    return Math.round(base * (1 + jitter * random()));
  };

  /** Returns in how many milliseconds the next fetch is due. */
  const fetchOnce = async (): Promise<number> => {
    try {
      const outcome = await options.mirror.fetch(options.selector, {
        signal,
        ...(since === undefined ? {} : { since }),
      });
      failures = 0;
      if (signal.aborted) return 0;
      since = outcome.resolved.commit;
      options.onOutcome(outcome);
      return pause();
    } catch (error) {
      if (signal.aborted) return 0;
      failures += 1;
      const wait = again ? 0 : pause();
      options.onError(error, wait);
      return wait;
    }
  };

  const run = async (): Promise<void> => {
    cancel?.();
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    let wait: number;
    do {
      again = false;
      wait = await fetchOnce();
    } while (again && !signal.aborted);
    fetching = false;
    if (!signal.aborted) cancel = schedule(wait, () => void run());
  };

  signal.addEventListener('abort', () => cancel?.(), { once: true });
  if (!signal.aborted) void run();
  return {
    trigger() {
      if (!signal.aborted) void run();
    },
    stop: () => controller.abort(),
  };
}

function scheduleTimer(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}
