import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import { parentRecordFor, unionOfParentRecords } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import { planSync, type AppliedRecord, type Plan, type PlannedApply } from './plan.ts';
import { applyOne, changesNothing, wasCreated, type Rehearsal } from './rehearse.ts';
import type { ObjectResult, StepContext, SyncInput, SyncRun } from './run-types.ts';
import { applyStages } from './stages.ts';

/** What validation found: the run to go on with, and whether it may. */
export interface Validated {
  readonly run: SyncRun;
  readonly rejected: boolean;
}

/** The plan of a sync as its input and options have it. */
export function planOf(input: SyncInput, view: StepContext['view']): Plan {
  const { options } = input;
  return planSync({
    desired: input.desired,
    applySet: input.applySet,
    view,
    lastApplied: input.lastApplied,
    prune: {
      enabled: options.prune ?? false,
      ...(options.pruneLimit === undefined ? {} : { limit: options.pruneLimit }),
      ...(options.approval === undefined ? {} : { approval: options.approval }),
    },
    ...(input.mayTake === undefined ? {} : { mayTake: input.mayTake }),
  });
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
  const claimed = plan.blocked.filter(({ reason }) => reason === 'claimed');
  for (const { id, key, message } of claimed) {
    const problem: Problem = { code: 'sync.claimed', message, where: { ...originOf(input, id), object: id } };
    results.set(id, { id, key, action: 'failed', reason: 'claimed', problems: [problem] });
  }
  const reported = knownDrift(plan, input, results);
  const pending = [...plan.apply.filter(({ desired }) => !reported.has(desired.id)), ...terminating(plan, input)];
  const newNamespace = await missingNamespace(pending, context, input);
  const next: SyncRun = { ...run, phase: 'apply', pending, newNamespace, results };
  const rehearsed = await rehearseAll(next, context, claimed.length > 0);
  return { run: rehearsed, rejected: hasFailures(rehearsed) };
}

/** Whether any object of the run has failed. */
export function hasFailures(run: SyncRun): boolean {
  for (const result of run.results.values()) if (result.action === 'failed') return true;
  return false;
}

function asDesired(desired: PlannedApply['desired'], live: NonNullable<PlannedApply['live']>): ObjectResult {
  const { fingerprint, uid, resourceVersion } = live;
  const { id, key } = desired;
  return { id, key, action: 'unchanged', reason: 'as-desired', problems: [], fingerprint, uid, resourceVersion };
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

/** With `drift: Report`, drift that needs no rehearsal to be known: the object is gone, or was reported so before. */
function knownDrift(plan: Plan, input: SyncInput, results: Map<string, ObjectResult>): ReadonlySet<string> {
  const ids = new Set<string>();
  if (input.options.drift !== 'Report') return ids;
  for (const { desired, live, reason } of plan.apply) {
    const record = driftRecord(input, desired);
    if (record === undefined) continue;
    if (live !== undefined && (record.drifted === undefined || record.drifted !== live.fingerprint)) continue;
    ids.add(desired.id);
    const { id, key } = desired;
    results.set(id, { id, key, action: 'drifted', reason, problems: [], fingerprint: live?.fingerprint });
  }
  return ids;
}

/** The record of an object of which the same is desired as was last applied: any difference is drift. */
function driftRecord(input: SyncInput, desired: PlannedApply['desired']): AppliedRecord | undefined {
  const record = input.lastApplied.get(desired.id);
  return record?.digest === desired.digest ? record : undefined;
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

/** Whether this is the key of a namespace. */
export function isNamespace(key: ObjectKey): boolean {
  return key.kind === 'Namespace' && key.group === '';
}

async function rehearseAll(run: SyncRun, context: StepContext, refused: boolean): Promise<SyncRun> {
  const { input, pending } = run;
  const { options } = input;
  const results = new Map(run.results);
  const namespaces = pending.filter(({ desired }) => isNamespace(desired.key));
  const everything = options.validation !== 'None' || options.dryRun === true;
  const comers = new Set(run.newNamespace === undefined ? [] : [run.newNamespace]);
  const outcomes = new Map<string, Rehearsal>();
  if (everything) await rehearse(namespaces, run, context, outcomes);
  for (const { desired, live } of namespaces) {
    const outcome = outcomes.get(desired.id);
    const leaving = context.view.find(desired.key)?.deletionTimestamp !== undefined;
    if (leaving) comers.add(desired.key.name);
    else if (live === undefined && outcome?.kind === 'accepted' && !isStored(outcome)) comers.add(desired.key.name);
  }
  const deferred = new Set(
    pending
      .filter(
        ({ desired }) => desired.definedHere || comers.has(desired.key.namespace) || isLeaving(desired.key, context),
      )
      .map(({ desired }) => desired.id),
  );
  const others = pending
    .filter(({ desired }) => !outcomes.has(desired.id) && !deferred.has(desired.id))
    .filter(({ desired }) => everything || needsProof(desired, input));
  const solo = refused || !everything ? undefined : soloOf(run, others, outcomes);
  await rehearse(
    others.filter((planned) => planned !== solo),
    run,
    context,
    outcomes,
  );
  const failed = [...outcomes.values()].some(({ kind }) => kind === 'refused');
  if (failed && solo !== undefined) await rehearse([solo], run, context, outcomes);
  const remaining: PlannedApply[] = [];
  for (const planned of pending) {
    const outcome = outcomes.get(planned.desired.id);
    const result = outcome === undefined ? undefined : resultOfRehearsal(planned, outcome, input);
    if (result === undefined) remaining.push(planned);
    else results.set(planned.desired.id, result);
  }
  return { ...run, pending: remaining, deferred, solo: failed ? undefined : solo?.desired.id, results };
}

/** Only a rehearsal can tell drift that is to be left alone from a change that is to be applied. */
function needsProof(desired: PlannedApply['desired'], input: SyncInput): boolean {
  return input.options.drift === 'Report' && driftRecord(input, desired) !== undefined;
}

function isStored(outcome: Rehearsal): boolean {
  return outcome.kind === 'accepted' && outcome.member.resourceVersion !== '';
}

function isLeaving(key: ObjectKey, context: StepContext): boolean {
  return context.view.find(key)?.deletionTimestamp !== undefined;
}

/**
 * Where the first stage is a single object, its apply is as good as its rehearsal: if it is refused,
 * nothing has been applied yet. So the most frequent syncs of all, one changed object and one that
 * drifted, cost a single call.
 */
function soloOf(
  run: SyncRun,
  others: readonly PlannedApply[],
  rehearsed: ReadonlyMap<string, Rehearsal>,
): PlannedApply | undefined {
  const { options } = run.input;
  if (options.dryRun === true || options.drift === 'Report' || run.newNamespace !== undefined) return undefined;
  const [first] = applyStages(run.pending, ({ desired }) => desired.key);
  const [only] = first ?? [];
  if (first?.length !== 1 || only === undefined || rehearsed.has(only.desired.id)) return undefined;
  return others.includes(only) ? only : undefined;
}

async function rehearse(
  planned: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
  outcomes: Map<string, Rehearsal>,
): Promise<void> {
  await Promise.all(
    planned.map(async ({ desired }) => {
      const call = { dryRun: true, signal: context.signal };
      outcomes.set(desired.id, await applyOne(context.cluster, desired, run.input.options, call));
    }),
  );
}

/** A result where the rehearsal already settles the object; undefined where it is still to be applied. */
function resultOfRehearsal(planned: PlannedApply, outcome: Rehearsal, input: SyncInput): ObjectResult | undefined {
  const { id, key } = planned.desired;
  const { reason } = planned;
  if (outcome.kind === 'refused') return { id, key, action: 'failed', reason, problems: outcome.problems };
  const { uid, resourceVersion, fingerprint } = outcome.member;
  if (changesNothing(planned, outcome.member)) {
    return { id, key, action: 'unchanged', reason, problems: [], fingerprint, uid, resourceVersion };
  }
  if (input.options.drift === 'Report' && driftRecord(input, planned.desired) !== undefined) {
    return { id, key, action: 'drifted', reason, problems: [], fingerprint: planned.live?.fingerprint };
  }
  if (input.options.dryRun !== true) return undefined;
  const action = wasCreated(planned, outcome.result) ? 'created' : 'configured';
  return { id, key, action, reason, problems: [], fingerprint, uid, resourceVersion };
}

/** What the parent must say before anything of this run is applied. */
export function parentBefore(run: SyncRun): SyncRun['parent'] {
  const keys = run.input.desired.objects.map(({ key }) => key);
  return unionOfParentRecords(run.parent, parentRecordFor(keys, run.input.parentNamespace));
}
