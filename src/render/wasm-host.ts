import type { MessagePort } from 'node:worker_threads';
import type { HostStats, Job, Outcome, RenderHost } from './host.ts';
import { startSlot, type WasmSlot } from './wasm-slot.ts';

/** Bounds are rounded up to a power of two: each needs a compiled module of its own. */
function boundOf(memoryMiB: number): number {
  return 2 ** Math.ceil(Math.log2(Math.min(4096, Math.max(128, memoryMiB))));
}

/** How the pool of workers behaves. */
export interface WasmHostOptions {
  /** Path of renderer.wasm. */
  readonly path: string;
  /** Most workers at the same time. */
  readonly workers: number;
  /** A worker that has done nothing for so long is ended. */
  readonly idleMilliseconds: number;
  /** A worker whose memory has grown beyond this is not used again. */
  readonly retireMiB: number;
}

interface Waiting {
  readonly memoryMiB: number;
  readonly take: (slot: WasmSlot) => void;
  readonly refuse: (reason: unknown) => void;
}

/** Renders in worker threads, which share one compiled module and are started when they are needed. */
export function createWasmHost(options: WasmHostOptions): RenderHost {
  const stats: HostStats = { questions: 0, workersStarted: 0, workers: 0 };
  const idle: { readonly slot: WasmSlot; readonly timer: NodeJS.Timeout }[] = [];
  const all = new Set<WasmSlot>();
  const waiting: Waiting[] = [];
  let closed = false;

  async function drop(slot: WasmSlot): Promise<void> {
    all.delete(slot);
    await slot.end();
  }

  function takeIdle(memoryMiB: number): WasmSlot | undefined {
    const index = idle.findLastIndex(({ slot }) => slot.memoryMiB === memoryMiB);
    const found = index < 0 ? undefined : idle.splice(index, 1)[0];
    if (found !== undefined) clearTimeout(found.timer);
    return found?.slot;
  }

  async function acquire(memoryMiB: number, signal: AbortSignal): Promise<WasmSlot> {
    const found = takeIdle(memoryMiB);
    if (found !== undefined) return found;
    if (all.size >= options.workers) {
      // A worker with another bound makes room.
      const other = idle.shift();
      if (other === undefined) return inQueue(memoryMiB, signal);
      clearTimeout(other.timer);
      void drop(other.slot);
    }
    return start(memoryMiB);
  }

  function start(memoryMiB: number): WasmSlot {
    const { path, retireMiB } = options;
    let donor: MessagePort | undefined;
    for (const other of all) if (other.memoryMiB === memoryMiB) donor ??= other.takeModule();
    const slot = startSlot({ path, memoryMiB, retireMiB, donor }, stats);
    all.add(slot);
    return slot;
  }

  function inQueue(memoryMiB: number, signal: AbortSignal): Promise<WasmSlot> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      const entry: Waiting = {
        memoryMiB,
        take: (slot) => {
          signal.removeEventListener('abort', abort);
          resolve(slot);
        },
        refuse: reject,
      };
      signal.addEventListener('abort', abort, { once: true });
      waiting.push(entry);
    });
  }

  /** Gives a worker to who waits longest, or lets it rest. */
  function release(slot: WasmSlot): void {
    const next = waiting[0];
    if (slot.usable && !closed && (next === undefined || next.memoryMiB === slot.memoryMiB)) {
      if (next === undefined) {
        const timer = setTimeout(() => endIdle(slot), options.idleMilliseconds);
        timer.unref();
        idle.push({ slot, timer });
        return;
      }
      waiting.shift();
      next.take(slot);
      return;
    }
    void drop(slot);
    if (next === undefined || closed) return;
    waiting.shift();
    next.take(start(next.memoryMiB));
  }

  function endIdle(slot: WasmSlot): void {
    const index = idle.findIndex((entry) => entry.slot === slot);
    if (index >= 0) idle.splice(index, 1);
    void drop(slot);
  }

  async function run(job: Job, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const slot = await acquire(boundOf(job.limits.memoryMiB), signal);
    try {
      return await slot.run(job, signal);
    } finally {
      release(slot);
    }
  }

  return {
    run,
    stats,
    async close() {
      closed = true;
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      for (const entry of waiting.splice(0)) entry.refuse(new DOMException('the renderer was closed', 'AbortError'));
      await Promise.all([...all].map(drop));
    },
  };
}
