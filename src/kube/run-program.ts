import { spawn } from 'node:child_process';

/** Limits of a program, and all that it sees of this one's environment. */
export interface RunOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of stdout, and of stderr. */
  readonly outputLimit: number;
}

/** What a program said; `failure` is the rest of a sentence that begins with its name. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: string;
}

/** Runs a program without a shell, in a process group of its own, so that its children end with it. Never rejects. */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((settle) => {
    const child = spawn(command, [...args], {
      env: { ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };
    let failure: string | undefined;

    const stop = (reason: string): void => {
      failure ??= reason;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => stop(`did not end within ${options.timeout / 1000} s`), options.timeout);

    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        sizes[name] += chunk.length;
        if (sizes[name] > options.outputLimit) stop('wrote too much');
        else output[name].push(chunk);
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure ??= error.code === 'ENOENT' ? 'is not installed' : `cannot be run (${error.code ?? error.message})`;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0)
        failure ??= code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
      settle({
        stdout: Buffer.concat(output.stdout).toString('utf8'),
        stderr: Buffer.concat(output.stderr).toString('utf8'),
        ...(failure === undefined ? {} : { failure }),
      });
    });
  });
}
