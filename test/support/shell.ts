import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Commands that bash runs, as a person would have typed them. */
export interface Shell {
  /** Resolves with everything that was written so far, as soon as it matches. */
  until(pattern: RegExp): Promise<string>;
  /** Sends a signal to everything that the commands have started, as a terminal does for Ctrl-C. */
  signal(name: NodeJS.Signals): void;
  /** Its id, which is also that of the process group and the session. */
  readonly pid: number;
  /** Resolves when bash and all that held its output have ended. */
  readonly ended: Promise<ShellResult>;
}

/** How commands ended. */
export interface ShellResult {
  readonly output: string;
  readonly exitCode: number;
  /** The commands that failed, in order: bash goes on after each of them, as a person would. */
  readonly failed: readonly string[];
}

const marker = '::failed:: ';

/** Runs a script in a folder; standard output and standard error come together. */
export function shell(script: string, cwd: string, env: Readonly<Record<string, string>>): Shell {
  const trap = `trap 'printf "%s%s\\n" ${JSON.stringify(marker)} "$BASH_COMMAND"' ERR\n`;
  const child: ChildProcess = spawn('bash', ['-c', `${trap}${script}`], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const take = (data: Buffer): void => {
    output += data.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = once(child, 'close').then(([code, signal]): ShellResult => {
    const lines = output.split('\n');
    return {
      output: lines.filter((line) => !line.startsWith(marker)).join('\n'),
      exitCode: (code as number | null) ?? (signal === 'SIGINT' ? 130 : 143),
      failed: lines.filter((line) => line.startsWith(marker)).map((line) => line.slice(marker.length)),
    };
  });
  return {
    pid: child.pid ?? -1,
    ended,
    async until(pattern) {
      const found = Promise.withResolvers<string>();
      const look = (): void => {
        if (pattern.test(output)) found.resolve(output);
      };
      listeners.add(look);
      look();
      const early = ended.then((result) => {
        if (pattern.test(result.output)) return result.output;
        throw new Error(`it ended with ${result.exitCode} before it wrote ${pattern}:\n${result.output}`);
      });
      try {
        return await Promise.race([found.promise, early]);
      } finally {
        listeners.delete(look);
      }
    },
    signal(name) {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // Everything has ended already.
      }
    },
  };
}
