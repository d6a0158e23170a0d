import { applyPending, withResults } from './apply.ts';
import { awaitHealth, type Awaited } from './await-health.ts';
import { parentRecordFor, sameParentRecord } from './apply-set.ts';
import type { Blocked } from './blocked.ts';
import type { Member } from './member.ts';
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
    seen: new Set(),
    pruning: undefined,
    problems: [],
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
    const { run: applied, waits, before } = await applyPending(current, context);
    if (waits.length > 0) return { kind: 'waiting', run: applied, for: waits, before };
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
  const targets = targetsOf(run, plan, context);
  const begun: SyncRun = { ...run, pruning: run.pruning ?? new Set(targets.map(({ uid }) => uid)) };
  const late = new Set(targets.filter(({ pruneLast }) => pruneLast === true || input.options.pruneLast === true));
  const early = targets.filter((member) => !late.has(member));
  const first = await deleteTargets(begun, early, plan, context);
  let pruned = first.run;
  const { waits, lingering } = first.deletion;
  // What is pruned last goes after all else is gone.
  const leaving = late.size > 0 ? [...waits, ...lingering] : waits;
  if (leaving.length > 0) return { kind: 'waiting', run: pruned, for: leaving, before: 'further pruning' };
  const deletions = [first.deletion];
  if (late.size > 0 && !hasFailures(pruned)) {
    const health = dryRun ? nothingAwaited : awaitHealth(input.desired.objects, pruned, context);
    if (health.waits.length > 0) return { kind: 'waiting', run: pruned, for: health.waits, before: 'pruning last' };
    pruned = { ...pruned, problems: health.problems };
    if (health.problems.length === 0) {
      const last = await deleteTargets(pruned, [...late], plan, context);
      pruned = last.run;
      if (last.deletion.waits.length > 0) {
        return { kind: 'waiting', run: pruned, for: last.deletion.waits, before: 'further pruning' };
      }
      deletions.push(last.deletion);
    }
  }
  const deleted = new Set(targets.map(({ id }) => id));
  const blocked = [...blockedBy(plan, deleted), ...deletions.flatMap((deletion) => deletion.blocked)];
  if (hasFailures(pruned)) return { kind: 'done', report: reportOf(pruned, 'failed', blocked, plan.approval) };
  if (!dryRun) await narrowParent(pruned, [...blocked, ...plan.leaving], context);
  return { kind: 'done', report: reportOf(pruned, 'synced', blocked, plan.approval) };
}

const nothingAwaited: Awaited = { waits: [], problems: [] };

/** What is still to be deleted: what the first look decided, or where this is the first, what the plan says. */
function targetsOf(run: SyncRun, plan: Plan, context: StepContext): readonly Member[] {
  const { pruning } = run;
  if (pruning === undefined) return plan.prune;
  const held = new Set(
    plan.blocked.filter(({ reason }) => reason === 'limit' || reason === 'confirm').map(({ id }) => id),
  );
  const left = [...context.view.members()].filter(({ id, uid }) => held.has(id) && pruning.has(uid));
  return [...plan.prune.filter(({ uid }) => pruning.has(uid)), ...left];
}

async function deleteTargets(
  run: SyncRun,
  targets: readonly Member[],
  plan: Plan,
  context: StepContext,
): Promise<{ readonly run: SyncRun; readonly deletion: Deletion }> {
  const { applySet, options } = run.input;
  const { leaving } = plan;
  const dryRun = options.dryRun === true;
  const deletion = await deleteStages(
    { applySet, targets, leaving, gone: run.gone, dryRun, withOthers: false },
    context,
  );
  return { run: { ...withResults(run, deletion.results), gone: deletion.gone }, deletion };
}

/** Members that stay although they are not desired. */
function blockedBy(plan: Plan, deleted: ReadonlySet<string>): readonly Blocked[] {
  return plan.blocked.filter(({ id, reason }) => reason !== 'claimed' && reason !== 'terminating' && !deleted.has(id));
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
