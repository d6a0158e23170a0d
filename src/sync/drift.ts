import type { AppliedRecord, PlannedApply } from './plan.ts';

/** What becomes of an object that is no longer as it was left: put back, or only told. */
export type DriftPolicy = 'Revert' | 'Report';

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
  policy: DriftPolicy,
): 'apply' | 'report' | 'ask' {
  if (policy === 'Revert' || record === undefined || record.digest !== planned.desired.digest) return 'apply';
  if (planned.live === undefined) return planned.reason === 'unproven' ? 'ask' : 'report';
  const known = record.drifted !== undefined && record.drifted === planned.live.fingerprint;
  return known ? 'report' : 'ask';
}
