import type { ObjectKey } from '../object.ts';
import type { Problem } from '../errors.ts';
import type { ParentRecord } from './apply-set.ts';
import type { SyncView } from './member.ts';
import type { Blocked, LastApplied, PruneLimit } from './plan.ts';
import type { SyncCluster } from './ports.ts';
import type { PreparedSet } from './prepare.ts';

/** How a sync goes about it. */
export interface SyncOptions {
  /** Field manager of every apply. Default `plumbline`. */
  readonly fieldManager?: string;
  /** Take over fields that others own. Default true: Git is right. */
  readonly force?: boolean;
  /** `Server`: everything is dry-run before anything is applied. Default `Server`. */
  readonly validation?: 'Server' | 'None';
  /** Delete members that are no longer desired. Default false. */
  readonly prune?: boolean;
  /** Above it a prune waits for approval. */
  readonly pruneLimit?: PruneLimit;
  /** The approval token that a person gave (`SyncReport.approval`). */
  readonly approval?: string;
  /** Create this namespace where it is missing; it does not become a member. */
  readonly createNamespace?: string;
  /** Rehearse only: dry-run everything, change nothing. */
  readonly dryRun?: boolean;
}

/** All that a sync is made from. */
export interface SyncInput {
  readonly desired: PreparedSet;
  /** `applySetId(parent)`. */
  readonly applySet: string;
  /** What the last sync left, where it is known; an empty map is always right, only slower. */
  readonly lastApplied: LastApplied;
  /** What the parent's annotations say now. */
  readonly parent: ParentRecord;
  readonly options: SyncOptions;
  /** Whether an object that carries another ApplySet's label may be taken over. Default: never. */
  readonly mayTake?: (applySet: string, key: ObjectKey) => boolean;
}

/** What a step may use. */
export interface StepContext {
  readonly view: SyncView;
  readonly cluster: SyncCluster;
  /**
   * Writes what the parent's annotations must say; called before an object of a new kind or
   * namespace is applied, and after the last of one was pruned. KEP-3659 asks for that order.
   */
  readonly recordParent: (record: ParentRecord, options: { signal: AbortSignal }) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Something that must come true before a sync goes on. */
export interface Wait {
  readonly key: ObjectKey;
  /** `Ready`: it is served, established, or healthy, as its kind has it. `Deleted`: it is gone. */
  readonly condition: 'Ready' | 'Deleted';
  /** Why it is not yet so, with the finalizers that hold a deletion. */
  readonly message: string;
}

/** What a sync did to one object. */
export type SyncAction = 'created' | 'configured' | 'unchanged' | 'pruned' | 'failed' | 'skipped';

/** The result for one object. */
export interface ObjectResult {
  readonly id: string;
  readonly key: ObjectKey;
  readonly action: SyncAction;
  /** Why it was done: `changed in Git`, `drifted`, ... */
  readonly reason: string;
  readonly problems: readonly Problem[];
  readonly fingerprint?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** How a sync ended. */
export interface SyncReport {
  /**
   * `synced`: everything is as desired, apart from what `blocked` keeps.
   * `rejected`: the server refused an object before anything was applied; the cluster is as it was.
   * `failed`: something failed on the way; what was applied stays, nothing was pruned after it.
   */
  readonly outcome: 'synced' | 'rejected' | 'failed';
  readonly results: readonly ObjectResult[];
  /** All problems of all objects. */
  readonly problems: readonly Problem[];
  readonly blocked: readonly Blocked[];
  /** To be given to the next sync as `lastApplied`. */
  readonly applied: LastApplied;
  /** The token that approves exactly the prune that was blocked for want of it. */
  readonly approval?: string;
}

/** What came of one step. */
export type StepOutcome =
  | { readonly kind: 'waiting'; readonly run: SyncRun; readonly for: readonly Wait[] }
  | { readonly kind: 'done'; readonly report: SyncReport };

/**
 * A sync under way. It holds no lock and no connection: it may be dropped at any moment and a new one
 * begun, which decides anew from what it sees.
 */
export interface SyncRun {
  readonly input: SyncInput;
  /** The next thing to do. */
  readonly phase: 'validate' | 'apply' | 'prune';
  /** The stage that is next, counted within the phase. */
  readonly stage: number;
  /** The results so far, by id. */
  readonly results: ReadonlyMap<string, ObjectResult>;
}
