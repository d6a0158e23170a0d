// Where things lie. Nothing is ever written outside the project's folder.
import { join } from 'node:path';

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..');
/** What set-up made: Node, binaries, logs, measured durations. Safe to delete. */
export const cache = join(root, '.cache');
/** Binaries, one folder per content of their sources: `<name>-<fingerprint>`. */
export const binaries = join(cache, 'bin');
