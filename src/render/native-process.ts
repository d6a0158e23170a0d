import { type ChildProcess, spawn } from 'node:child_process';
import { type Frame, frameHead, frameReader } from './native-frames.ts';

const complaintLength = 8192;

/** One running native renderer. */
export interface NativeProcess {
  readonly sent: Set<string>;
  /** Why it ended; undefined while it runs. */
  readonly ended: string | undefined;
  send(id: number, kind: number, ...parts: readonly Uint8Array[]): void;
  /** Ends it at once. */
  kill(): void;
  /** Keeps this process alive, or not. */
  hold(held: boolean): void;
  readonly exited: Promise<void>;
}

/**
 * Starts a native renderer: no shell, no environment, no files but its three pipes. It ends by itself when its input
 * does, so it cannot outlive this process, and when its memory grows beyond the bound.
 */
export function startProcess(
  path: string,
  memoryMiB: number,
  onFrame: (frame: Frame) => void,
  onEnd: (reason: string) => void,
): NativeProcess {
  const child: ChildProcess = spawn(path, [`--memory-mib=${memoryMiB}`], {
    env: {},
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: false,
    windowsHide: true,
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the pipes were asked for');
  let complaint = '';
  let ended: string | undefined;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, complaintLength);
  });
  stdout.on('data', frameReader(onFrame));
  // A pipe that breaks is seen as the end of the process.
  stdin.on('error', () => undefined);
  stdout.on('error', () => undefined);
  const exited = new Promise<void>((resolve) => {
    const finish = (reason: string): void => {
      if (ended !== undefined) return;
      ended = reason;
      onEnd(reason);
      resolve();
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) => finish(complaint === '' ? `it ended with ${signal ?? code}` : complaint));
  });
  const streams = [child, stdin, stdout, stderr] as unknown as readonly { ref(): void; unref(): void }[];
  return {
    sent: new Set(),
    get ended() {
      return ended;
    },
    exited,
    send(id, kind, ...parts) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      stdin.cork();
      stdin.write(frameHead(id, kind, length));
      for (const part of parts) stdin.write(part);
      stdin.uncork();
    },
    kill() {
      child.kill('SIGKILL');
    },
    hold(held) {
      for (const stream of streams) {
        if (held) stream.ref();
        else stream.unref();
      }
    },
  };
}
