/** What is polled, and who is told. */
export interface PollOptions<Outcome> {
  /** Asks once. */
  readonly ask: (signal: AbortSignal) => Promise<Outcome>;
  /** From the end of one question to the next, in milliseconds. */
  readonly intervalMilliseconds: number;
  /** How far the interval may be stretched at random, as a part of it: 0.1 for a tenth. So that not all ask at once. */
  readonly jitter: number;
  /** A number from 0 up to 1, as `Math.random` gives. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told the outcome of every question, also of those that found nothing new. Must not throw. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Told why a question failed, and in how many milliseconds it is asked again. Must not throw. */
  readonly onError: (error: unknown, retryMilliseconds: number) => void;
  /** Calls back once after a time, and returns how to prevent it; `setTimeout` where it is not given. */
  readonly schedule?: (milliseconds: number, callback: () => void) => () => void;
}

/** A running poll. */
export interface Poll {
  /** Asks now, as a webhook wants it. However often it is called while a question is under way, one more follows. */
  trigger(): void;
  /** Ends the poll, and the question under way. Nobody is told anything after it. */
  stop(): void;
}

/** A server that fails is asked no more often than was wished, and no less often than this, in milliseconds. */
const longestBackoff = 15 * 60_000;

/** Asks at once, then at intervals; after failures at intervals that double, up to 15 minutes or the interval itself. */
export function poll<Outcome>(options: PollOptions<Outcome>): Poll {
  const { intervalMilliseconds, jitter, random, schedule = scheduleTimer } = options;
  const controller = new AbortController();
  const signal = AbortSignal.any([options.signal, controller.signal]);
  let failures = 0;
  let asking = false;
  let again = false;
  let cancel: (() => void) | undefined;

  const pause = (): number => {
    const longest = Math.max(intervalMilliseconds, longestBackoff);
    const base = Math.min(intervalMilliseconds * 2 ** Math.min(failures, 16), longest);
    return Math.round(base * (1 + jitter * random()));
  };

  /** Returns in how many milliseconds the next question is due. */
  const askOnce = async (): Promise<number> => {
    try {
      const outcome = await options.ask(signal);
      failures = 0;
      if (signal.aborted) return 0;
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
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    let wait: number;
    do {
      again = false;
      wait = await askOnce();
    } while (again && !signal.aborted);
    asking = false;
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
