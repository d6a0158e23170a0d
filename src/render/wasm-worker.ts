import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { awaitReply } from './await-reply.ts';
import type { FromWorker, Reply, ToWorker, WorkerStart } from './wasm-messages.ts';
import { compileRenderer } from './wasm-module.ts';
import { Exit, type System, systemInterface } from './wasi.ts';

// One renderer in a thread of its own. What it asks is answered by the main thread, while this one waits.

const { path: file, memoryMiB, donor, heir, bell, replies } = workerData as WorkerStart;

// The main thread never holds the module: it would keep it until its next full collection, and a process that has
// nothing to do has none. So it is gone with the last worker.
const module = (donor && (await donated(donor))) ?? (await compileRenderer(file, memoryMiB));
heir.postMessage(module, []);

/** The module of a worker that has it already; undefined where that one has ended before. */
function donated(from: MessagePort): Promise<WebAssembly.Module | undefined> {
  return new Promise((resolve) => {
    from.once('message', (given: WebAssembly.Module) => {
      resolve(given);
      from.close();
    });
    from.once('close', () => resolve(undefined));
  });
}

/** The exports of renderer.wasm. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly ['_initialize']: () => void;
  readonly render: (length: number) => void;
}

let pending = new Uint8Array(0);
let response = new Uint8Array(0);

// Until the first render: Go's runtime mixes its own hash keys from these, and nothing a user sees.
const system: System = { now: 0, seed: randomBytes(32), complaint: '' };

const instance = new WebAssembly.Instance(module, {
  wasi_snapshot_preview1: systemInterface(module, system, () => exports.memory),
  plumbline: {
    take: (pointer: number) => {
      bytesAt(pointer, pending.length).set(pending);
      pending = new Uint8Array(0);
    },
    call: (operation: number, pointer: number, length: number) => {
      const path = Buffer.from(bytesAt(pointer, length)).toString('utf8');
      pending = ask(replies, operation, path);
      return pending.length;
    },
    respond: (pointer: number, length: number) => {
      response = bytesAt(pointer, length).slice();
    },
  },
});
// The renderer's contract; instantiation has checked the imports, and the first call checks the exports.
const exports = instance.exports as unknown as Exports;

function bytesAt(pointer: number, length: number): Uint8Array {
  return new Uint8Array(exports.memory.buffer, pointer, length);
}

/** Asks the main thread, and waits for the answer to lie in the port. */
function ask(port: MessagePort, operation: number, path: string): Uint8Array<ArrayBuffer> {
  Atomics.store(bell, 0, 0);
  send({ kind: 'question', operation, path });
  return (awaitReply(bell, port) as Reply).answer;
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function render({ frame, now, seed }: ToWorker): void {
  system.now = now;
  system.seed = seed;
  system.complaint = '';
  try {
    pending = frame;
    exports.render(frame.length);
    send({ kind: 'response', frame: response, memoryBytes: exports.memory.buffer.byteLength }, [response.buffer]);
  } catch (error) {
    // The instance is broken; the main thread ends this worker.
    const reason = error instanceof Exit ? system.complaint : `${String(error)}\n${system.complaint}`;
    send({ kind: 'crash', reason, memoryBytes: exports.memory.buffer.byteLength });
  }
}

exports['_initialize']();
parentPort?.on('message', render);
send({ kind: 'ready' });
