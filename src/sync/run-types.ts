import type { Problem } from '../errors.ts';
import type { Health } from '../health/index.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { ParentRecord } from './apply-set.ts';
import type { DeletionBudget } from './deletion-budget.ts';
import type { DriftPolicy } from './drift.ts';
import type { DriftedField } from './drifted-fields.ts';
import type { HookPhase } from './hook.ts';
import type { HookProgress } from './hook-record.ts';
import type { HookInput, HookOutcome } from './hooks.ts';
import type { SyncView } from './member.ts';
import type { Blocked } from './blocked.ts';
import type { ApplyReason, LastApplied, LeftAlone, PlannedApply } from './plan.ts';
import type { Propagation } from './object-options.ts';
import type { ApprovalSet, PruneLimit } from './prune-plan.ts';
import type { SyncCluster } from './ports.ts';
import type { PreparedSet } from './prepare.ts';
import type { Unreachable } from './unreachable.ts';

/** The field manager in whose name Plumbline applies. */
export const defaultFieldManager = 'plumbline';

/** How a sync goes about it. */
export interface SyncOptions {
  /** Field manager of every apply. Default `plumbline`. */
  readonly fieldManager?: string;
  /** Take over fields that others own. Default true: Git is right. */
  readonly force?: boolean;
  /** How objects are written that do not say it themselves. Default `Merge`. */
  readonly write?: 'Merge' | 'Override' | 'Replace';
  /** Delete and make anew what the server refuses to change. Default false. */
  readonly recreate?: boolean;
  /** What becomes of the objects that deleted ones own. Default `Background`. */
  readonly propagation?: Propagation;
  /** What an object that another ApplySet has means for the others: nothing is synced, or all but that one. Default `Fail`. */
  readonly shared?: 'Fail' | 'Skip';
  /** `Server`: everything is dry-run before anything is applied. Default `Server`. */
  readonly validation?: 'Server' | 'None';
  /** What to do with an object that is not as it was left and does not say it itself. Default `Revert`. */
  readonly drift?: DriftPolicy;
  /** Put back also what says of itself that its drift is only to be told. Default false. */
  readonly revertAll?: boolean;
  /** Delete members that are no longer desired. Default false. */
  readonly prune?: boolean;
  /** Delete members also where nothing at all is desired. Default false: that is taken for a mistake. */
  readonly allowEmpty?: boolean;
  /** Above it a prune waits for approval. */
  readonly pruneLimit?: PruneLimit;
  /** The approval token that a person gave (`SyncReport.approval`). */
  readonly approval?: string;
  /** What was approved before: of it, whatever is left may go. */
  readonly approved?: ApprovalSet;
  /**
   * What a wave waits for to be healthy: `All` objects of the waves below, or only those that this sync has
   * `Applied`, so that a fault elsewhere does not keep drift from being reverted. Default `All`.
   */
  readonly await?: 'All' | 'Applied';
  /** Prune only once everything that is desired is healthy. Default false. */
  readonly pruneLast?: boolean;
  /** Create this namespace where it is missing; it does not become a member. */
  readonly createNamespace?: string;
  /** Rehearse only: dry-run everything, change nothing. */
  readonly dryRun?: boolean;
}

/** How a hook of a sync ended. */
export interface HookResult {
  readonly id: string;
  readonly phase: HookPhase;
  readonly outcome: HookOutcome;
}

/** All that a sync is made from. */
export interface SyncInput {
  readonly desired: PreparedSet;
  /** `applySetId(parent)`. */
  readonly applySet: string;
  /** Namespace of the parent, empty where it lives in none. */
  readonly parentNamespace: string;
  /** What the parent's annotations say now. */
  readonly parent: ParentRecord;
  /** What the last sync left, where it is known; an empty map is always right, only slower. */
  readonly lastApplied: LastApplied;
  readonly options: SyncOptions;
  /** The hooks to run; none is where left out. */
  readonly hooks?: HookInput;
  /** The objects that this sync is about; all of them where left out. No others are applied or pruned. */
  readonly select?: (key: ObjectKey) => boolean;
  /**
   * Ids of the objects that the server has refused when the very same was tried before, as all else was then: they are tried
   * first, and the others only once none of them is refused any more.
   */
  readonly refused?: ReadonlySet<string>;
  /**
   * Whether the very same has failed before, for want of health alone. As long as that lasts, what waits for it is not
   * rehearsed.
   */
  readonly unhealthy?: boolean;
  /** Ids of objects whose drift is left for now. */
  readonly held?: ReadonlySet<string>;
  /** Whether Git has not moved, so that whatever differs is drift. */
  readonly isDrift?: boolean;
  /** Whether exactly what is desired was synced before, whoever asks now. Default false. */
  readonly unmoved?: boolean;
  /** Kinds that cannot be looked at now; none where left out. What is of them is left as it is, and all else is synced. */
  readonly unreachable?: Unreachable;
  /** Whether an object that carries another ApplySet's label may be taken over. Default: never. */
  readonly mayTake?: (applySet: string, key: ObjectKey) => boolean;
  /** What people call another ApplySet; undefined where it is not known. */
  readonly ownerName?: (applySet: string) => string | undefined;
}

/** An object that is about to be applied or pruned. */
export interface AboutToChange {
  readonly id: string;
  /** What it says itself of its drift, in Git or else in the cluster. */
  readonly drift: DriftPolicy | 'Ignore' | undefined;
}

/** What a step may use. */
export interface StepContext {
  readonly view: SyncView;
  readonly cluster: SyncCluster;
  /**
   * Writes what the parent's annotations must say: called before an object of a new kind or namespace
   * is applied, and after the last of one was pruned. KEP-3659 asks for that order.
   */
  readonly recordParent: (record: ParentRecord, options: { readonly signal: AbortSignal }) => Promise<void>;
  /**
   * Told what is about to be applied or pruned, in each step anew: who goes on after an interruption must not take it for
   * drift.
   */
  readonly beforeChanges?: (
    objects: readonly AboutToChange[],
    options: { readonly signal: AbortSignal },
  ) => Promise<void>;
  /** Writes down what the hooks have come to, before that is acted on: a sync that goes on later runs none of them again. */
  readonly recordHooks?: (progress: HookProgress, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Told every object as a write left it, so that the view knows it before its event comes. */
  readonly observe?: (object: KubeObject) => void;
  /** Tells the health of an object that the view does not show yet; by what is built in where left out. */
  readonly judge?: (object: KubeObject) => Health;
  /** Asked before each deletion of an object that is a member; without it there is no limit. */
  readonly deletions?: DeletionBudget;
  /** True where somebody looks again when a kind comes that the sync waits for; otherwise the server is asked again. */
  readonly toldOfKinds?: boolean;
  /** Milliseconds since 1970; the clock of the machine where left out. */
  readonly now?: () => number;
  /** Whether somebody wants the sync to end: it does before its next wave or phase. */
  readonly stopping?: () => boolean;
  readonly signal: AbortSignal;
}

/** Something that must come true before a sync goes on. */
export interface Wait {
  readonly key: ObjectKey;
  /** `Ready`: it does what later stages need of it. `Healthy`: it does what later waves need. `Deleted`: it is gone. */
  readonly condition: 'Ready' | 'Healthy' | 'Deleted';
  /** Why it is not yet so, with the finalizers that hold a deletion. */
  readonly message: string;
  /** Milliseconds after which to look again, where no event of the object will tell. */
  readonly retryAfter?: number;
  /** Where a limit holds deletions back: how many. */
  readonly deletions?: number;
}

/**
 * What a sync did to one object (or with `dryRun` would do). `recreated`: deleted and made anew; `drifted`: it differs and was left so;
 * `skipped`: it was not reached, since something before it failed.
 */
export type SyncAction =
  | 'created'
  | 'configured'
  | 'recreated'
  | 'unchanged'
  | 'drifted'
  | 'pruned'
  | 'failed'
  | 'skipped';

/** The result for one object. */
export interface ObjectResult {
  readonly id: string;
  readonly key: ObjectKey;
  readonly action: SyncAction;
  /**
   * Why it was dealt with: as planned, or that it is as desired, no longer desired, another's, of an API that does not answer,
   * to be ignored, there already and only to be made where missing, or no longer as it was left and to be left so without a word.
   */
  readonly reason: ApplyReason | 'as-desired' | 'not-desired' | 'claimed' | 'unreachable' | LeftAlone['reason'];
  readonly problems: readonly Problem[];
  readonly fingerprint?: string | undefined;
  /** See `ownershipFingerprint`; where a call told it. */
  readonly ownership?: string | undefined;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /**
   * The fields that somebody else had changed, and who; empty where the object was gone. Only of what has drifted and was
   * put back.
   */
  readonly drift?: readonly Pick<DriftedField, 'path' | 'writers'>[];
  /** How well the object did as the apply left it. */
  readonly health?: Health;
  /** Where that may be a verdict on what it was before: until when, milliseconds since 1970, unless somebody writes it. */
  readonly unseenUntil?: number;
}

/** How a sync ended. */
export interface SyncReport {
  /**
   * `synced`: everything is as desired, apart from what `blocked` and drifted results tell.
   * `rejected`: an object was refused before anything was applied; the cluster is as it was.
   * `failed`: something failed on the way; what was applied stays, and nothing was pruned after it.
   * `stopped`: somebody stopped it on the way; what was applied stays.
   */
  readonly outcome: 'synced' | 'rejected' | 'failed' | 'stopped';
  readonly results: readonly ObjectResult[];
  /** All problems of all objects. */
  readonly problems: readonly Problem[];
  /** What annotations say that has no effect; left out where there is none. */
  readonly warnings?: readonly Problem[];
  /** The hooks that have ended. */
  readonly hooks: readonly HookResult[];
  /** Members that were not pruned, and why. */
  readonly blocked: readonly Blocked[];
  /** To be given to the next sync as `lastApplied`. */
  readonly applied: LastApplied;
  /** The token that approves exactly the prune that was blocked for want of it. */
  readonly approval?: string;
}

/** What came of one step. */
export type StepOutcome =
  | {
      readonly kind: 'waiting';
      readonly run: SyncRun;
      /** Empty where it is to end, as `StepContext.stopping` said: see `stopRun`. */
      readonly for: readonly Wait[];
      /** What comes next, once that has come true; `wave 2`. */
      readonly before: string;
    }
  | { readonly kind: 'done'; readonly report: SyncReport };

/**
 * A sync under way: a plain value. It holds no lock and no connection: it may be dropped at any moment
 * and a new one begun, which decides anew from what it sees.
 */
export interface SyncRun {
  readonly input: SyncInput;
  readonly phase: 'validate' | 'before' | 'apply' | 'prune' | 'after' | 'prune-last' | 'answer' | 'ended';
  /** What this run applies, decided at its begin. */
  readonly pending: readonly PlannedApply[];
  /** Ids of objects that can only be rehearsed once something else was applied. */
  readonly deferred: ReadonlySet<string>;
  /** Id of the object whose apply is its own rehearsal. */
  readonly solo: string | undefined;
  /** The namespace that is to be created. */
  readonly newNamespace: string | undefined;
  /** What the parent is known to say. */
  readonly parent: ParentRecord;
  readonly results: ReadonlyMap<string, ObjectResult>;
  /** Uids of pruned objects that are known to be gone, whatever the view still shows. */
  readonly gone: ReadonlySet<string>;
  /** Ids of objects that the view showed while the run waited for a wave: what goes then is applied again. */
  readonly seen: ReadonlySet<string>;
  /** Uids of what this run prunes, decided once: an approval is for all of it, however many steps it takes. */
  readonly pruning: ReadonlySet<string> | undefined;
  /** What failed besides applying an object. */
  readonly problems: readonly Problem[];
  /** How hooks failed while others of their wave still run: the sync fails when those have ended, too. */
  readonly failing: readonly Problem[];
  /** How hooks ended, by their slot. */
  readonly hooks: ReadonlyMap<string, HookOutcome>;
  /** The phase of hooks of which it was written down that it has begun. */
  readonly recorded: HookPhase | undefined;
  /** What was not pruned. */
  readonly blocked: readonly Blocked[];
  /** The token that approves the prune that was blocked for want of it. */
  readonly approval: string | undefined;
}
