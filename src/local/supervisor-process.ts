import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { plumbError, type ErrorCode, type PlumbError } from '../errors.ts';
import { parseClusterEvent } from './cluster-events.ts';
import { componentNames } from './types.ts';
import type { ClusterEvent, ClusterOptions, ClusterPlace, ComponentName, ComponentPids } from './types.ts';

/** A supervisor that this process started, and what it has told. */
export interface SupervisorProcess {
  readonly child: ChildProcess;
  /** Undefined until it has told. */
  readonly place: ClusterPlace | undefined;
  readonly pids: ComponentPids;
  /** All components run, and the cluster works with just these. */
  readonly ready: boolean;
  /** Settles when it has ended and all its output was read, with the reason. Never rejects. */
  readonly ended: Promise<string>;
  /** Why it cannot go on, in the supervisor's own words. */
  readonly failure: PlumbError | undefined;
  /**
   * Settles when `holds` is true, now or after an event.
   * @throws PlumbError the failure, or `local.cluster-ended`; or the signal's reason
   */
  until(holds: () => boolean, signal?: AbortSignal): Promise<void>;
}

const failureCodes: Readonly<Record<string, ErrorCode>> = {
  'directory-in-use': 'local.directory-in-use',
  'directory-unusable': 'local.directory-unusable',
};

/** How a supervisor is started. */
export interface SupervisorOptions extends Pick<ClusterOptions, 'directory' | 'durable' | 'onProgress'> {
  readonly binary: string;
  /** It outlives this process. */
  readonly background?: boolean;
}

/** Starts a supervisor and follows what it tells. */
export function startSupervisor(options: SupervisorOptions): SupervisorProcess {
  const child = spawn(options.binary, supervisorArguments(options), {
    // A session of its own: Ctrl-C in the terminal reaches this process, which decides what ends when.
    detached: true,
    stdio: [options.background === true ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: supervisorEnvironment(),
  });
  let place: ClusterPlace | undefined;
  let failure: PlumbError | undefined;
  const pids: Partial<Record<ComponentName, number>> = {};
  let readyWith: ComponentPids = {};
  let hasEnded = false;
  const watchers = new Set<() => void>();

  function take(event: ClusterEvent): void {
    if (event.type === 'starting') place = event.place;
    if (event.type === 'component-started') pids[event.component] = event.pid;
    if (event.type === 'component-exited') delete pids[event.component];
    if (event.type === 'ready') readyWith = event.pids;
    if (event.type === 'unready') readyWith = {};
    if (event.type === 'failed') {
      failure = plumbError(failureCodes[event.code] ?? 'local.cluster-failed', event.message);
    }
    options.onProgress?.(event);
    for (const watcher of watchers) watcher();
  }

  // A write to a process that is gone; its end is told by `close`.
  child.stdin?.on('error', () => undefined);
  const complaint = readTail(child);
  const ended = new Promise<string>((resolve) => {
    const finish = (reason: string): void => {
      hasEnded = true;
      readyWith = {};
      resolve(reason);
      for (const watcher of watchers) watcher();
    };
    child.once('error', (cause) => {
      failure = plumbError('local.binary-missing', `${options.binary} could not be started: ${cause.message}`, {
        cause,
      });
      finish(failure.message);
    });
    child.once('close', (code, signal) => finish(failure?.message ?? describeEnd(code, signal) + complaint()));
  });
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => {
      try {
        const event = parseClusterEvent(line);
        if (event !== undefined) take(event);
      } catch (cause) {
        failure = plumbError('local.cluster-failed', `${options.binary} is no devcluster: it wrote ${line}`, { cause });
        child.kill('SIGKILL');
      }
    });
  }

  return {
    child,
    ended,
    pids,
    get place() {
      return place;
    },
    get ready() {
      return componentNames.every((name) => pids[name] !== undefined && pids[name] === readyWith[name]);
    },
    get failure() {
      return failure;
    },
    async until(holds, signal) {
      while (!holds()) {
        signal?.throwIfAborted();
        if (failure !== undefined) throw failure;
        if (hasEnded) throw plumbError('local.cluster-ended', `the local cluster has ended: ${await ended}`);
        await nextChange(watchers, signal);
      }
    },
  };
}

function supervisorArguments(options: SupervisorOptions): string[] {
  const args = ['run'];
  if (options.directory !== undefined) args.push(`--directory=${options.directory}`);
  if (options.durable === true) args.push('--durable');
  if (options.background === true) args.push('--detached');
  return args;
}

/** What a supervisor needs of the environment: nothing but where temporary files go. */
export function supervisorEnvironment(): NodeJS.ProcessEnv {
  const directory = process.env['TMPDIR'];
  return directory === undefined ? {} : { TMPDIR: directory };
}

/** Settles at the next event, the end, or the signal. */
function nextChange(watchers: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      watchers.delete(settle);
      signal?.removeEventListener('abort', settle);
      resolve();
    };
    watchers.add(settle);
    signal?.addEventListener('abort', settle);
  });
}

/** Keeps the end of what the process writes to its standard error. */
function readTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  return () => (tail.trim() === '' ? '' : `: ${tail.trim()}`);
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `its supervisor was ended by ${signal}`;
  return code === 0 ? 'it was stopped' : `its supervisor ended with exit code ${code}`;
}
