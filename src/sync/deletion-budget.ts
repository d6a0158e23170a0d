import type { ObjectKey } from '../object.ts';
import type { Wait } from './run-types.ts';

/** How many deletions may begin, and when. */
export interface DeletionBudget {
  /** At most so many begin in any minute. */
  readonly perMinute: number;
  /** Takes one deletion; false where none may begin now. Who is refused asks again after `delayFor(1)`. */
  take(): boolean;
  /** Milliseconds after which so many deletions may have begun, where nobody else asks; 0 is now. */
  delayFor(count: number): number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What `createDeletionBudget` needs. */
export interface DeletionBudgetOptions {
  /** Not more in any minute; a whole number from 1. */
  readonly perMinute: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Begin with nothing saved up: for where it is not known how many were deleted a moment ago, as after a restart. What
   * is let through then is never more than would have been without it.
   */
  readonly empty: boolean;
}

const minute = 60_000;
/** Who has to wait looks again no sooner: many small steps would cost more than they bring. */
const leastDelay = 1_000;

/**
 * A bucket of deletions that holds one half of what a minute may see, and gets the other half back in a minute. So even
 * a full one lets no more through in any minute than the limit. It counts in parts of 60,000 of a deletion, which are
 * whole numbers for whole milliseconds: nothing is ever lost or won by rounding.
 */
export function createDeletionBudget({ perMinute, now, empty }: DeletionBudgetOptions): DeletionBudget {
  const most = Math.ceil(perMinute / 2);
  const gain = perMinute - most + 1;
  const clock = (): number => Math.floor(now());
  let level = empty ? 0 : most * minute;
  let at = clock();
  const refill = (): void => {
    const time = clock();
    // A clock that is put back gives nothing.
    level = Math.min(most * minute, level + Math.max(0, time - at) * gain);
    at = time;
  };
  return {
    perMinute,
    now: clock,
    take() {
      refill();
      if (level < minute) return false;
      level -= minute;
      return true;
    },
    delayFor(count) {
      refill();
      return Math.max(0, Math.ceil((count * minute - level) / gain));
    },
  };
}

/** A deletion takes from each of them, or from none. */
export function joinBudgets(first: DeletionBudget, second: DeletionBudget): DeletionBudget {
  const tighter = first.perMinute <= second.perMinute ? first : second;
  const delayFor = (count: number): number => Math.max(first.delayFor(count), second.delayFor(count));
  return {
    perMinute: tighter.perMinute,
    now: () => first.now(),
    delayFor,
    take: () => delayFor(1) === 0 && first.take() && second.take(),
  };
}

/** What a deletion waits for that may not begin yet; `count` with all that come after it. */
export function waitForBudget(key: ObjectKey, count: number, budget: DeletionBudget): Wait {
  const until = new Date(budget.now() + budget.delayFor(count)).toISOString().replace(/\.\d+Z$/, 'Z');
  const many = count === 1 ? 'its deletion waits' : `its deletion and ${count - 1} more wait`;
  const message = `${many}, as no more than ${budget.perMinute} may begin in a minute; the last may by ${until}`;
  const retryAfter = Math.max(budget.delayFor(1), Math.min(leastDelay, budget.delayFor(count)));
  return { key, condition: 'Deleted', message, retryAfter, deletions: count };
}
