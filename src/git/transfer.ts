import { performance } from 'node:perf_hooks';

/** What went over the wire to a server, or was to. Never says to which, nor as whom. */
export interface Transfer {
  readonly operation: 'fetch' | 'push';
  /** `moved`: the branch was not where it was expected, and nothing was pushed. */
  readonly outcome: 'succeeded' | 'moved' | 'failed';
  readonly milliseconds: number;
}

/**
 * Does a transfer, and tells how it ended; of one that the signal ended nothing is told.
 * @param outcomeOf how one that came back has ended
 */
export async function toldTransfer<Result>(
  tell: ((transfer: Transfer) => void) | undefined,
  operation: Transfer['operation'],
  signal: AbortSignal,
  {
    run,
    outcomeOf,
  }: { readonly run: () => Promise<Result>; readonly outcomeOf: (result: Result) => Transfer['outcome'] },
): Promise<Result> {
  if (tell === undefined) return run();
  const begun = performance.now();
  const end = (outcome: Transfer['outcome']): void =>
    tell({ operation, outcome, milliseconds: performance.now() - begun });
  try {
    const result = await run();
    end(outcomeOf(result));
    return result;
  } catch (error) {
    if (!signal.aborted) end('failed');
    throw error;
  }
}
