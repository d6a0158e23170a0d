// How long each step took the last time on this machine: the best guess for the next time.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';

const file = join(cache, 'durations.json');

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** Seconds that the step took the last time, or the estimate. */
export function expectedSeconds(name, estimate) {
  const known = read()[name];
  return typeof known === 'number' && known > 0 ? known : estimate;
}

/** Remembers how long a step took. */
export function recordSeconds(name, seconds) {
  mkdirSync(cache, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ ...read(), [name]: Math.round(seconds * 10) / 10 }, null, 2)}\n`);
  renameSync(temporary, file);
}
