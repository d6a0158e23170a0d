import type { ChildProcess } from 'node:child_process';
import { plumbError } from '../errors.ts';
import { createBatchParser, type BatchAnswer, type BatchParser } from './batch-parser.ts';
import { gitEnvironment } from './environment.ts';
import { killGroup, startGit } from './process.ts';

/** Reads objects of one repository through one long-lived Git process. */
export interface ObjectReader {
  /**
   * Reads an object by its id, or by an expression such as `refs/heads/main^{commit}`. It must hold no line break.
   * @param limit the most bytes it may have
   * @throws PlumbError `git.failed` where Git cannot read it, twice over; `cancelled` after `close`
   */
  read(name: string, limit: number): Promise<BatchAnswer>;
  /** Ends the process, and is done when it has ended; whoever still waits is told `cancelled`. */
  close(): Promise<void>;
  /** The id of the process, while it runs: for tests that end it. */
  readonly pid: number | undefined;
}

/** How an object reader behaves. */
export interface ObjectReaderOptions {
  /** After how many milliseconds without a question the process is ended. */
  readonly idleMilliseconds: number;
  /** After how many milliseconds without an answer it is given up. */
  readonly stallMilliseconds: number;
}

interface Question {
  readonly name: string;
  readonly limit: number;
  readonly resolve: (answer: BatchAnswer) => void;
  readonly reject: (error: unknown) => void;
  /** How many processes have died of this question. */
  deaths: number;
}

/** The bytes that are read and thrown away rather than starting the process anew. */
const cheapSkip = 4 * 1024 * 1024;

interface Running {
  readonly child: ChildProcess;
  stderr: string;
}

/** Readers that wait for questions. Each is a process. */
const idle = new Set<() => void>();
/** As many are worth their memory; the others are kept only from one question to the next, in milliseconds. */
const mostIdle = 16;
const shortIdle = 1000;

/** Opens a reader of the bare repository in `directory`. Nothing is started before the first question. */
export function openObjectReader(directory: string, options: ObjectReaderOptions): ObjectReader {
  const waiting: Question[] = [];
  let running: Running | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Ends the process. Whatever it still says is of no interest. */
  const retire = (): void => {
    clearTimeout(timer);
    idle.delete(retire);
    const pid = running?.child.pid;
    running = undefined;
    if (pid !== undefined) killGroup(pid, 'SIGKILL');
  };

  const arm = (): void => {
    clearTimeout(timer);
    idle.delete(retire);
    if (waiting.length === 0) {
      const { idleMilliseconds } = options;
      timer = setTimeout(retire, idle.size < mostIdle ? idleMilliseconds : Math.min(shortIdle, idleMilliseconds));
      idle.add(retire);
    } else timer = setTimeout(onStall, options.stallMilliseconds);
    timer.unref();
  };

  const onStall = (): void => {
    retire();
    takeUp(`no answer for ${options.stallMilliseconds} ms`);
  };

  const parserFor = (): BatchParser =>
    createBatchParser(
      () => waiting[0]?.limit ?? 0,
      (answer) => {
        waiting.shift()?.resolve(answer);
        arm();
      },
      (answer) => {
        if (answer.size <= cheapSkip) return;
        // Its size is all that is wanted of it: a new process is quicker than reading it to its end.
        waiting.shift()?.resolve(answer);
        retire();
        askAgain();
      },
    );

  /** The process died of the first question, or did not answer it: it is asked once more. */
  const takeUp = (reason: string): void => {
    const first = waiting[0];
    if (first === undefined) return;
    first.deaths += 1;
    if (first.deaths > 1) {
      waiting.shift();
      first.reject(plumbError('git.failed', `git cannot read ${first.name}: ${reason}`));
    }
    askAgain();
  };

  const askAgain = (): void => {
    if (waiting.length === 0 || closed) return;
    running = start();
    running.child.stdin?.write(waiting.map(({ name }) => `${name}\n`).join(''));
    arm();
  };

  const start = (): Running => {
    const child = startGit([`--git-dir=${directory}`, 'cat-file', '--batch'], gitEnvironment());
    const self: Running = { child, stderr: '' };
    const parser = parserFor();
    child.stdout?.on('data', (chunk: Buffer) => {
      if (running !== self) return;
      try {
        parser.push(chunk);
      } catch (error) {
        retire();
        takeUp(error instanceof Error ? error.message : String(error));
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      self.stderr = (self.stderr + chunk.toString('utf8')).slice(-4096);
    });
    child.once('error', (cause) => {
      if (running === self) running = undefined;
      for (const { reject } of waiting.splice(0))
        reject(plumbError('git.missing', 'git could not be started', { cause }));
    });
    child.once('close', () => {
      if (running !== self) return;
      running = undefined;
      idle.delete(retire);
      takeUp(self.stderr.trim() === '' ? 'it ended' : self.stderr.trim());
    });
    return self;
  };

  return {
    read(name, limit) {
      if (closed) return Promise.reject(plumbError('cancelled', 'the mirror is closed'));
      return new Promise((resolve, reject) => {
        waiting.push({ name, limit, resolve, reject, deaths: 0 });
        if (running === undefined) askAgain();
        else {
          running.child.stdin?.write(`${name}\n`);
          if (waiting.length === 1) arm();
        }
      });
    },
    async close() {
      closed = true;
      const child = running?.child;
      const ended = child === undefined ? undefined : endOf(child);
      retire();
      for (const { reject } of waiting.splice(0)) reject(plumbError('cancelled', 'the mirror is closed'));
      await ended;
    },
    get pid() {
      return running?.child.pid;
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}
