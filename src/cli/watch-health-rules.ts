import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { InstallationRules, Log } from '../controller/index.ts';
import { problemsOf } from '../errors.ts';
import { readRules } from './health-rules.ts';

/** A look at a file costs nothing, and sees what a ConfigMap that is mounted changes: it is a link that is put elsewhere. */
const lookEvery = 2_000;

/** How a file of rules is looked after. */
export interface WatchRulesOptions {
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  readonly signal: AbortSignal;
}

/**
 * The rules of health in a file, as it is now: a change of it counts without a restart. With a mistake in what is new the rules
 * stay as they were, and the log says why.
 *
 * @throws PlumbError as `readRules`, for the file as it is first
 */
export async function watchHealthRules(
  cwd: string,
  given: string,
  { log, interval = lookEvery, signal }: WatchRulesOptions,
): Promise<InstallationRules> {
  const path = resolve(cwd, given);
  const listeners = new Set<() => void>();
  // Taken before each reading: what is written while it is read is seen by the next look.
  let seen = await tracesOf(path);
  let current = await readRules(cwd, given, signal);

  async function look(): Promise<void> {
    const traces = await tracesOf(path);
    if (traces === seen || signal.aborted) return;
    seen = traces;
    try {
      current = await readRules(cwd, given, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ file: given, problems: problemsOf(error) }, 'rules of health stay as they were');
      return;
    }
    log.info({ file: given }, 'rules of health were read again');
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
