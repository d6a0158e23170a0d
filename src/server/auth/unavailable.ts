import type { Log } from '../../controller/index.ts';
import { PlumbError, plumbError, problemsOf } from '../../errors.ts';

/** Runs something that has to ask somebody else. */
export type Asking = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Milliseconds between lines of the log about the same: while nobody answers, every request says so. */
const silence = 10_000;

/**
 * Writes down who did not answer, and why. Whoever sent the request is told only that.
 * @param monotonic milliseconds that never go back
 */
export function tellUnavailable(log: Log, monotonic: () => number): Asking {
  const told = new Map<string, number>();
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PlumbError && error.code === 'auth.unavailable') {
        const [{ message }] = error.problems;
        if (monotonic() - (told.get(message) ?? Number.NEGATIVE_INFINITY) >= silence) {
          // The messages are ours, and few.
          told.set(message, monotonic());
          log.warn({ problems: error.problems, cause: causeOf(error) }, 'nobody can be let in');
        }
      }
      throw error;
    }
  };
}

function causeOf({ cause }: Error): unknown {
  return cause === undefined ? undefined : problemsOf(cause);
}

/**
 * Runs what Plumbline does with its own rights: what goes wrong is nobody's fault who signs in or out.
 * @throws PlumbError `auth.unavailable`
 */
export async function withOwnRights<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PlumbError && error.code.startsWith('auth.')) throw error;
    throw plumbError('auth.unavailable', what, { cause: error });
  }
}
