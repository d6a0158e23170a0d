/** Who wants to know when something was looked at. */
export interface Listeners {
  /** Calls back each time, until the answer is called. */
  add(id: string, tell: () => void): () => void;
  tell(id: string): void;
}

/** Nobody wants to know anything yet. */
export function createListeners(): Listeners {
  const all = new Map<string, Set<() => void>>();
  return {
    add(id, tell) {
      const told = all.get(id) ?? new Set();
      all.set(id, told.add(tell));
      return () => {
        told.delete(tell);
        if (told.size === 0 && all.get(id) === told) all.delete(id);
      };
    },
    tell(id) {
      for (const tell of all.get(id) ?? []) tell();
    },
  };
}

/**
 * Looks, and looks again each time that it is told, until something is found or the time is over.
 * @returns undefined where the time is over; rejects with the reason of the signal
 */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  how: {
    readonly listen: (tell: () => void) => () => void;
    readonly milliseconds: number;
    readonly signal: AbortSignal;
  },
): Promise<T | undefined> {
  const limit = AbortSignal.timeout(how.milliseconds);
  const either = AbortSignal.any([how.signal, limit]);
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  if (either.aborted) end();
  either.addEventListener('abort', end, { once: true });
  let changed = Promise.withResolvers<void>();
  const stop = how.listen(() => changed.resolve());
  try {
    for (;;) {
      // Before it is looked: what changes meanwhile has it looked at once more.
      changed = Promise.withResolvers();
      const found = await look();
      if (found !== undefined) return found;
      await Promise.race([changed.promise, ended.promise]);
      how.signal.throwIfAborted();
      if (limit.aborted) return undefined;
    }
  } finally {
    stop();
    either.removeEventListener('abort', end);
  }
}
