/** A duration as Kubernetes and Go write it: `90s`, `5m`, `1h30m`. */
export const durationPattern = '^([0-9]+(ms|s|m|h))+$';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration such as `1h30m` in milliseconds. The API server has checked its form. */
export function durationMilliseconds(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|s|m|h)/g)) {
    total += Number(amount) * units[unit as keyof typeof units];
  }
  return total;
}
