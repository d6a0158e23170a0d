import type { MessagePort } from 'node:worker_threads';

// What the main thread and a worker say to one another.

/** Given to a worker at its start. */
export interface WorkerStart {
  /** Path of renderer.wasm. */
  readonly path: string;
  /** Bound of the renderer's memory, in MiB. */
  readonly memoryMiB: number;
  /** Holds the compiled module that another worker with the same bound has left here, or will leave. */
  readonly donor: MessagePort | undefined;
  /** Where this worker leaves its own compiled module, for the next. */
  readonly heir: MessagePort;
  /** Set to 1 and notified when a reply lies in the port. */
  readonly bell: Int32Array<SharedArrayBuffer>;
  readonly replies: MessagePort;
}

/** A render to do. */
export interface ToWorker {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly now: number;
  readonly seed: Uint8Array;
}

/** The answer to a question. */
export interface Reply {
  readonly answer: Uint8Array<ArrayBuffer>;
}

/** What a worker tells. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'question'; readonly operation: number; readonly path: string }
  | { readonly kind: 'response'; readonly frame: Uint8Array<ArrayBuffer>; readonly memoryBytes: number }
  | { readonly kind: 'crash'; readonly reason: string; readonly memoryBytes: number };
