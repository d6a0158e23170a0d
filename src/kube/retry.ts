/** Milliseconds that a `Retry-After` header asks to wait: seconds or an HTTP date; undefined where it says neither. */
export function retryAfter(header: string | readonly string[] | undefined, wallClock: number): number | undefined {
  const value = typeof header === 'string' ? header.trim() : header?.[0]?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallClock);
}

/** Where waits begin and end, in milliseconds. */
export interface BackoffBounds {
  readonly first: number;
  readonly longest: number;
}

/** Milliseconds before try number `attempt` (from 0) is repeated: doubling, and spread so that callers part. */
export function backoff(attempt: number, bounds: BackoffBounds, random: () => number): number {
  const whole = Math.min(bounds.longest, bounds.first * 2 ** Math.min(attempt, 30));
  return whole * (0.5 + random() / 2);
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
