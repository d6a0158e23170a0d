import { setTimeout as sleep } from 'node:timers/promises';

/** Time and chance, given from outside. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Waits so many milliseconds. Rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

const firstPause = 500;

/** How long a server asks to be left alone, in milliseconds: `Retry-After` as seconds or as a date. */
export function retryAfter(header: string | undefined, clock: Clock): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}

/** Waits as long as the server says, else twice as long at each attempt, with up to half more at random. */
export async function waitFor(
  wait: number | undefined,
  attempts: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const pause = wait ?? firstPause * 2 ** (attempts - 1);
  await clock.wait(Math.round(pause * (1 + clock.random() / 2)), signal);
  signal.throwIfAborted();
}
