/** What many measurements of one thing come to. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  /** The value that 99 of 100 do not exceed; of fewer than 100 values the greatest. */
  readonly p99: number;
  readonly max: number;
}

/**
 * The value that `share` of all values do not exceed, by nearest rank.
 * @param share above 0, at most 1
 * @throws RangeError where there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const value = sorted[Math.ceil(share * sorted.length) - 1];
  if (value === undefined) throw new RangeError('a quantile needs at least one value and a share above 0, at most 1');
  return value;
}

/** The median: the middle value, or the mean of the two in the middle. @throws RangeError where there are no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('a median needs at least one value');
  return (lower + upper) / 2;
}

/** Sums up many measurements. @throws RangeError where there are none */
export function distribution(values: readonly number[]): Distribution {
  return {
    count: values.length,
    min: quantile(values, Number.MIN_VALUE),
    median: median(values),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}
