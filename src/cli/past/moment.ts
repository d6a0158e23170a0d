import { InvalidArgumentError, Option } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A moment: RFC 3339, a day, or how long ago, as `90m`, `24h`, `7d`, `2w`. */
export type Moment = { readonly at: Date } | { readonly agoMilliseconds: number };

/** Throws what commander reports as a wrong value. */
export function parseMoment(text: string): Moment {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return { agoMilliseconds: Number(amount) * (units[unit] ?? 0) };
  const at = /^\d{4}-\d{2}-\d{2}(?:T.*(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(at.getTime())) return { at };
  throw new InvalidArgumentError('It is a moment such as 2026-11-21, 2026-11-21T10:00:00Z or 24h.');
}

/** The moment in time. */
export function momentAt(moment: Moment, now: Date): Date {
  return 'at' in moment ? moment.at : new Date(now.getTime() - moment.agoMilliseconds);
}

/** A flag that takes a moment. */
export function momentOption(flag: string, description: string): Option {
  return new Option(`--${flag} <moment>`, description).argParser(parseMoment);
}
