import { createEndBySignal } from './end-by-signal.ts';

/**
 * Who goes first. `urgent` is for Leases: it waits for nobody, within bounds of its own.
 * `high` is for what others wait for, a status or a revert; `normal` for bulk. `low` is for what only looks on: it takes
 * half of what there is at most, and only what nobody else wants.
 */
export type Priority = 'urgent' | 'high' | 'normal' | 'low';

/** Bounds of flow control. */
export interface FlowOptions {
  /** Requests at once to begin with. */
  readonly initial?: number;
  /** Never fewer. */
  readonly minimum?: number;
  /** Never more. */
  readonly maximum?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Decides how many requests are under way at once: as many as the server likes.
 * Additive increase while it answers quickly, multiplicative decrease when it says 429 or slows down.
 */
export interface Flow {
  /** Requests at once that are allowed now. */
  readonly limit: number;
  /** Requests under way, the urgent ones not counted. */
  readonly running: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Undefined where the request may go at once; else a promise of its turn, which the signal ends. */
  enter(priority: Priority, signal: AbortSignal | undefined): Promise<void> | undefined;
  /** The request has ended, whatever came of it. */
  leave(priority: Priority): void;
  /** The server answered a single-object call within so many milliseconds. */
  answered(milliseconds: number): void;
  /** The server said 429: nothing but urgent requests for so many milliseconds. */
  throttled(milliseconds: number): void;
}

interface Waiter {
  readonly go: () => void;
  ended: boolean;
}

// Beyond this a request waits in the server rather than here: no more are added.
const quick = 250;
// Beyond this the server suffers: fewer are sent.
const slow = 1_000;
const urgentAtOnce = 8;
const lowShare = 0.5;
const keepAfterThrottle = 0.5;
const keepAfterSlowness = 0.8;
// One decrease for one congestion: the requests under way at that time report it too.
const settle = 1_000;

/** Flow control for one server. */
export function createFlow(options: FlowOptions = {}): Flow {
  const minimum = options.minimum ?? 1;
  const maximum = options.maximum ?? 48;
  const now = options.now ?? (() => performance.now());
  const random = options.random ?? Math.random;
  const queues: Readonly<Record<Priority, Waiter[]>> = { urgent: [], high: [], normal: [], low: [] };
  const heads: Record<Priority, number> = { urgent: 0, high: 0, normal: 0, low: 0 };
  let limit = Math.min(maximum, Math.max(minimum, options.initial ?? 16));
  let running = 0;
  let urgent = 0;
  let latency = 0;
  let decreasedAt = Number.NEGATIVE_INFINITY;
  let closedUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  const ends = createEndBySignal();

  const isOpen = (priority: Priority): boolean => {
    if (priority === 'urgent') return urgent < urgentAtOnce;
    const share = priority === 'low' ? limit * lowShare : limit;
    return running < Math.max(1, Math.floor(share)) && (closedUntil === 0 || now() >= closedUntil);
  };
  const count = (priority: Priority): void => {
    if (priority === 'urgent') urgent += 1;
    else running += 1;
  };
  const next = (priority: Priority): Waiter | undefined => {
    const queue = queues[priority];
    while (heads[priority] < queue.length) {
      const waiter = queue[heads[priority]];
      heads[priority] += 1;
      if (waiter !== undefined && !waiter.ended) return waiter;
    }
    // Only an empty queue is cut: shifting each waiter off would move all others.
    queue.length = 0;
    heads[priority] = 0;
    return undefined;
  };
  const admit = (priority: Priority): void => {
    while (isOpen(priority)) {
      const waiter = next(priority);
      if (waiter === undefined) return;
      count(priority);
      waiter.go();
    }
  };
  const admitAll = (): void => {
    admit('urgent');
    admit('high');
    admit('normal');
    admit('low');
  };
  const decrease = (factor: number): void => {
    const at = now();
    if (at - decreasedAt < settle) return;
    decreasedAt = at;
    limit = Math.max(minimum, limit * factor);
  };
  const waitingIn = (priority: Priority): number => {
    let waiting = 0;
    for (let index = heads[priority]; index < queues[priority].length; index += 1) {
      if (queues[priority][index]?.ended === false) waiting += 1;
    }
    return waiting;
  };

  return {
    get limit() {
      return Math.floor(limit);
    },
    get running() {
      return running;
    },
    get waiting() {
      return waitingIn('urgent') + waitingIn('high') + waitingIn('normal') + waitingIn('low');
    },
    enter(priority, signal) {
      signal?.throwIfAborted();
      if (queues[priority].length === 0 && isOpen(priority)) {
        count(priority);
        return undefined;
      }
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiter.ended = true;
          reject(signal?.reason);
        };
        const forget = signal === undefined ? undefined : ends.add(signal, onAbort);
        const waiter: Waiter = {
          ended: false,
          go: () => {
            waiter.ended = true;
            forget?.();
            resolve();
          },
        };
        queues[priority].push(waiter);
      });
    },
    leave(priority) {
      if (priority === 'urgent') urgent -= 1;
      else running -= 1;
      admitAll();
    },
    answered(milliseconds) {
      latency += (milliseconds - latency) / 16;
      if (latency > slow) decrease(keepAfterSlowness);
      // More only where more was wanted: an idle client learns nothing of the server's limits.
      else if (latency < quick && running >= Math.floor(limit)) limit = Math.min(maximum, limit + 1 / limit);
    },
    throttled(milliseconds) {
      decrease(keepAfterThrottle);
      // A little spread, or all clients come back at the same moment.
      const until = now() + milliseconds * (1 + random() * 0.1);
      if (until <= closedUntil) return;
      closedUntil = until;
      clearTimeout(timer);
      timer = setTimeout(() => {
        closedUntil = 0;
        timer = undefined;
        admitAll();
      }, until - now());
    },
  };
}
