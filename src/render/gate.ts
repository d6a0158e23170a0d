/** Lets so many in at the same time, in the order of asking, or one alone. */
export interface Gate {
  /** Waits for a place; the returned function gives it back. Rejects when the signal aborts. */
  enter(alone: boolean, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly alone: boolean;
  readonly admit: () => void;
}

/** A gate with so many places. */
export function createGate(places: number): Gate {
  const waiting: Waiting[] = [];
  let inside = 0;

  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const needed = next.alone ? places : 1;
      if (inside + needed > places) return;
      inside += needed;
      waiting.shift();
      next.admit();
    }
  }

  return {
    async enter(alone, signal) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason);
          admit();
        };
        const entry: Waiting = {
          alone,
          admit: () => {
            signal.removeEventListener('abort', abort);
            resolve();
          },
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.push(entry);
        admit();
      });
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inside -= alone ? places : 1;
        admit();
      };
    },
  };
}
