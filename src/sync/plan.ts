import type { ObjectKey } from '../object.ts';
import type { Member } from './member.ts';
import type { PreparedObject } from './prepare.ts';

/** What is known of an object since it was last applied. */
export interface AppliedRecord {
  /** `PreparedObject.digest` of what was applied. */
  readonly digest: string;
  /** `fingerprint` of the object as the apply left it; undefined where it had none. */
  readonly fingerprint: string | undefined;
}

/** The records by id (`formatKey`). */
export type LastApplied = ReadonlyMap<string, AppliedRecord>;

/** How much a sync may delete without being asked. Whichever is reached first counts. */
export interface PruneLimit {
  /** At most so many objects. */
  readonly objects?: number;
  /** At most so many of a hundred members, 0 to 100. */
  readonly percent?: number;
}

/** Why an object is to be applied. */
export type ApplyReason = 'missing' | 'changed' | 'drifted' | 'unproven';

/** Why something that would follow is not done. */
export type BlockReason =
  | 'claimed'
  | 'terminating'
  | 'prune-off'
  | 'empty-render'
  | 'limit'
  | 'confirm'
  | 'kept'
  | 'holds-others';

/** An object to be applied. */
export interface PlannedApply {
  readonly desired: PreparedObject;
  readonly live: Member | undefined;
  readonly reason: ApplyReason;
}

/** An object that is not touched, and why. */
export interface Blocked {
  readonly id: string;
  readonly key: ObjectKey;
  readonly reason: BlockReason;
  /** One sentence for a person. */
  readonly message: string;
}

/** What a sync would do. */
export interface Plan {
  readonly apply: readonly PlannedApply[];
  readonly unchanged: readonly PreparedObject[];
  readonly prune: readonly Member[];
  readonly blocked: readonly Blocked[];
  /** The token that approves the prune that is blocked for want of it. */
  readonly approval?: string;
}
