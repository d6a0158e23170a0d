/** Things that end with signals. */
export interface EndBySignal {
  /** Calls `end` when the signal is aborted; the answer is what takes that back. */
  add(signal: AbortSignal, end: () => void): () => void;
}

/**
 * One listener for each signal, however many wait for it: a signal walks through all listeners that it has for each that is
 * added, so that thousands of waiting requests of one sync would cost millions of steps.
 */
export function createEndBySignal(): EndBySignal {
  const waiting = new Map<AbortSignal, { readonly ends: Set<() => void>; readonly onAbort: () => void }>();
  return {
    add(signal, end) {
      let entry = waiting.get(signal);
      if (entry === undefined) {
        const ends = new Set<() => void>();
        const onAbort = (): void => {
          waiting.delete(signal);
          for (const each of ends) each();
        };
        entry = { ends, onAbort };
        waiting.set(signal, entry);
        signal.addEventListener('abort', onAbort, { once: true });
      }
      const { ends, onAbort } = entry;
      ends.add(end);
      return () => {
        ends.delete(end);
        if (ends.size > 0 || waiting.get(signal)?.ends !== ends) return;
        waiting.delete(signal);
        signal.removeEventListener('abort', onAbort);
      };
    },
  };
}
