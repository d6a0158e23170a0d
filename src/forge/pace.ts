import { plumbError } from '../errors.ts';

/** Time as it is told to this room: a test has its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits; rejects with the signal's reason as soon as it is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** How fast a forge wants to be written to. */
export interface WriteBudget {
  /** So many at once, after a pause. */
  readonly burst: number;
  /** So many a second after that. */
  readonly perSecond: number;
}

/** How one identity may call one forge: shared by all its repositories there. */
export interface Pace {
  /**
   * Waits for a place and for the forge to be open again.
   * @returns gives the place back
   * @throws PlumbError `forge.rate-limited` where that would take longer than is reasonable; nothing was sent then
   */
  enter(kind: 'read' | 'write', signal: AbortSignal): Promise<() => void>;
  /** Nothing is sent before this time, in milliseconds since 1970. */
  closeUntil(time: number): void;
}

/** Longest wait for a forge to be open again; beyond, the caller is told when that is. */
export const longestWait = 60_000;

const mostReads = 6;

/** A pace with no limit but that of requests at once: reads beside each other, writes one after the other. */
export function createPace(options: {
  readonly origin: string;
  readonly clock: Clock;
  readonly writes: WriteBudget | undefined;
}): Pace {
  const { clock, writes } = options;
  let openAt = 0;
  let budget = writes?.burst ?? 0;
  let budgetAt = clock.now();
  const lanes = { read: createLane(mostReads), write: createLane(1) };

  const untilOpen = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const left = openAt - clock.now();
      if (left <= 0) return;
      if (left > longestWait) {
        throw plumbError(
          'forge.rate-limited',
          `${options.origin} takes no more calls until ${new Date(openAt).toISOString()}`,
        );
      }
      await clock.wait(left, signal);
    }
  };

  const untilAffordable = async (signal: AbortSignal): Promise<void> => {
    if (writes === undefined) return;
    for (;;) {
      const now = clock.now();
      budget = Math.min(writes.burst, budget + (Math.max(0, now - budgetAt) / 1000) * writes.perSecond);
      budgetAt = now;
      if (budget >= 1) break;
      await clock.wait(Math.ceil(((1 - budget) / writes.perSecond) * 1000), signal);
    }
    budget -= 1;
  };

  return {
    async enter(kind, signal) {
      await untilOpen(signal);
      const leave = await lanes[kind].enter(signal);
      try {
        if (kind === 'write') await untilAffordable(signal);
        await untilOpen(signal);
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    closeUntil(time) {
      openAt = Math.max(openAt, time);
    },
  };
}

interface Lane {
  enter(signal: AbortSignal): Promise<() => void>;
}

/** So many at once; the others in the order in which they came. */
function createLane(places: number): Lane {
  let free = places;
  const waiting = new Set<() => void>();
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else {
      waiting.delete(next);
      next();
    }
  };
  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        if (free > 0) {
          free -= 1;
          resolve(leaveOnce());
          return;
        }
        const take = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(leaveOnce());
        };
        const giveUp = (): void => {
          waiting.delete(take);
          reject(signal.reason);
        };
        waiting.add(take);
        signal.addEventListener('abort', giveUp, { once: true });
      }),
  };
}
