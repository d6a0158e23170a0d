import { problemsOf } from '../../errors.ts';
import { sweepMirrors } from '../../git/index.ts';
import type { Log } from '../log.ts';

/** How mirrors that nobody needs any more are removed. */
export interface SweepingOptions {
  /** Folder of the mirrors. */
  readonly mirrors: string;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after some milliseconds, unless cancelled. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
  readonly signal: AbortSignal;
}

/** By then every Repository has opened its mirror, also where a thousand have to be fetched. */
const firstMilliseconds = 60 * 60_000;
const intervalMilliseconds = 24 * 60 * 60_000;
/** Somebody who is away for a week does not fetch everything anew after it. */
const unusedMilliseconds = 7 * 24 * 60 * 60_000;

/** Looks once a day for the mirrors of Repositories and submodules that are gone. Resolves when it has ended. */
export async function sweepDaily(options: SweepingOptions): Promise<void> {
  const { mirrors, log, now, signal } = options;
  for (let wait = firstMilliseconds; !signal.aborted; wait = intervalMilliseconds) {
    await pause(wait, options);
    if (signal.aborted) return;
    try {
      const removed = await sweepMirrors({ directory: mirrors, unusedMilliseconds, now, signal });
      if (removed > 0) log.info({ removed }, 'mirrors removed that nobody has used for a week');
    } catch (error) {
      if (!signal.aborted) log.warn({ problems: problemsOf(error) }, 'unused mirrors not removed');
    }
  }
}

async function pause(milliseconds: number, { schedule, signal }: SweepingOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = schedule(milliseconds, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  cancel();
}
