import { MessageChannel, Worker } from 'node:worker_threads';
import { answer, failed } from './answers.ts';
import { crashed, overTime } from './failures.ts';
import type { HostStats, Job, Outcome } from './host.ts';
import { encodeRequest } from './protocol.ts';
import { withContents } from './sent-contents.ts';
import type { FromWorker, ToWorker, WorkerStart } from './wasm-messages.ts';

const bytesPerMiB = 1_048_576;
const script = new URL(`./wasm-worker${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** One worker thread with one renderer in it, which runs one render at a time. */
export interface WasmSlot {
  /** Bound of the renderer's memory, in MiB. */
  readonly memoryMiB: number;
  /** False once the worker has ended or must not be used again. */
  readonly usable: boolean;
  run(job: Job, signal: AbortSignal): Promise<Outcome>;
  end(): Promise<void>;
}

/**
 * Starts a worker. An instance whose memory has grown beyond `retireMiB` is not usable again: the memory of a
 * WebAssembly instance never shrinks.
 */
export function startSlot(
  module: WebAssembly.Module,
  memoryMiB: number,
  retireMiB: number,
  stats: HostStats,
): WasmSlot {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const { port1: answers, port2: replies } = new MessageChannel();
  const start: WorkerStart = { module, bell, replies };
  const worker = new Worker(script, {
    workerData: start,
    transferList: [replies],
    env: {},
    stdout: true,
    stderr: true,
    name: 'renderer',
  });
  stats.workersStarted += 1;
  stats.workers += 1;
  // What no handler takes must not keep the process or end it.
  answers.unref();
  worker.unref();
  let usable = true;
  const sent = new Set<string>();
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      usable = false;
      stats.workers -= 1;
      answers.close();
      resolve();
    });
  });

  async function reply(job: Job, operation: number, path: string): Promise<unknown> {
    stats.questions += 1;
    let problem: unknown;
    const bytes = await answer(job.files, operation, path, sent).catch((error: unknown) => {
      problem = error;
      return failed(error instanceof Error ? error.message : String(error));
    });
    answers.postMessage({ answer: Uint8Array.from(bytes) });
    Atomics.store(bell, 0, 1);
    Atomics.notify(bell, 0);
    return problem;
  }

  async function run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const frame = encodeRequest(job.request, job.seed, await withContents(job, sent));
    signal.throwIfAborted();
    worker.ref();
    const message: ToWorker = { frame: Uint8Array.from(frame), now: job.request.now.getTime(), seed: job.seed };
    return new Promise<Outcome>((resolve, reject) => {
      let readingFailed: unknown;
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        worker.off('message', receive).off('error', broke).off('exit', exited);
        worker.unref();
        act();
      };
      const giveUp = (act: () => void): void => {
        usable = false;
        finish(act);
        void worker.terminate();
      };
      const fail = (problem: Outcome & { kind: 'failure' }): void => giveUp(() => resolve(problem));
      const abort = (): void => giveUp(() => reject(signal.reason));
      const broke = (error: unknown): void =>
        fail({ kind: 'failure', problem: crashed(job.request, job.limits, String(error)) });
      const exited = (): void =>
        fail({ kind: 'failure', problem: crashed(job.request, job.limits, 'its thread ended') });
      const timer = setTimeout(
        () => fail({ kind: 'failure', problem: overTime(job.request, job.limits) }),
        job.limits.seconds * 1000,
      );
      const receive = (told: FromWorker): void => {
        switch (told.kind) {
          case 'ready':
            return;
          case 'question':
            void reply(job, told.operation, told.path).then((problem) => (readingFailed ??= problem));
            return;
          case 'crash':
            fail({ kind: 'failure', problem: crashed(job.request, job.limits, told.reason) });
            return;
          case 'response':
            if (told.memoryBytes > retireMiB * bytesPerMiB) usable = false;
            if (readingFailed === undefined) finish(() => resolve({ kind: 'response', frame: told.frame }));
            else finish(() => reject(readingFailed));
        }
      };
      worker.on('message', receive).on('error', broke).on('exit', exited);
      signal.addEventListener('abort', abort, { once: true });
      worker.postMessage(message, [message.frame.buffer]);
    });
  }

  return {
    memoryMiB,
    get usable() {
      return usable;
    },
    run,
    async end() {
      usable = false;
      await worker.terminate();
      await ended;
    },
  };
}
