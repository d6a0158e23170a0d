const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** `3d4h`, where the second part is left out when it is nought. */
function two(milliseconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((milliseconds % big) / small);
  const main = `${Math.floor(milliseconds / big)}${bigUnit}`;
  return rest === 0 ? main : `${main}${rest}${smallUnit}`;
}

/**
 * A duration as kubectl shows ages: `45s`, `5m30s`, `12m`, `4h10m`, `20h`, `3d4h`, `40d`, `2y30d`.
 * The longer it is, the coarser.
 */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -2 * second) return '<invalid>';
  if (milliseconds < 0) return '0s';
  if (milliseconds < 2 * minute) return `${Math.floor(milliseconds / second)}s`;
  if (milliseconds < 10 * minute) return two(milliseconds, minute, 'm', second, 's');
  if (milliseconds < 3 * hour) return `${Math.floor(milliseconds / minute)}m`;
  if (milliseconds < 8 * hour) return two(milliseconds, hour, 'h', minute, 'm');
  if (milliseconds < 2 * day) return `${Math.floor(milliseconds / hour)}h`;
  if (milliseconds < 8 * day) return two(milliseconds, day, 'd', hour, 'h');
  if (milliseconds < 2 * year) return `${Math.floor(milliseconds / day)}d`;
  if (milliseconds < 8 * year) return two(milliseconds, year, 'y', day, 'd');
  return `${Math.floor(milliseconds / year)}y`;
}

/** How long ago an RFC 3339 time was, or `<unknown>`. */
export function age(time: string | undefined, now: Date): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now.getTime() - at);
}
