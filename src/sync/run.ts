import { applyPending, withResults } from './apply.ts';
import { parentRecordFor, sameParentRecord } from './apply-set.ts';
import type { Blocked } from './blocked.ts';
import type { Plan } from './plan.ts';
import { deleteStages, type Deletion } from './prune.ts';
import { reportOf } from './report.ts';
import type { StepContext, StepOutcome, SyncInput, SyncRun } from './run-types.ts';
import { hasFailures, planOf, validate } from './validate.ts';

/** A sync before its first step. */
export function createSyncRun(input: SyncInput): SyncRun {
  return {
    input,
    phase: 'validate',
    pending: [],
    deferred: new Set(),
    solo: undefined,
    newNamespace: undefined,
    parent: input.parent,
    results: new Map(),
    gone: new Set(),
  };
}

/**
 * Takes a sync as far as it goes without waiting for the cluster: it makes calls, and where something has
 * to come true first (a definition established, an object gone) says what and returns. Call it again
 * with the run that it returned when that has changed.
 *
 * @throws PlumbError `cancelled` or the signal's reason when stopped; whatever a call throws that
 * belongs to no object. The run may then be begun anew: what was applied is found as it is.
 */
export async function stepSync(run: SyncRun, context: StepContext): Promise<StepOutcome> {
  context.signal.throwIfAborted();
  let current = run;
  if (current.phase === 'validate') {
    const validated = await validate(current, context);
    current = validated.run;
    if (validated.rejected) return { kind: 'done', report: reportOf(current, 'rejected', []) };
  }
  if (current.phase === 'apply' && current.input.options.dryRun !== true) {
    const { run: applied, waits } = await applyPending(current, context);
    if (waits.length > 0) return { kind: 'waiting', run: applied, for: waits };
    current = applied;
    // Where the only object of the first stage was refused, nothing has been applied.
    const refused = current.solo !== undefined && current.results.get(current.solo)?.action === 'failed';
    if (hasFailures(current)) return { kind: 'done', report: reportOf(current, refused ? 'rejected' : 'failed', []) };
  }
  return prune({ ...current, phase: 'prune' }, context);
}

async function prune(run: SyncRun, context: StepContext): Promise<StepOutcome> {
  const { input } = run;
  const plan = planOf(input, context.view);
  const dryRun = input.options.dryRun === true;
  const deletion = await deleteStages(
    {
      applySet: input.applySet,
      targets: plan.prune,
      leaving: plan.leaving,
      gone: run.gone,
      dryRun,
      withOthers: false,
    },
    context,
  );
  const pruned: SyncRun = { ...withResults(run, deletion.results), gone: deletion.gone };
  if (deletion.waits.length > 0) return { kind: 'waiting', run: pruned, for: deletion.waits };
  const blocked = blockedBy(plan, deletion);
  if (hasFailures(pruned)) return { kind: 'done', report: reportOf(pruned, 'failed', blocked, plan.approval) };
  if (!dryRun) await narrowParent(pruned, [...blocked, ...plan.leaving], context);
  return { kind: 'done', report: reportOf(pruned, 'synced', blocked, plan.approval) };
}

/** Members that stay although they are not desired. */
function blockedBy(plan: Plan, deletion: Deletion): readonly Blocked[] {
  const undesired = plan.blocked.filter(({ reason }) => reason !== 'claimed' && reason !== 'terminating');
  return [...undesired, ...deletion.blocked];
}

/** After a prune, the parent names no more kinds and namespaces than there are. */
async function narrowParent(
  run: SyncRun,
  remaining: readonly Pick<Blocked, 'key'>[],
  context: StepContext,
): Promise<void> {
  const { desired, parentNamespace } = run.input;
  const keys = [...desired.objects, ...remaining].map(({ key }) => key);
  const record = parentRecordFor(keys, parentNamespace);
  if (sameParentRecord(record, run.parent)) return;
  await context.recordParent(record, { signal: context.signal });
}
