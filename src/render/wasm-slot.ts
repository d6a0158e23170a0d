import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Problem } from '../errors.ts';
import { answer, failed } from './answers.ts';
import { crashed, overTime } from './failures.ts';
import type { HostStats, Job, Outcome } from './host.ts';
import { encodeRequest } from './protocol.ts';
import { withContents } from './sent-contents.ts';
import type { FromWorker, Reply, ToWorker, WorkerStart } from './wasm-messages.ts';

const bytesPerMiB = 1_048_576;
const script = new URL(`./wasm-worker${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** One worker thread with one renderer in it, which runs one render at a time. */
export interface WasmSlot {
  /** Bound of the renderer's memory, in MiB. */
  readonly memoryMiB: number;
  /** False once the worker has ended or must not be used again. */
  readonly usable: boolean;
  run(job: Job, signal: AbortSignal): Promise<Outcome>;
  /** The port where this worker leaves its compiled module for another; it can be taken once. */
  takeModule(): MessagePort | undefined;
  end(): Promise<void>;
}

/** What a worker is started with. */
export interface SlotOptions {
  /** Path of renderer.wasm. */
  readonly path: string;
  /** Bound of the renderer's memory, in MiB. */
  readonly memoryMiB: number;
  /** An instance whose memory has grown beyond this is not usable again: it never shrinks. */
  readonly retireMiB: number;
  /** What `takeModule` of another worker with the same bound gave; without it the module is compiled anew. */
  readonly donor: MessagePort | undefined;
}

/** The thread, and what is needed to talk with it. */
interface Thread {
  readonly worker: Worker;
  /** Rung when an answer lies in the port; the worker sleeps until then. */
  readonly bell: Int32Array<SharedArrayBuffer>;
  readonly answers: MessagePort;
  /** Holds the compiled module, unread, until another worker takes it. */
  legacy: MessagePort | undefined;
  /** Ids of the files whose content this renderer has. */
  readonly sent: Set<string>;
  /** Whether the renderer has started; a render's time begins only then. */
  ready: boolean;
  /** Why it ended; undefined while it runs. */
  ended: string | undefined;
}

/** Starts a worker. */
export function startSlot(options: SlotOptions, stats: HostStats): WasmSlot {
  const { memoryMiB, retireMiB } = options;
  const thread = startThread(options);
  let usable = true;
  stats.workersStarted += 1;
  stats.workers += 1;
  const ended = new Promise<void>((resolve) => {
    thread.worker.once('exit', () => {
      usable = false;
      thread.ended ??= 'its thread ended';
      stats.workers -= 1;
      thread.answers.close();
      thread.legacy?.close();
      resolve();
    });
  });
  return {
    memoryMiB,
    get usable() {
      return usable;
    },
    async run(job, signal) {
      const frame = encodeRequest(job.request, job.seed, await withContents(job, thread.sent));
      signal.throwIfAborted();
      if (thread.ended !== undefined)
        return { kind: 'failure', problem: crashed(job.request, job.limits, thread.ended) };
      const message: ToWorker = {
        frame: Uint8Array.from(frame),
        now: job.request.now.getTime(),
        seed: job.seed,
      };
      const end = await converse(thread, message, job, signal, () => (stats.questions += 1));
      if (end.kind === 'response') {
        usable &&= end.memoryBytes <= retireMiB * bytesPerMiB;
        return end;
      }
      usable = false;
      void thread.worker.terminate();
      if (end.kind === 'aborted') throw signal.reason;
      return { kind: 'failure', problem: end.problem };
    },
    takeModule() {
      const { legacy } = thread;
      thread.legacy = undefined;
      return legacy;
    },
    async end() {
      usable = false;
      await thread.worker.terminate();
      await ended;
    },
  };
}

function startThread({ path, memoryMiB, donor }: SlotOptions): Thread {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const { port1: answers, port2: replies } = new MessageChannel();
  const { port1: heir, port2: legacy } = new MessageChannel();
  const workerData: WorkerStart = { path, memoryMiB, donor, heir, bell, replies };
  const worker = new Worker(script, {
    workerData,
    transferList: donor === undefined ? [replies, heir] : [replies, heir, donor],
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // An idle worker keeps nothing alive.
  answers.unref();
  worker.unref();
  const thread: Thread = { worker, bell, answers, legacy, sent: new Set(), ready: false, ended: undefined };
  worker.once('error', (error) => (thread.ended ??= String(error)));
  return thread;
}

/** How the talk about one render ends. */
type End =
  | ((Outcome & { readonly kind: 'response' }) & { readonly memoryBytes: number })
  | { readonly kind: 'failure'; readonly problem: Problem }
  | { readonly kind: 'aborted' };

/** Hands a render to the worker and answers what it asks, until it is done, broken, too late or called off. */
async function converse(
  thread: Thread,
  message: ToWorker,
  job: Job,
  signal: AbortSignal,
  onQuestion: () => void,
): Promise<End> {
  const { worker } = thread;
  const { promise, resolve } = Promise.withResolvers<End>();
  const fail = (problem: Problem): void => resolve({ kind: 'failure', problem });
  const broke = (error: unknown): void => fail(crashed(job.request, job.limits, String(error)));
  const exited = (): void => fail(crashed(job.request, job.limits, 'its thread ended'));
  const abort = (): void => resolve({ kind: 'aborted' });
  let timer: NodeJS.Timeout | undefined;
  const startTime = (): void => {
    timer = setTimeout(() => fail(overTime(job.request, job.limits)), job.limits.seconds * 1000);
  };
  let unreadable: { readonly reason: unknown } | undefined;

  function receive(told: FromWorker): void {
    if (told.kind === 'ready') {
      thread.ready = true;
      startTime();
    } else if (told.kind === 'question') {
      onQuestion();
      reply(thread, job, told).catch((reason: unknown) => (unreadable ??= { reason }));
    } else if (told.kind === 'crash') fail(crashed(job.request, job.limits, told.reason));
    else resolve(unreadable === undefined ? told : { ...told, unreadable });
  }

  worker.ref();
  worker.on('message', receive).on('error', broke).on('exit', exited);
  signal.addEventListener('abort', abort, { once: true });
  if (thread.ready) startTime();
  try {
    worker.postMessage(message, [message.frame.buffer]);
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    worker.off('message', receive).off('error', broke).off('exit', exited);
    worker.unref();
  }
}

/** Answers a question, and wakes the worker. Rejects where the tree cannot be read; the worker is told so first. */
async function reply(thread: Thread, job: Job, question: FromWorker & { kind: 'question' }): Promise<void> {
  const { operation, path } = question;
  const send = (bytes: Uint8Array): void => {
    const message: Reply = { answer: Uint8Array.from(bytes) };
    thread.answers.postMessage(message, [message.answer.buffer]);
    Atomics.store(thread.bell, 0, 1);
    Atomics.notify(thread.bell, 0);
  };
  try {
    send(await answer(job.files, operation, path, thread.sent));
  } catch (error) {
    send(failed(error instanceof Error ? error.message : String(error)));
    throw error;
  }
}
