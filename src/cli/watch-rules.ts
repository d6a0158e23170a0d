import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { InstallationRules, Log } from '../controller/index.ts';
import { problemsOf } from '../errors.ts';

/** A look at a file costs nothing, and sees what a ConfigMap that is mounted changes: it is a link that is put elsewhere. */
const lookEvery = 2_000;

/** How a file of rules is looked after. */
export interface WatchRulesOptions {
  /** The folder that `file` begins at. */
  readonly cwd: string;
  /** As it was given. */
  readonly file: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  readonly signal: AbortSignal;
}

/**
 * The rules in a file, as it is now: a change of it counts without a restart. With a mistake in what is new the rules
 * stay as they were, and the log says why.
 *
 * @param what what the rules are called
 * @throws PlumbError as `read`, for the file as it is first
 */
export async function watchRules<Rules>(
  what: string,
  read: (cwd: string, file: string, signal: AbortSignal) => Promise<Rules>,
  { cwd, file, log, interval = lookEvery, signal }: WatchRulesOptions,
): Promise<InstallationRules<Rules>> {
  const path = resolve(cwd, file);
  const listeners = new Set<() => void>();
  // Taken before each reading: what is written while it is read is seen by the next look.
  let seen = await tracesOf(path);
  let current = await read(cwd, file, signal);

  async function look(): Promise<void> {
    const traces = await tracesOf(path);
    if (traces === seen || signal.aborted) return;
    seen = traces;
    try {
      current = await read(cwd, file, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ file, problems: problemsOf(error) }, `${what} stay as they were`);
      return;
    }
    log.info({ file }, `${what} were read again`);
    for (const listener of listeners) listener();
  }

  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, interval).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });

  return {
    current: () => current,
    onChange(listener, until) {
      if (until.aborted) return;
      listeners.add(listener);
      until.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
  };
}

/** What tells one content of a file from another, without reading it. */
async function tracesOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true }).catch(() => ({ ino: 0, size: 0, mtimeNs: 0 }));
  return `${ino} ${size} ${mtimeNs}`;
}
