import { InvalidArgumentError, Option } from 'commander';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as `90s`, `5m` or `1h30m`. Throws what commander reports as a wrong value. */
export function parseDuration(text: string): number {
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError('It is a duration such as 90s, 5m or 1h30m.');
  }
  return [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  );
}

/** The flag for how long a command waits. */
export function timeoutOption(shown: string): Option {
  return new Option('--timeout <duration>', 'how long to wait, such as 90s or 5m')
    .argParser(parseDuration)
    .default(parseDuration(shown), shown);
}
