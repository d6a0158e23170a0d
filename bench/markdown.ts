import type { Counts } from './metrics.ts';
import type { Distribution } from './statistics.ts';
import type { Usage } from './usage.ts';

/** What else the machine did meanwhile. */
export function disturbance({ cpu, seconds }: Usage, loadBefore: number): string {
  return `Other work on the machine took ${one(cpu.elsewhere)} s of CPU in the ${one(seconds)} s that the first figures are of; load before: ${one(loadBefore)}.`;
}

/** `1,234` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');
/** `1,234.5` */
export const one = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
/** Bytes, in MiB. */
export const mebibytes = (bytes: number): string => count(bytes / 1024 ** 2);
/** Median and p99. */
export const pair = ({ median, p99 }: Distribution): string => `${count(median)} / ${count(p99)}`;
/** A list. */
export const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}\n`).join('');

/** Kinds with their numbers, the greatest first. */
export function counts(values: Counts): string {
  const sorted = [...values].filter(([, value]) => value > 0).toSorted(([, left], [, right]) => right - left);
  return sorted.length === 0 ? 'none' : sorted.map(([name, value]) => `${one(value)} ${name}`).join(', ');
}

/** A table whose first row is its head. */
export function table([header = [], ...rows]: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[header, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}
