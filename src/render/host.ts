import type { Problem } from '../errors.ts';
import type { KnownPath } from './record.ts';
import type { FileTree, RenderLimits, RenderRequest } from './types.ts';

/** One render to run. */
export interface Job {
  readonly request: RenderRequest;
  /** Key of the random values, from the installation's seed and the Application's identity. */
  readonly seed: Uint8Array;
  readonly files: FileTree;
  /** What the render will ask, as far as that is foreseen. Called when its turn has come: by then others have taught more. */
  foresee(): Promise<readonly KnownPath[]>;
  readonly limits: RenderLimits;
}

/** How a run of the renderer ended: with a response, or without one and the reason. */
export type Outcome =
  | {
      readonly kind: 'response';
      readonly frame: Uint8Array;
      /** The tree could not be read, and why; the response then holds the record only. */
      readonly unreadable?: { readonly reason: unknown };
    }
  | { readonly kind: 'failure'; readonly problem: Problem };

/** What a host did so far. */
export interface HostStats {
  questions: number;
  workersStarted: number;
  workers: number;
}

/** Something that runs renders. */
export interface RenderHost {
  /** Runs one render within its limits. Rejects only when the signal aborts or the host is closed. */
  run(job: Job, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
  readonly stats: Readonly<HostStats>;
}
