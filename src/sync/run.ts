import { applyPending, withResults } from './apply.ts';
import { awaitHealth } from './await-health.ts';
import {
  emptyParentRecord,
  type ParentRecord,
  parentRecordFor,
  parseGroupKind,
  sameParentRecord,
  unionOfParentRecords,
} from './apply-set.ts';
import type { Blocked } from './blocked.ts';
import type { Member } from './member.ts';
import type { Plan } from './plan.ts';
import { deleteStages, type Deletion } from './prune.ts';
import { reportOf } from './report.ts';
import { sweepHooks } from './hook-sweep.ts';
import { hooksIn, runHooks } from './hooks.ts';
import type { StepContext, StepOutcome, SyncInput, SyncRun, Wait } from './run-types.ts';
import { unreachableMessage } from './unreachable.ts';
import { hasFailures, planOf, validate } from './validate.ts';
import { isHeldBy } from './wave.ts';

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
    failing: [],
    hooks: new Map(),
    recorded: undefined,
    blocked: [],
    approval: undefined,
  };
}

/**
 * Takes a sync as far as it goes without waiting for the cluster: it makes calls, and where something has
 * to come true first (a definition established, an object gone, a hook ended) says what and returns. Call it
 * again with the run that it returned when that has changed.
 *
 * @throws PlumbError `cancelled` or the signal's reason when stopped; whatever a call throws that
 * belongs to no object. The run may then be begun anew: what was applied is found as it is.
 */
export async function stepSync(run: SyncRun, context: StepContext): Promise<StepOutcome> {
  context.signal.throwIfAborted();
  let current = run;
  if (current.phase === 'validate') {
    const validated = await validate(current, context);
    if (validated.rejected) return { kind: 'done', report: reportOf(validated.run, 'rejected') };
    current = resumed(validated.run);
  }
  while (current.phase !== 'ended') {
    if (context.stopping?.() === true) return stopped(current);
    const { run: next, waits, before } = await advance(current, context);
    // A wave that was left out for it is not over: who goes on after all begins with this phase again.
    if (context.stopping?.() === true) return stopped({ ...next, phase: current.phase });
    if (waits.length > 0) return { kind: 'waiting', run: next, for: waits, before };
    current = next;
  }
  return end(current, context);
}

function stopped(run: SyncRun): StepOutcome {
  return { kind: 'waiting', run, for: [], before: 'its end' };
}

/** Where a sync goes on whose hooks have run in part: one that had failed answers that, and begins nothing anew. */
function resumed(run: SyncRun): SyncRun {
  const { hooks, options } = run.input;
  if (options.dryRun === true) return { ...run, phase: 'prune', input: withoutHooks(run.input) };
  const known: SyncRun = { ...run, hooks: new Map(hooks?.done) };
  if (hooks?.failure === undefined) return known;
  const message = `it had failed when it was interrupted: ${hooks.failure}`;
  return { ...known, phase: 'answer', problems: [{ code: 'sync.hook-failed', message }] };
}

/** What one phase came to. */
interface Advanced {
  readonly run: SyncRun;
  readonly waits: readonly Wait[];
  readonly before: string;
}

type Phase = Exclude<SyncRun['phase'], 'validate' | 'ended'>;

const following: Readonly<Record<Phase, SyncRun['phase']>> = {
  before: 'apply',
  apply: 'prune',
  prune: 'after',
  after: 'prune-last',
  'prune-last': 'ended',
  answer: 'ended',
};

const acts: Readonly<Record<Phase, (run: SyncRun, context: StepContext) => Promise<Advanced>>> = {
  before: runFirst,
  apply: applyPending,
  prune: (run, context) => prune(run, context, false),
  after: runAfter,
  'prune-last': (run, context) => prune(run, context, true),
  answer: (run, context) => runHooks('SyncFail', run, context),
};

async function advance(run: SyncRun, context: StepContext): Promise<Advanced> {
  const phase = run.phase as Phase;
  const done = await acts[phase](run, context);
  if (done.waits.length > 0) return done;
  return { ...done, run: { ...done.run, phase: nextOf(phase, done.run) } };
}

/** What has failed is answered by the hooks for that, once. */
function nextOf(phase: Phase, run: SyncRun): SyncRun['phase'] {
  if (!hasFailures(run)) return following[phase];
  return phase === 'answer' || isRefused(run) ? 'ended' : 'answer';
}

/** Where the only object of the first stage was refused, nothing has been applied. */
function isRefused({ solo, results }: SyncRun): boolean {
  return solo !== undefined && results.get(solo)?.action === 'failed';
}

/** The hooks that run before everything; what they live in and are made of goes before even those. */
async function runFirst(run: SyncRun, context: StepContext): Promise<Advanced> {
  const hooks = hooksIn('PreSync', run.input);
  if (hooks.length === 0) return { run, waits: [], before: '' };
  const needed = run.pending.filter(({ desired }) => hooks.some((hook) => isHeldBy(hook.key, desired.key)));
  const first = await applyPending({ ...run, pending: needed, input: withoutHooks(run.input) }, context);
  const begun: SyncRun = { ...first.run, pending: run.pending, input: run.input };
  if (first.waits.length > 0 || hasFailures(begun)) return { ...first, run: begun };
  const { waits, problems } = awaitHealth(
    needed.map(({ desired }) => desired),
    begun,
    context,
  );
  if (waits.length > 0 || problems.length > 0) return { run: { ...begun, problems }, waits, before: 'PreSync' };
  return runHooks('PreSync', begun, context);
}

function withoutHooks({ hooks: _hooks, ...input }: SyncInput): SyncInput {
  return input;
}

/** The hooks that run once all is applied and healthy. */
async function runAfter(run: SyncRun, context: StepContext): Promise<Advanced> {
  if (hooksIn('PostSync', run.input).length === 0) return { run, waits: [], before: '' };
  const { waits, problems } = awaitHealth(run.input.desired.objects, run, context);
  if (waits.length > 0 || problems.length > 0) return { run: { ...run, problems }, waits, before: 'PostSync' };
  return runHooks('PostSync', run, context);
}

async function end(run: SyncRun, context: StepContext): Promise<StepOutcome> {
  await sweepHooks(run, context);
  if (hasFailures(run)) return { kind: 'done', report: reportOf(run, isRefused(run) ? 'rejected' : 'failed') };
  // Where only some were looked at, what else there is still needs its kind to be named.
  if (run.input.options.dryRun !== true && run.input.select === undefined) await narrowParent(run, context);
  return { kind: 'done', report: reportOf(run, 'synced') };
}

/** Deletes what is not desired any more: what is to go last in the phase for that, the rest before. */
async function prune(run: SyncRun, context: StepContext, last: boolean): Promise<Advanced> {
  const { input } = run;
  const before = last ? 'pruning last' : 'further pruning';
  const plan = planOf(input, context.view);
  const all = targetsOf(run, plan, context);
  const isLate = ({ pruneLast }: Member): boolean => pruneLast === true || input.options.pruneLast === true;
  const targets = all.filter((member) => isLate(member) === last);
  const pruning = run.pruning ?? new Set(all.map(({ uid }) => uid));
  if (last && targets.length > 0 && input.options.dryRun !== true) {
    const { waits, problems } = awaitHealth(input.desired.objects, run, context);
    if (waits.length > 0 || problems.length > 0) return { run: { ...run, problems }, waits, before };
  }
  const { run: pruned, deletion } = await deleteTargets({ ...run, pruning }, targets, plan, context);
  // What is pruned last goes after all else is gone.
  const late = !last && all.length > targets.length ? deletion.lingering : [];
  const known = new Set(all.map(({ id }) => id));
  const blocked = [...(last ? run.blocked : []), ...blockedBy(plan, known), ...deletion.blocked];
  const unique = [...new Map(blocked.map((each) => [each.id, each])).values()];
  const next: SyncRun = { ...pruned, blocked: unique, approval: plan.approval };
  return { run: next, waits: [...deletion.waits, ...late], before };
}

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
  if (targets.length > 0 && !dryRun) {
    const changes = targets.map(({ id, drift }) => ({ id, drift }));
    await context.beforeChanges?.(changes, { signal: context.signal });
  }
  const deletion = await deleteStages(
    { applySet, targets, leaving, gone: run.gone, dryRun, ...propagationOf(options) },
    context,
  );
  return { run: { ...withResults(run, deletion.results), gone: deletion.gone }, deletion };
}

function propagationOf({ propagation }: SyncRun['input']['options']): Pick<SyncRun['input']['options'], 'propagation'> {
  return propagation === undefined ? {} : { propagation };
}

/** Members that stay although they are not desired. */
function blockedBy(plan: Plan, deleted: ReadonlySet<string>): readonly Blocked[] {
  return plan.blocked.filter(({ id, reason }) => reason !== 'terminating' && !deleted.has(id));
}

/** Members that are not desired and whose deletion is under way; mostly there are none at all. */
function leavingIn({ input }: SyncRun, { view }: StepContext): readonly Member[] {
  for (const { deletionTimestamp } of view.members())
    if (deletionTimestamp !== undefined) return planOf(input, view).leaving;
  return [];
}

/** After a sync, the parent names no more kinds and namespaces than there are. */
async function narrowParent(run: SyncRun, context: StepContext): Promise<void> {
  const { desired, parentNamespace } = run.input;
  const remaining = [...run.blocked, ...leavingIn(run, context), ...(context.view.hooks?.() ?? [])];
  const hooks = run.input.hooks === undefined ? [] : (desired.hooks ?? []);
  const keys = [...desired.objects, ...hooks, ...remaining].map(({ key }) => key);
  const record = unionOfParentRecords(parentRecordFor(keys, parentNamespace), unseenOf(run));
  if (sameParentRecord(record, run.parent)) return;
  await context.recordParent(record, { signal: context.signal });
}

/** What the parent says of kinds that cannot be looked at: members of them may be left, in any of its namespaces. */
function unseenOf({ parent, input }: SyncRun): ParentRecord {
  const groupKinds = parent.groupKinds.filter(
    (name) => unreachableMessage(parseGroupKind(name), input.unreachable) !== undefined,
  );
  return groupKinds.length === 0 ? emptyParentRecord : { groupKinds, namespaces: parent.namespaces };
}
