import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** The two ways to render that `plumb run` offers. */
export const renderers = ['wasm', 'native'] as const;

/** A way to render. */
export type RendererName = (typeof renderers)[number];

/** The controller as a process of its own. */
export interface SystemUnderTest {
  readonly pid: number;
  /** The command line that started it, without paths of this machine. */
  readonly command: string;
  /** Renders so far, as its log tells; those answered from a cache are none. */
  readonly renders: number;
  /** Settles with its exit code when it has ended. */
  readonly ended: Promise<number>;
  /** The end of what it wrote, for a failure's message. */
  tail(): string;
  /** Ends it as a user does, and waits. */
  stop(): Promise<void>;
}

const stopLimit = 15_000;

/** The flags for Node in the program's first line: what starts it as a command starts it with them. */
function ownFlags(program: string): string[] {
  const [first = ''] = readFileSync(program, 'utf8').split('\n', 1);
  return first.split(' ').filter((word) => word.startsWith('--'));
}

/** Environment of Plumbline's processes: nothing of this one's but where programs are. */
function environment(directory: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory };
}

/** `plumb install`, to its end. @param program as `compileProgram` gives it @throws Error with its complaint */
export async function install(program: string, kubeconfig: string, directory: string): Promise<void> {
  const child = spawn(process.execPath, [program, 'install', '--kubeconfig', kubeconfig], {
    env: environment(directory),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.timeout(60_000),
  });
  const closed = once(child, 'close');
  const complaint = await text(child.stderr);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`plumb install ended with ${code}: ${complaint.slice(-4000)}`);
}

/** How the controller is started. */
export interface RunOptions {
  /** As `compileProgram` gives it. */
  readonly program: string;
  readonly kubeconfig: string;
  /** For all that it writes: its mirrors among them. */
  readonly directory: string;
  readonly renderer: RendererName;
  /** Further flags for Node, such as `--cpu-prof`. */
  readonly nodeFlags: readonly string[];
  /** Further arguments of `plumb run`. */
  readonly runArguments?: readonly string[];
}

/** Starts `plumb run`. */
export function run(options: RunOptions): SystemUnderTest {
  const args = ['run', '--renderer', options.renderer, '-v', '--log', 'json', ...(options.runArguments ?? [])];
  const command = [
    ...ownFlags(options.program),
    ...options.nodeFlags,
    options.program,
    ...args,
    '--kubeconfig',
    options.kubeconfig,
  ];
  const child = spawn(process.execPath, command, {
    cwd: options.directory,
    env: environment(options.directory),
    // By the channel it learns that the benchmark is gone, also when that was killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let renders = 0;
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (line) => {
      if (line.includes('"rendered"')) renders += line.includes('"cached":false') ? 1 : 0;
      else tail = `${tail}${line}\n`.slice(-8000);
    });
  }
  // Ahead of whoever clears its folder away, so that it writes there no more.
  const kill = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', kill);
      resolve(code ?? 1);
    });
  });
  if (child.pid === undefined) throw new Error('plumb run could not be started');
  return {
    pid: child.pid,
    command: `plumb ${args.join(' ')}`,
    get renders() {
      return renders;
    },
    ended,
    tail: () => tail,
    async stop() {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), stopLimit);
      await ended;
      clearTimeout(impatience);
    },
  };
}
