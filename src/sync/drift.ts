import type { AppliedRecord, PlannedApply } from './plan.ts';
import type { SyncInput } from './run-types.ts';

/** What becomes of an object that is no longer as it was left: put back, or only told. */
export type DriftPolicy = 'Revert' | 'Report';

/** What decides on the drift of an object besides what is known of it. */
export interface DriftSettings {
  readonly policy: DriftPolicy;
  /** Whether exactly what is desired was synced before, so that what differs is drift although nothing is known of the object. */
  readonly unmoved: boolean;
}

/** What becomes of the drift of an object: as it says itself, unless somebody wants all of it put back. */
export function driftPolicyOf(
  { options }: Pick<PlannedApply['desired'], 'options'>,
  { options: { drift = 'Revert', revertAll } }: Pick<SyncInput, 'options'>,
): DriftPolicy {
  if (revertAll === true) return 'Revert';
  // What is to be ignored is no part of a plan, but where Git has something new to say of it.
  return options?.drift === undefined || options.drift === 'Ignore' ? drift : options.drift;
}

/** Whether the same is desired of an object as before, as far as that is known. */
export function isSameAsBefore(digest: string, record: AppliedRecord | undefined, unmoved: boolean): boolean {
  return record === undefined ? unmoved : record.digest === digest;
}

/**
 * What to do with an object that a plan would apply.
 * `apply`: it is to be as Git says; `report`: it has drifted and is left so; `ask`: only a rehearsal tells
 * whether it differs at all, and if so it is left.
 *
 * Drift is a difference that Git did not make: the same is desired as was last applied.
 */
export function driftDecision(
  planned: PlannedApply,
  record: AppliedRecord | undefined,
  { policy, unmoved }: DriftSettings,
): 'apply' | 'report' | 'ask' {
  if (policy === 'Revert' || !isSameAsBefore(planned.desired.digest, record, unmoved)) return 'apply';
  if (planned.live === undefined) return planned.reason === 'unproven' ? 'ask' : 'report';
  const known = record?.drifted !== undefined && record.drifted === planned.live.fingerprint;
  return known ? 'report' : 'ask';
}
