import { LRUCache } from 'lru-cache';

/** How long answers are remembered, and how many. */
export interface RememberedOptions<Value> {
  /** The one that was not asked for longest is forgotten first. */
  readonly entries: number;
  /** Milliseconds for which an answer is good; 0 where it is not to be remembered. */
  readonly keep: (value: Value) => number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Answers that are good for a few seconds. */
export interface Remembered<Value> {
  /** The answer that is known, or the one that `ask` gives; those who ask at the same time share one question. */
  readonly get: (key: string, ask: () => Promise<Value>) => Promise<Value>;
  /** What is known now, without a question. */
  readonly peek: (key: string) => Value | undefined;
  readonly forget: (key: string) => void;
}

/** Remembers answers for a while. A question that fails is not remembered. */
export function createRemembered<Value>({ entries, keep, now }: RememberedOptions<Value>): Remembered<Value> {
  const known = new LRUCache<string, { readonly value: Value; readonly until: number }>({ max: entries });
  const asked = new Map<string, Promise<Value>>();
  const peek = (key: string): Value | undefined => {
    const entry = known.get(key);
    return entry === undefined || entry.until <= now() ? undefined : entry.value;
  };
  return {
    peek,
    get(key, ask) {
      const value = peek(key);
      if (value !== undefined) return Promise.resolve(value);
      const running = asked.get(key);
      if (running !== undefined) return running;
      const question = async (): Promise<Value> => {
        // As old as the question: what changes while it is under way may be missing in the answer.
        const since = now();
        try {
          const found = await ask();
          const milliseconds = keep(found);
          if (milliseconds > 0 && asked.get(key) === answer)
            known.set(key, { value: found, until: since + milliseconds });
          return found;
        } finally {
          if (asked.get(key) === answer) asked.delete(key);
        }
      };
      const answer = Promise.resolve().then(question);
      asked.set(key, answer);
      return answer;
    },
    forget(key) {
      known.delete(key);
      asked.delete(key);
    },
  };
}
