/** A resource of Plumbline changed. It says which, and not how: whoever is told looks for themselves. */
export interface ViewChange {
  readonly kind: 'Application' | 'Repository' | 'Operation';
  readonly namespace: string;
  readonly name: string;
  /** `logged`: something was done for it; see its log. */
  readonly type: 'changed' | 'deleted' | 'logged';
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A change with its place among all of them. */
export interface NumberedChange extends ViewChange {
  /** From 1; counted anew by each controller that leads. */
  readonly number: number;
}

/** What changed and what changes. */
export interface Changes {
  /** Names this count of changes: another controller has another one. */
  readonly epoch: string;
  /** The number of the newest change; 0 where there was none. */
  readonly last: number;
  /** The changes after a number that are still remembered; undefined where one of them is forgotten. */
  after(number: number): readonly NumberedChange[] | undefined;
  /** Told of each change to come, at once, until the answer is called. */
  subscribe(listener: (change: NumberedChange) => void): () => void;
}

/** Changes that somebody may add to. */
export interface ChangeLog extends Changes {
  add(change: Omit<ViewChange, 'at'>): void;
}

/** What a log of changes needs. */
export interface ChangeLogOptions {
  readonly epoch: string;
  /** Changes that are remembered. */
  readonly capacity: number;
  readonly now: () => number;
}

/** A log that remembers the last changes in a ring: its size is bounded whatever happens. */
export function createChangeLog({ epoch, capacity, now }: ChangeLogOptions): ChangeLog {
  const ring: NumberedChange[] = [];
  const listeners = new Set<(change: NumberedChange) => void>();
  let last = 0;
  return {
    epoch,
    get last() {
      return last;
    },
    after(number) {
      if (number > last || number < last - ring.length) return undefined;
      return Array.from({ length: last - number }, (_, index) => ring[(number + index) % capacity]).filter(
        (change) => change !== undefined,
      );
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(change) {
      const numbered = { ...change, at: now(), number: last + 1 };
      ring[last % capacity] = numbered;
      last += 1;
      for (const listener of listeners) listener(numbered);
    },
  };
}
