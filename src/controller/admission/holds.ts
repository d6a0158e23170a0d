/** What keeps Applications from being synced for a moment. */
export interface Holds {
  /** From now on it is not synced, until the answer is called. Resolves when nothing works on it. */
  begin(id: string): Promise<() => void>;
  isHeld(id: string): boolean;
  /** Works on an Application, unless it is held: then it is told when that is over. */
  work(id: string, work: () => Promise<void>): Promise<void>;
}

/** However many hold it: so long an Application is not synced at most, in milliseconds. */
const mostMilliseconds = 30_000;

interface Held {
  count: number;
  readonly since: number;
}

/**
 * Keeps syncs and changes by hand out of each other's way: between a commit and the moment in which the cluster has it,
 * a sync would take the change for a drift, or make the object first.
 */
export function createHolds(options: {
  /** An Application may be worked on again. */
  readonly onEnd: (id: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): Holds {
  const held = new Map<string, Held>();
  const working = new Map<string, Promise<void>>();
  const isHeld = (id: string): boolean => {
    const since = held.get(id)?.since;
    return since !== undefined && options.now() - since < mostMilliseconds;
  };
  return {
    isHeld,
    async begin(id) {
      const hold = held.get(id) ?? { count: 0, since: options.now() };
      hold.count += 1;
      held.set(id, hold);
      let isOver = false;
      await working.get(id);
      return () => {
        if (isOver) return;
        isOver = true;
        hold.count -= 1;
        if (hold.count > 0) return;
        held.delete(id);
        options.onEnd(id);
      };
    },
    async work(id, work) {
      if (isHeld(id)) return;
      const done = work();
      const settled = done.then(
        () => undefined,
        () => undefined,
      );
      working.set(id, settled);
      try {
        await done;
      } finally {
        if (working.get(id) === settled) working.delete(id);
      }
    },
  };
}
