import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import { parentRecordFor, unionOfParentRecords } from './apply-set.ts';
import { awaitHealth, below } from './await-health.ts';
import { hasOnly } from './codes.ts';
import { rehearseHooks } from './hook-sweep.ts';
import type { Member } from './member.ts';
import { applyOrder } from './order.ts';
import { type LeftAlone, planSync, type Plan, type PlannedApply } from './plan.ts';
import type { PreparedObject } from './prepare.ts';
import { decisionOn, isNamespace, rehearseAll } from './rehearse-all.ts';
import type { ObjectResult, StepContext, SyncInput, SyncRun } from './run-types.ts';

/** What validation found: the run to go on with, and whether it may. */
export interface Validated {
  readonly run: SyncRun;
  readonly rejected: boolean;
}

/** The plan of a sync as its input and options have it. */
export function planOf(input: SyncInput, view: StepContext['view']): Plan {
  const { options, select } = input;
  const plan = planSync({
    desired: input.desired,
    applySet: input.applySet,
    view,
    lastApplied: input.lastApplied,
    ...(options.write === undefined ? {} : { write: options.write }),
    ...(input.unmoved === true ? { unmoved: true } : {}),
    ...(input.unreachable === undefined ? {} : { unreachable: input.unreachable }),
    prune: {
      enabled: options.prune ?? false,
      allowEmpty: options.allowEmpty ?? false,
      ...(options.pruneLimit === undefined ? {} : { limit: options.pruneLimit }),
      ...(options.approval === undefined ? {} : { approval: options.approval }),
      ...(options.approved === undefined ? {} : { approved: options.approved }),
    },
    ...(input.mayTake === undefined ? {} : { mayTake: input.mayTake }),
    ...(input.ownerName === undefined ? {} : { ownerName: input.ownerName }),
  });
  return select === undefined ? plan : selectedOf(plan, select);
}

/** The part of a plan that is about these objects; limits and approvals stay those of the whole. */
function selectedOf(plan: Plan, select: (key: ObjectKey) => boolean): Plan {
  return {
    ...plan,
    apply: plan.apply.filter(({ desired }) => select(desired.key)),
    unchanged: plan.unchanged.filter(({ desired }) => select(desired.key)),
    prune: plan.prune.filter(({ key }) => select(key)),
    leaving: plan.leaving.filter(({ key }) => select(key)),
    blocked: plan.blocked.filter(({ key }) => select(key)),
  };
}

/**
 * Decides what the run applies and lets the server try all of it without storing anything. Every
 * refusal is collected; where there is one, the cluster is left as it is.
 */
export async function validate(run: SyncRun, context: StepContext): Promise<Validated> {
  const { input } = run;
  const plan = planOf(input, context.view);
  const results = new Map<string, ObjectResult>();
  for (const { desired, live } of plan.unchanged) results.set(desired.id, asDesired(desired, live));
  for (const { desired, live, reason } of plan.leftAlone ?? [])
    results.set(desired.id, leftAlone(desired, live, reason));
  const claimed = plan.blocked.filter(({ reason }) => reason === 'claimed');
  const skipped = input.options.shared === 'Skip';
  for (const { id, key, message } of claimed) {
    if (skipped) {
      results.set(id, { id, key, action: 'skipped', reason: 'claimed', problems: [] });
      continue;
    }
    const problem: Problem = { code: 'sync.claimed', message, where: { ...originOf(input, id), object: id } };
    results.set(id, { id, key, action: 'failed', reason: 'claimed', problems: [problem] });
  }
  for (const { id, key, reason } of plan.blocked)
    if (reason === 'unreachable') results.set(id, { id, key, action: 'skipped', reason, problems: [] });
  const pending: PlannedApply[] = [];
  for (const planned of plan.apply) {
    if (decisionOn(planned, input) === 'report') results.set(planned.desired.id, leftDrifted(planned));
    else pending.push(planned);
  }
  pending.push(...terminating(plan, input));
  const newNamespace = await missingNamespace(pending, context, input);
  const next: SyncRun = { ...run, phase: 'before', pending, newNamespace, results };
  const ill = illBefore(next, context);
  if (ill.length > 0) return { run: { ...next, problems: ill }, rejected: false };
  const rehearsed = await rehearseAll(next, context, claimed.length > 0 && !skipped);
  const problems = await rehearseHooks(rehearsed, context);
  const tried = problems.length === 0 ? rehearsed : { ...rehearsed, problems };
  return { run: tried, rejected: hasFailures(tried) };
}

/**
 * What has failed of that on which all that is left to do waits, where the same has failed for it before: nothing could be
 * applied, and what the server thinks of the rest was told then.
 */
function illBefore(run: SyncRun, context: StepContext): readonly Problem[] {
  const { input, pending } = run;
  if (input.unhealthy !== true || input.hooks !== undefined || input.options.dryRun === true) return [];
  const [first] = applyOrder(pending);
  return first === undefined ? [] : awaitHealth(below(first.wave, run), run, context).problems;
}

/** Whether any object of the run has failed. */
export function hasFailures(run: SyncRun): boolean {
  if (run.problems.length > 0) return true;
  for (const result of run.results.values()) if (result.action === 'failed') return true;
  return false;
}

function asDesired(desired: PlannedApply['desired'], live: NonNullable<PlannedApply['live']>): ObjectResult {
  const { fingerprint, uid, resourceVersion } = live;
  const { id, key } = desired;
  return { id, key, action: 'unchanged', reason: 'as-desired', problems: [], fingerprint, uid, resourceVersion };
}

function leftAlone({ id, key }: PreparedObject, live: Member | undefined, reason: LeftAlone['reason']): ObjectResult {
  const found = live === undefined ? {} : { fingerprint: live.fingerprint, uid: live.uid };
  return { id, key, action: 'unchanged', reason, problems: [], ...found };
}

function leftDrifted({ desired, live, reason }: PlannedApply): ObjectResult {
  const { id, key } = desired;
  return { id, key, action: 'drifted', reason, problems: [], fingerprint: live?.fingerprint };
}

function originOf(input: SyncInput, id: string): object {
  return input.desired.objects.find((object) => object.id === id)?.origin ?? {};
}

/** Desired objects whose live namesake is being deleted: applied once that is gone. */
function terminating(plan: Plan, input: SyncInput): PlannedApply[] {
  const ids = new Set(plan.blocked.filter(({ reason }) => reason === 'terminating').map(({ id }) => id));
  if (ids.size === 0) return [];
  return input.desired.objects
    .filter(({ id }) => ids.has(id))
    .map((desired) => ({ desired, live: undefined, reason: 'missing' }));
}

/**
 * The namespace that has to be created first. Asked of the server only where objects are to be made in
 * it and none of ours is there yet.
 */
async function missingNamespace(
  pending: readonly PlannedApply[],
  context: StepContext,
  input: SyncInput,
): Promise<string | undefined> {
  const name = input.options.createNamespace;
  if (name === undefined) return undefined;
  if (!pending.some(({ desired, live }) => live === undefined && desired.key.namespace === name)) return undefined;
  if (input.desired.objects.some(({ key }) => isNamespace(key) && key.name === name)) return undefined;
  for (const member of context.view.members()) if (member.key.namespace === name) return undefined;
  const key: ObjectKey = { group: '', kind: 'Namespace', namespace: '', name };
  try {
    const found = await context.cluster.get({ ...key, apiVersion: 'v1' }, { signal: context.signal });
    return found === undefined ? name : undefined;
  } catch (error) {
    // Who may not read the namespace may still write in it.
    if (hasOnly(error, 'kube.forbidden')) return undefined;
    throw error;
  }
}

/** What the parent must say before anything of this run is applied. */
export function parentBefore(run: SyncRun): SyncRun['parent'] {
  const { objects, hooks = [] } = run.input.desired;
  const keys = [...objects, ...(run.input.hooks === undefined ? [] : hooks)].map(({ key }) => key);
  return unionOfParentRecords(run.parent, parentRecordFor(keys, run.input.parentNamespace));
}
