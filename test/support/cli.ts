import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run.ts';

/** What a command wrote, and how it ended. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Settings of a command's world; a plain pipe in an empty environment where left out. */
export interface CliWorld {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  /** Answers what is asked; nobody can be asked where left out. */
  readonly ask?: (question: string) => Promise<string>;
  /** Told what goes to standard error, as it is written. */
  readonly onProgress?: (text: string) => void;
}

/** Runs one command line inside this process. */
export async function plumbInProcess(args: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  const output = (stream: 'stdout' | 'stderr') => ({
    write: (part: string) => {
      written[stream] += part;
      if (stream === 'stderr') world.onProgress?.(part);
    },
    isTerminal: world.isTerminal ?? false,
    columns: 100,
  });
  const context: CliContext = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: world.env ?? {},
    cwd: world.cwd ?? import.meta.dirname,
    signal: world.signal ?? new AbortController().signal,
    now: world.now ?? (() => new Date()),
    ...(world.ask === undefined ? {} : { ask: world.ask }),
  };
  const exitCode = await runCli(args, context);
  return { ...written, exitCode };
}

/** The program as it runs from source. */
export const plumbFromSource: readonly [string, ...string[]] = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts'),
];

/** Runs one command line as a program of its own, to its end. */
export async function plumb(args: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const [program, ...rest] = plumbFromSource;
  const child = spawn(program, [...rest, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...world.env },
    cwd: world.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(world.signal === undefined ? {} : { signal: world.signal }),
  });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  return { stdout, stderr, exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143) };
}
