import type { Application, ApplicationHold, ApplicationStatus, SyncOperation } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { SyncRequest } from '../../sync-request.ts';
import type { CaptureState, ProposedCapture } from '../capture/capture-state.ts';
import type { Standing } from '../depends/dependencies.ts';
import { deleteHooksIn, type DeletionState } from '../deletion/deletion-state.ts';
import type { DriftLook } from '../drift/drift-looks.ts';
import { type Fight, keptFights } from '../drift/fights.ts';
import type { HoldLook } from '../syncing/hold.ts';
import type { Version } from '../rendering/origin.ts';
import type { Origins } from '../rendering/place-problems.ts';
import { applySetOfApplication } from '../syncing/prepare-rendered.ts';
import {
  type DeletionBudget,
  type DeletionPhase,
  type KindRef,
  type LastApplied,
  type ParentRecord,
  parentRecordOf,
  type PreparedSet,
  type SyncReport,
  type SyncRun,
  type Unreachable,
  type Wait,
} from '../../sync/index.ts';

/** What asked for a sync. */
export type SyncCause = 'automated' | 'drift' | 'manual' | 'rollback';

/** What came of rendering one commit for an Application. */
export type Rendered = RenderedWell | RenderedBadly;

/** A version of each source, by its group (`SourcePart.group`), in the order of the sources. */
export type Versions = readonly [GroupVersion, ...GroupVersion[]];

/** One source at one moment. */
export interface GroupVersion {
  readonly group: string;
  readonly version: Version;
}

interface RenderedFrom {
  /** Identity of all that the render depends on besides the files. */
  readonly inputs: string;
  /** The newest version of each source that is known to give this very result. */
  readonly versions: Versions;
  /** The kinds of its objects that were not to be had when it was made, where there are any: once that changes, it is made anew. */
  readonly missing?: readonly MissingKind[];
}

/** A kind that was not to be had. */
export interface MissingKind extends Required<KindRef> {
  /** Its API did not answer, so that it is waited for; otherwise the cluster has none of it. */
  readonly isDown: boolean;
}

/** A render that gave objects. */
export interface RenderedWell extends RenderedFrom {
  readonly state: 'ok';
  readonly desired: PreparedSet;
  readonly origins: Origins;
  readonly warnings: readonly Problem[];
}

/** A render that failed. */
export interface RenderedBadly extends RenderedFrom {
  readonly state: 'failed';
  readonly problems: readonly [Problem, ...Problem[]];
}

/** A sync under way. */
export interface ActiveSync {
  readonly run: SyncRun;
  readonly cause: SyncCause;
  readonly startedAt: number;
  readonly waits: readonly Wait[];
  /** What somebody asked for when it began. */
  readonly request?: SyncRequest;
  /** When it has waited too long, milliseconds since 1970. */
  readonly deadline?: number;
  /** Whether one before it had begun and not come to its end. */
  readonly unsettled: boolean;
}

/** How often a sync of the same has failed, where there is a limit for it. */
export type Tries = NonNullable<ApplicationStatus['retry']>;

/** A sync that somebody stopped. */
export type StoppedSync = NonNullable<ApplicationStatus['stopped']>;

/** The last request that was answered. */
export type AnsweredRequest = NonNullable<ApplicationStatus['request']>;

/** A sync that ended badly: it is not begun again before its time, unless something has changed. */
export interface FailedSync {
  /** `PreparedSet.digest` of what could not be synced. */
  readonly digest: string;
  /** The generation of the Application that failed: another may do better. */
  readonly generation: number;
  readonly problems: readonly Problem[];
  readonly attempts: number;
  /** The least objects that an attempt has left undone. */
  readonly left: number;
  /** Ids of objects that were not healthy, where that alone was the fault: once they are, nothing is waited for. */
  readonly unhealthy?: ReadonlySet<string>;
  /** Ids of the objects for which it was rejected before anything was applied, where all is about objects. */
  readonly refused?: ReadonlySet<string>;
  /** When it is tried again, milliseconds since 1970; infinite where it is not. */
  readonly retryAt: number;
}

/** The part of the status that only a finished sync moves, and whether another has begun since. */
export type Settled = Pick<
  ApplicationStatus,
  'revision' | 'revisions' | 'digest' | 'fingerprint' | 'unsettled' | 'synced' | 'history'
>;

/** All that the controller remembers of one Application. Lost at a restart, and found again. */
export interface ApplicationState {
  /** `namespace/name`. */
  readonly id: string;
  readonly applySet: string;
  /** As the watch last showed it. */
  application: Application;
  rendered: Rendered | undefined;
  /** What the cluster is known to hold of what was applied. */
  lastApplied: LastApplied;
  /** True once `lastApplied` was recovered after a start, or is to be proved anew. */
  recovered: boolean;
  active: ActiveSync | undefined;
  /** A sync with hooks that is under way, as it was last written down. */
  operation: SyncOperation | undefined;
  /** True while a step of a sync runs: what its own writes change is looked at when it is over. */
  stepping: boolean;
  /** Whether something changed while the step ran. */
  missed: boolean;
  failed: FailedSync | undefined;
  /** The same over restarts, where the retries are limited. */
  tries: Tries | undefined;
  stopped: StoppedSync | undefined;
  request: AnsweredRequest | undefined;
  /** What the sync windows let happen, as it was looked at last. */
  window: ApplicationStatus['window'];
  /** The last sync that ended since the start. */
  report: SyncReport | undefined;
  settled: Settled;
  /** Counts what has happened that it has to look at: a new revision, another spec. */
  news: number;
  /** `news` at the beginning of the look that is under way. */
  lookedAt: number;
  /** How it stood at the end of the last look; undefined before the first. */
  standing: Standing | undefined;
  /** What the parent's annotations say, ahead of the watch. */
  parent: ParentRecord;
  /** The rollback that holds it, with where Git was when that began. */
  hold: ApplicationHold | undefined;
  /** What was found when Git had moved while it was held. */
  heldLook: HoldLook | undefined;
  /** The requests of the annotations that were acted on. */
  handledRequest: string | undefined;
  handledSyncRequest: string | undefined;
  /** The status as it was last written or read. */
  written: ApplicationStatus | undefined;
  /** Until then a status that will soon be another is not written; milliseconds since 1970. */
  holdStatusUntil: number;
  /** Kinds of its objects whose API did not answer at the last look. */
  unreachable: Unreachable;
  /** Who keeps changing what is put back, so that a fight with another controller does not become a hot loop. */
  fights: readonly Fight[];
  /** How often an object was put back since the Application was made. */
  reverted: number;
  /** Who changed what is left as it is, by the id of the object. */
  looks: ReadonlyMap<string, DriftLook>;
  /** The last drift that is to become a commit, as long as it is of interest. */
  capture: CaptureState | undefined;
  /** The capture that was proposed last: its pull request may be open still, and takes what is captured next. */
  proposed: ProposedCapture | undefined;
  /** What was taken of a drift before the start, as the status has it; undefined once it was looked at. */
  keptTaking: string | undefined;
  /** When drift became commits lately, so that a fight with somebody does not fill Git. */
  captures: readonly number[];
  /** How many of its objects may be deleted now; undefined before the first look. */
  deletions: DeletionBudget | undefined;
  /** The phases in which hooks run at the deletion, as they are written down before any of its objects is applied. */
  deleteHooks: readonly DeletionPhase[];
  /** How the hooks of its deletion do. */
  deletion: DeletionState | undefined;
  /** What its deletion waits for. */
  deletionWaits: readonly Wait[];
  /** Whether its finalizer was taken away: the event that it is gone may come after others. */
  released: boolean;
  /** Uids of objects that a deletion found gone. */
  gone: ReadonlySet<string> | undefined;
}

/** `namespace/name` of an Application. */
export function applicationId(application: Application): string {
  return `${application.metadata.namespace}/${application.metadata.name}`;
}

/** How long a status that is not final yet is held back after a beginning, milliseconds. */
export const beginHoldMilliseconds = 1_000;

/** What is known of an Application that the controller sees for the first time. */
export function newApplicationState(application: Application, now: number): ApplicationState {
  const { status } = application;
  const { revision, revisions, digest, fingerprint, unsettled, synced, history } = status ?? {};
  return {
    id: applicationId(application),
    applySet: applySetOfApplication(application),
    application,
    rendered: undefined,
    lastApplied: new Map(),
    recovered: false,
    active: undefined,
    operation: status?.operation,
    stepping: false,
    missed: false,
    failed: undefined,
    tries: status?.retry,
    stopped: status?.stopped,
    request: status?.request,
    window: status?.window,
    report: undefined,
    settled: {
      ...(revision === undefined ? {} : { revision }),
      ...(revisions === undefined ? {} : { revisions }),
      ...(digest === undefined ? {} : { digest }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(unsettled === undefined ? {} : { unsettled }),
      ...(synced === undefined ? {} : { synced }),
      ...(history === undefined ? {} : { history }),
    },
    news: 0,
    lookedAt: 0,
    standing: undefined,
    parent: parentRecordOf(application),
    hold: status?.hold,
    heldLook: undefined,
    handledRequest: status?.handledRequest,
    handledSyncRequest: status?.handledSyncRequest,
    written: status,
    holdStatusUntil: now + beginHoldMilliseconds,
    fights: keptFights(status?.drift?.contested ?? [], now),
    reverted: status?.drift?.reverted ?? 0,
    looks: new Map(),
    unreachable: new Map(),
    capture: undefined,
    keptTaking: status?.capture?.taken,
    proposed: status?.capture?.proposed,
    captures: [],
    deletions: undefined,
    deleteHooks: deleteHooksIn(status?.deleteHooks),
    deletion: undefined,
    deletionWaits: [],
    released: false,
    gone: undefined,
  };
}
