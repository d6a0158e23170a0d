/** Work that several callers want at the same time, done once. */
export interface Share<T> {
  /**
   * Joins the work that goes on under the key, or begins it. A caller that gives up leaves it to the others; it is
   * stopped when nobody waits any more.
   */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Running<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Begins with no work under way. */
export function createShare<T>(): Share<T> {
  const running = new Map<string, Running<T>>();

  const begin = (key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> => {
    const controller = new AbortController();
    const entry: Running<T> = { result: work(controller.signal), controller, waiting: 0 };
    running.set(key, entry);
    const end = (): void => {
      if (running.get(key) === entry) running.delete(key);
    };
    entry.result.then(end, end);
    return entry;
  };

  return {
    run(key, work, signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const entry = running.get(key) ?? begin(key, work);
      entry.waiting += 1;
      return new Promise<T>((resolve, reject) => {
        const onAbort = (): void => {
          entry.waiting -= 1;
          if (entry.waiting === 0) {
            if (running.get(key) === entry) running.delete(key);
            entry.controller.abort(signal.reason);
          }
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const settle = async (): Promise<void> => {
          try {
            resolve(await entry.result);
          } catch (error) {
            reject(error);
          } finally {
            signal.removeEventListener('abort', onAbort);
          }
        };
        void settle();
      });
    },
  };
}
