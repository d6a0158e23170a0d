import { answer, failed } from './answers.ts';
import { crashed, overTime } from './failures.ts';
import type { HostStats, Job, Outcome, RenderHost } from './host.ts';
import { frameKinds, type Frame } from './native-frames.ts';
import { type NativeProcess, startProcess } from './native-process.ts';
import { encodeRequest } from './protocol.ts';
import { createGate } from './gate.ts';
import { withContents } from './sent-contents.ts';

/** How the native renderer behaves. */
export interface NativeHostOptions {
  /** Path of the native renderer. */
  readonly path: string;
  /** Most renders at the same time. */
  readonly parallel: number;
  /** A renderer that has done nothing for so long is ended. */
  readonly idleMilliseconds: number;
  /** Bound of the process's memory, in MiB; a render's own lower limit cannot be told apart in a shared process. */
  readonly memoryMiB: number;
}

/** A render that is under way. */
interface Running {
  readonly job: Job;
  readonly settle: (result: Settled) => void;
  unreadable: { readonly reason: unknown } | undefined;
  /** Nobody waits for it any more. It runs on, within its time, so that the others need not start again. */
  abandoned: boolean;
}

/** How one attempt ended. `ended`: the process did, and not because of this render's own limits. */
type Settled =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'ended'; readonly reason: string };

/**
 * Renders in one native process that runs several at the same time. It ends when one of them runs over its limits; the
 * others are then done again, and one that was there at two such ends is done alone, so that the guilty one is found
 * and nobody else pays for it.
 */
export function createNativeHost(options: NativeHostOptions): RenderHost {
  const stats: HostStats = { questions: 0, workersStarted: 0, workers: 0 };
  const running = new Map<number, Running>();
  const gate = createGate(options.parallel);
  let current: NativeProcess | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  function rendererProcess(): NativeProcess {
    if (current?.ended === undefined && current !== undefined) return current;
    const started = startProcess(
      options.path,
      options.memoryMiB,
      (frame) => receive(started, frame),
      (reason) => endedWith(started, reason),
    );
    stats.workersStarted += 1;
    stats.workers += 1;
    current = started;
    return started;
  }

  function receive(from: NativeProcess, { id, kind, payload }: Frame): void {
    const entry = running.get(id);
    if (entry === undefined || from !== current) return;
    if (kind === frameKinds.question) void reply(from, id, entry, payload);
    else {
      const { unreadable } = entry;
      const response = { kind: 'response', frame: Uint8Array.from(payload) } as const;
      entry.settle({ kind: 'outcome', outcome: unreadable === undefined ? response : { ...response, unreadable } });
    }
  }

  async function reply(to: NativeProcess, id: number, entry: Running, payload: Buffer): Promise<void> {
    stats.questions += 1;
    const path = payload.toString('utf8', 1);
    if (entry.abandoned) return to.send(id, frameKinds.reply, failed('nobody waits for the render any more'));
    const bytes = await answer(entry.job.files, payload.readUInt8(0), path, to.sent).catch((error: unknown) => {
      entry.unreadable ??= { reason: error };
      return failed(error instanceof Error ? error.message : String(error));
    });
    if (to.ended === undefined) to.send(id, frameKinds.reply, bytes);
  }

  function endedWith(ended: NativeProcess, reason: string): void {
    stats.workers -= 1;
    if (current !== ended) return;
    current = undefined;
    for (const entry of running.values()) entry.settle({ kind: 'ended', reason });
  }

  /** Ends the process because of one render; the others see it end. */
  function endFor(id: number, settled: Settled): void {
    running.get(id)?.settle(settled);
    current?.kill();
  }

  async function attempt(job: Job, signal: AbortSignal): Promise<Settled> {
    const renderer = rendererProcess();
    const known = await withContents(job, renderer.sent);
    signal.throwIfAborted();
    if (renderer.ended !== undefined) return { kind: 'ended', reason: renderer.ended };
    const id = (lastId = (lastId + 1) % 0xffff_ffff);
    return new Promise<Settled>((resolve) => {
      const entry: Running = { job, settle: (result) => settle(result), unreadable: undefined, abandoned: false };
      const abort = (): void => {
        entry.abandoned = true;
        resolve({ kind: 'thrown', error: signal.reason });
      };
      const timer = setTimeout(
        () => endFor(id, { kind: 'outcome', outcome: { kind: 'failure', problem: overTime(job.request, job.limits) } }),
        job.limits.seconds * 1000,
      );
      const settle = (result: Settled): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        running.delete(id);
        if (running.size === 0) rest();
        resolve(result);
      };
      clearTimeout(idleTimer);
      renderer.hold(true);
      running.set(id, entry);
      signal.addEventListener('abort', abort, { once: true });
      renderer.send(id, frameKinds.request, encodeRequest(job.request, job.seed, known));
    });
  }

  /** Nothing to do: the process must not keep this one alive, and ends after a while. */
  function rest(): void {
    current?.hold(false);
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => current?.kill(), options.idleMilliseconds);
    idleTimer.unref();
  }

  async function run(job: Job, signal: AbortSignal): Promise<Outcome> {
    let reason = '';
    for (const alone of [false, false, true]) {
      const leave = await gate.enter(alone, signal);
      try {
        if (closed) throw new DOMException('the renderer was closed', 'AbortError');
        const settled = await attempt(job, signal);
        if (settled.kind === 'outcome') return settled.outcome;
        if (settled.kind === 'thrown') throw settled.error;
        reason = settled.reason;
      } finally {
        leave();
      }
    }
    return { kind: 'failure', problem: crashed(job.request, job.limits, reason) };
  }

  return {
    run,
    stats,
    async close() {
      closed = true;
      clearTimeout(idleTimer);
      const ending = current;
      for (const entry of running.values()) {
        entry.settle({ kind: 'thrown', error: new DOMException('the renderer was closed', 'AbortError') });
      }
      ending?.hold(true);
      ending?.kill();
      await ending?.exited;
    },
  };
}
