import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { plumbError } from '../errors.ts';
import { watchMemory } from './watch-memory.ts';

/** Programs that Git itself uses, and what they come with on Debian. */
const companions = { gpg: 'gnupg', gpgconf: 'gnupg', 'ssh-keygen': 'openssh-client' } as const;

/** One call of Git. */
export interface GitCall {
  /** A program that Git uses, in the place of Git itself. */
  readonly program?: keyof typeof companions;
  /** The arguments; untrusted ones stand after `--end-of-options`. */
  readonly args: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What Git reads on its standard input; nothing where undefined. */
  readonly input?: Uint8Array;
  /** Writes what Git reads, in the place of `input`; where it fails, Git is ended and its error is thrown. */
  readonly feed?: (stdin: Writable) => Promise<void>;
  /** Open files that Git and its helpers get as descriptor 3 and up. */
  readonly descriptors?: readonly number[];
  readonly signal: AbortSignal;
  /** How long Git may take, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** How much Git may write to its standard output, in bytes. */
  readonly maxOutputBytes: number;
  /** How much memory Git and its helpers may hold together, in bytes; not watched where undefined. */
  readonly maxMemoryBytes?: number;
  /** Told the process id, which is also the id of its group, as soon as it runs. */
  readonly onStart?: (pid: number) => void;
}

/** How a call of Git ended, where it ended by itself. */
export interface GitResult {
  /** 0 where Git was content; -1 where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The last 32 KiB of what Git wrote to its standard error. */
  readonly stderr: string;
}

const stderrLimit = 32 * 1024;
const graceMilliseconds = 2000;
const groups = new Set<number>();

/** Git runs in a group of its own, which no Ctrl-C reaches: so it is ended when this process ends. */
function rememberGroup(pid: number): void {
  if (groups.size === 0) process.once('exit', killAll);
  groups.add(pid);
}

function forgetGroup(pid: number): void {
  groups.delete(pid);
  if (groups.size === 0) process.off('exit', killAll);
}

function killAll(): void {
  for (const pid of groups) killGroup(pid, 'SIGKILL');
}

/** Sends a signal to a process and all that it has started; does nothing where they are gone. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Starts Git, without a shell, in a process group of its own. */
export function startGit(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  descriptors: readonly number[] = [],
  program: 'git' | keyof typeof companions = 'git',
): ChildProcess {
  const child = spawn(program, args, {
    env: environment,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
  });
  // What is written to a process that has ended is lost, and its exit says so already.
  child.stdin?.on('error', () => {});
  const { pid } = child;
  if (pid !== undefined) {
    rememberGroup(pid);
    child.once('exit', () => forgetGroup(pid));
  }
  return child;
}

/**
 * Runs Git to its end. Whatever its exit code, it is told and not thrown.
 * @throws PlumbError `git.missing`, `git.verifier-missing`, `timeout`, `git.too-large`; the reason of `signal` where
 * it was aborted
 */
export async function runGit(call: GitCall): Promise<GitResult> {
  call.signal.throwIfAborted();
  const child = startGit(call.args, call.environment, call.descriptors, call.program);
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = Buffer.alloc(0);
  let ended: unknown;
  let hard: NodeJS.Timeout | undefined;
  const end = (reason: unknown): void => {
    if (ended !== undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    ended = reason;
    const { pid } = child;
    // Git takes its lock files away on SIGTERM; one that does not listen is not waited for.
    killGroup(pid, 'SIGTERM');
    hard = setTimeout(() => killGroup(pid, 'SIGKILL'), graceMilliseconds);
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > call.maxOutputBytes)
      end(plumbError('git.too-large', `${commandOf(call)} wrote more than ${call.maxOutputBytes} bytes`));
    else stdout.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-stderrLimit);
  });
  const onAbort = (): void => end(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    end(plumbError('timeout', `${commandOf(call)} took longer than ${Math.round(call.timeoutMilliseconds / 1000)} s`));
  }, call.timeoutMilliseconds);
  let stopWatching: (() => void) | undefined;
  try {
    const exited = exitOf(child, call.program);
    if (child.pid !== undefined) call.onStart?.(child.pid);
    const { maxMemoryBytes } = call;
    if (child.pid !== undefined && maxMemoryBytes !== undefined) {
      const tooMuch = `${commandOf(call)} took more than ${maxMemoryBytes} bytes of memory`;
      stopWatching = watchMemory(child.pid, maxMemoryBytes, () => end(plumbError('git.too-large', tooMuch)));
    }
    if (call.feed === undefined || child.stdin === null) child.stdin?.end(call.input);
    else call.feed(child.stdin).then(() => child.stdin?.end(), end);
    const exitCode = await exited;
    if (ended !== undefined) throw ended;
    return { exitCode, stdout: Buffer.concat(stdout), stderr: stderr.toString('utf8') };
  } finally {
    clearTimeout(timer);
    clearTimeout(hard);
    stopWatching?.();
    call.signal.removeEventListener('abort', onAbort);
    // A helper that Git has left behind would hold on to the network and to the lock files.
    if (child.pid !== undefined && ended !== undefined) killGroup(child.pid, 'SIGKILL');
  }
}

/** The error of a program that Git needs for verifying and that is not installed. */
export function missingCompanion(program: keyof typeof companions, cause?: unknown): Error {
  return plumbError(
    'git.verifier-missing',
    `${program} could not be started, which Git verifies signatures with: install it (on Debian and Ubuntu the package ${companions[program]})`,
    cause === undefined ? {} : { cause },
  );
}

function exitOf(child: ChildProcess, program: GitCall['program']): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      if (program !== undefined) reject(missingCompanion(program, cause));
      else reject(plumbError('git.missing', 'git could not be started', { cause }));
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
}

function commandOf(call: GitCall): string {
  const verb = call.args.find((argument) => !argument.startsWith('-'));
  return call.program ?? `git ${verb ?? ''}`.trimEnd();
}
