import { plumbError } from '../errors.ts';

/** Does work within a time: it is stopped when the time is over, and says so. @throws PlumbError `timeout` */
export async function withinTime<T>(
  milliseconds: number,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(milliseconds);
  try {
    return await work(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw plumbError('timeout', `${what} took longer than ${Math.round(milliseconds / 1000)} s`, { cause: error });
  }
}
