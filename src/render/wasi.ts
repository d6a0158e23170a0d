import { createHmac } from 'node:crypto';

/** What the system interface gives a renderer besides errors: a fixed time, keyed random bytes, and a place to complain. */
export interface System {
  /** The only wall time, in milliseconds since 1970. */
  now: number;
  /** Key of the random bytes. Setting it starts them anew. */
  seed: Uint8Array;
  /** The beginning of what was written to standard error, for the message of a crash. */
  complaint: string;
}

/** Thrown in place of the end of a process. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`the renderer ended with code ${code}`);
    this.code = code;
  }
}

const success = 0;
const badDescriptor = 8;
const invalidArgument = 28;
const notSupported = 52;
const clockRealtime = 0;
const complaintLength = 8192;
const subscriptionSize = 48;
const eventSize = 32;

/**
 * The part of WASI that Go's runtime needs to run, and nothing more: no files, no network, no environment. All that
 * is not here answers "not supported". The monotonic clock counts calls and not time: no timer ever waits, and how
 * long something took cannot be seen from inside.
 */
export function systemInterface(
  module: WebAssembly.Module,
  system: System,
  memory: () => WebAssembly.Memory,
): Record<string, (...args: never[]) => number> {
  const view = (): DataView => new DataView(memory().buffer);
  const random = randomBytes(system);
  let monotonic = 1_000_000_000n;

  const functions: Record<string, (...args: never[]) => number> = {
    args_sizes_get: (count: number, size: number) => writeNumbers(view(), [count, 1], [size, 9]),
    // Go's libraries read their own program's name.
    args_get: (pointers: number, buffer: number) => {
      new Uint8Array(memory().buffer, buffer, 9).set(Buffer.from('renderer\0'));
      return writeNumbers(view(), [pointers, buffer]);
    },
    environ_sizes_get: (count: number, size: number) => writeNumbers(view(), [count, 0], [size, 0]),
    environ_get: () => success,
    clock_time_get: (clock: number, _precision: bigint, result: number) => {
      monotonic += 1000n;
      view().setBigUint64(result, clock === clockRealtime ? BigInt(system.now) * 1_000_000n : monotonic, true);
      return success;
    },
    random_get: (buffer: number, length: number) => {
      random(new Uint8Array(memory().buffer, buffer, length));
      return success;
    },
    fd_write: (descriptor: number, vectors: number, count: number, written: number) => {
      if (descriptor !== 1 && descriptor !== 2) return badDescriptor;
      const text = readVectors(memory().buffer, vectors, count);
      system.complaint = (system.complaint + text.toString('utf8')).slice(0, complaintLength);
      return writeNumbers(view(), [written, text.length]);
    },
    fd_fdstat_get: (descriptor: number, result: number) => {
      if (descriptor > 2) return badDescriptor;
      new Uint8Array(memory().buffer, result, 24).fill(0);
      return success;
    },
    fd_fdstat_set_flags: () => success,
    fd_prestat_get: () => badDescriptor,
    fd_close: () => badDescriptor,
    poll_oneoff: (subscriptions: number, events: number, count: number, ready: number) => {
      if (count === 0) return invalidArgument;
      monotonic += longestWait(view(), subscriptions, count);
      return answerClocks(view(), subscriptions, events, count, ready);
    },
    sched_yield: () => success,
    proc_exit: (code: number) => {
      throw new Exit(code);
    },
  };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'wasi_snapshot_preview1') functions[name] ??= () => notSupported;
  }
  return functions;
}

function writeNumbers(view: DataView, ...numbers: readonly (readonly [offset: number, value: number])[]): number {
  for (const [offset, value] of numbers) view.setUint32(offset, value, true);
  return success;
}

function readVectors(buffer: ArrayBuffer, vectors: number, count: number): Buffer {
  const view = new DataView(buffer);
  const parts = Array.from({ length: count }, (_, index) => {
    const offset = vectors + index * 8;
    return Buffer.from(buffer, view.getUint32(offset, true), view.getUint32(offset + 4, true));
  });
  return Buffer.concat(parts);
}

/** The longest time that is waited for, in nanoseconds; the clock jumps there, and all waits are over. */
function longestWait(view: DataView, subscriptions: number, count: number): bigint {
  let longest = 0n;
  for (let index = 0; index < count; index += 1) {
    const timeout = view.getBigUint64(subscriptions + index * subscriptionSize + 24, true);
    if (timeout > longest) longest = timeout;
  }
  return longest;
}

function answerClocks(view: DataView, subscriptions: number, events: number, count: number, ready: number): number {
  for (let index = 0; index < count; index += 1) {
    const from = subscriptions + index * subscriptionSize;
    const to = events + index * eventSize;
    for (let offset = 0; offset < eventSize; offset += 8) view.setBigUint64(to + offset, 0n, true);
    view.setBigUint64(to, view.getBigUint64(from, true), true);
    view.setUint8(to + 10, view.getUint8(from + 8));
  }
  view.setUint32(ready, count, true);
  return success;
}

/** A stream of bytes from HMAC-SHA256 in counter mode, which starts anew when the seed is exchanged. */
function randomBytes(system: System): (target: Uint8Array) => void {
  let seed: Uint8Array | undefined;
  let counter = 0n;
  return (target) => {
    if (seed !== system.seed) {
      seed = system.seed;
      counter = 0n;
    }
    for (let offset = 0; offset < target.length; offset += 32) {
      const block = createHmac('sha256', system.seed).update(String(counter)).digest();
      counter += 1n;
      target.set(block.subarray(0, Math.min(32, target.length - offset)), offset);
    }
  };
}
