import type { Problem } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { type AppliedObject, applyPlanned } from './apply-object.ts';
import { sameParentRecord } from './apply-set.ts';
import { awaitHealth, type Awaited, below, unhealthy } from './await-health.ts';
import { waitForBudget } from './deletion-budget.ts';
import type { PlannedApply } from './plan.ts';
import { applyOne } from './rehearse.ts';
import type { ObjectResult, StepContext, SyncRun, Wait } from './run-types.ts';
import { hooksIn, runHooks, slotOf } from './hooks.ts';
import { applyOrder, type WaveStages } from './order.ts';
import { kindWaits, misplaced } from './kind-waits.ts';
import { hasFailures, parentBefore } from './validate.ts';
import { unseenFor } from './verdict.ts';
import { leavingMessage } from './plan.ts';

/** What the applying of stages came to. */
export interface Applied {
  readonly run: SyncRun;
  /** What the next stage waits for; empty where all stages are done or one has failed. */
  readonly waits: readonly Wait[];
  /** What waits for that: `wave 2`, or an object's kind. */
  readonly before: string;
}

/**
 * Applies wave after wave, and in each stage after stage, until one has to wait or fails. Inside a stage all
 * goes at once, bounded by the client's own flow control. A wave begins once all below it is healthy; where
 * there is but one wave, nothing is waited for.
 */
export async function applyPending(start: SyncRun, context: StepContext): Promise<Applied> {
  let run = await recordParent(start, context);
  run = withLost(await createNamespace(run, context), context);
  await tellChanges(run, context);
  for (const { wave, stages } of wavesOf(run)) {
    if (hasFailures(run) || context.stopping?.() === true) break;
    if (isOver(wave, stages, run)) continue;
    const before = `wave ${wave}`;
    const lower = below(wave, run);
    const { waits, problems } = awaitHealth(lower, run, context);
    if (problems.length > 0) return { run: { ...run, problems }, waits: [], before };
    if (waits.length > 0) return { run: withSeen(run, context), waits, before };
    const applied = await applyWave(stages, run, context);
    if (applied.waits.length > 0) return applied;
    run = applied.run;
    if (hasFailures(run) || context.stopping?.() === true) break;
    const ran = await runHooks('Sync', run, context, wave);
    if (ran.waits.length > 0) return ran;
    run = ran.run;
  }
  return { run, waits: [], before: '' };
}

/** Tells what is still to be applied. */
async function tellChanges({ pending, results }: SyncRun, { beforeChanges, signal }: StepContext): Promise<void> {
  const open = pending.filter(({ desired }) => !results.has(desired.id));
  if (open.length === 0) return;
  const changes = open.map(({ desired: { id, options }, live }) => ({ id, drift: options?.drift ?? live?.drift }));
  await beforeChanges?.(changes, { signal });
}

/** The waves of what is to be applied, and of the hooks that run along with it. */
function wavesOf(run: SyncRun): readonly WaveStages<PlannedApply>[] {
  const order = applyOrder(run.pending);
  const known = new Set(order.map(({ wave }) => wave));
  const hooked = new Set(hooksIn('Sync', run.input).map((hook) => hook.wave ?? 0));
  const others = [...hooked].filter((wave) => !known.has(wave));
  if (others.length === 0) return order;
  return [...order, ...others.map((wave) => ({ wave, stages: [] }))].toSorted((a, b) => a.wave - b.wave);
}

function isOver(wave: number, stages: WaveStages<PlannedApply>['stages'], run: SyncRun): boolean {
  if (!stages.every((stage) => stage.every(({ desired }) => run.results.has(desired.id)))) return false;
  return hooksIn('Sync', run.input).every((hook) => (hook.wave ?? 0) !== wave || run.hooks.has(slotOf('Sync', hook)));
}

async function applyWave(
  stages: WaveStages<PlannedApply>['stages'],
  start: SyncRun,
  context: StepContext,
): Promise<Applied> {
  let run = start;
  for (const stage of withAwaitedLast(stages)) {
    if (hasFailures(run) || context.stopping?.() === true) break;
    const { waits, problems } = await waitsBefore(stage, run, context);
    if (problems.length > 0) return { run: { ...run, problems }, waits: [], before: kindsIn(stage) };
    if (waits.length > 0) return { run, waits, before: kindsIn(stage) };
    const todo = stage.filter(({ desired }) => !run.results.has(desired.id));
    run = withResults(run, await misplaced(todo, context));
    if (hasFailures(run)) break;
    run = await rehearseDeferred(todo, run, context);
    if (hasFailures(run)) break;
    const applied = await Promise.all(todo.map((planned) => applyPlanned(planned, run, context)));
    run = withApplied(run, applied);
    const leaving = [
      ...throttledWaits(applied, context),
      ...applied.flatMap((one) => (one.kind === 'recreating' ? one.wait : [])),
    ];
    if (leaving.length > 0 && !hasFailures(run)) return { run, waits: leaving, before: kindsIn(stage) };
  }
  return { run, waits: [], before: '' };
}

const isAwaited = ({ desired }: PlannedApply): boolean => desired.awaited === true;

/** Whatever brings a kind may be in the same wave: what waits for that comes after all others. */
function withAwaitedLast(stages: WaveStages<PlannedApply>['stages']): WaveStages<PlannedApply>['stages'] {
  const awaited = stages.flat().filter(isAwaited);
  if (awaited.length === 0) return stages;
  const others = stages.map((stage) => stage.filter((planned) => !isAwaited(planned)));
  return [...others.filter((stage) => stage.length > 0), awaited];
}

/** What is to be made anew waits for the limit of deletions like whatever else goes. */
function throttledWaits(applied: readonly AppliedObject[], { deletions }: StepContext): readonly Wait[] {
  const throttled = applied.flatMap((one) => (one.kind === 'throttled' ? one.planned : []));
  const [first] = throttled;
  return first === undefined || deletions === undefined
    ? []
    : [waitForBudget(first.desired.key, throttled.length, deletions)];
}

function withApplied(run: SyncRun, applied: readonly AppliedObject[]): SyncRun {
  const results = applied.flatMap((one) => (one.kind === 'result' ? one.result : []));
  const recreating = new Map(
    applied.flatMap((one) => (one.kind === 'result' ? [] : [[one.planned.desired.id, one.planned] as const])),
  );
  if (recreating.size === 0) return withResults(run, results);
  const pending = run.pending.map((planned) => recreating.get(planned.desired.id) ?? planned);
  return withResults({ ...run, pending }, results);
}

function kindsIn(stage: readonly PlannedApply[]): string {
  return [...new Set(stage.map(({ desired }) => desired.key.kind))].join(', ');
}

/** Notes what is there while the run waits. */
function withSeen(run: SyncRun, context: StepContext): SyncRun {
  const seen = run.input.desired.objects.filter(({ id, key }) => context.view.find(key, id) !== undefined);
  return { ...run, seen: new Set(seen.map(({ id }) => id)) };
}

/** What went while the run waited is applied once more: a wave that waits for it would wait for ever. */
function withLost(run: SyncRun, context: StepContext): SyncRun {
  if (run.seen.size === 0) return run;
  const lost = run.input.desired.objects.filter(
    ({ id, key, options }) =>
      options?.drift !== 'Ignore' &&
      run.seen.has(id) &&
      run.results.has(id) &&
      context.view.find(key, id) === undefined,
  );
  if (lost.length === 0) return run;
  const ids = new Set(lost.map(({ id }) => id));
  const again = lost.map((desired): PlannedApply => ({ desired, live: undefined, reason: 'missing' }));
  return {
    ...run,
    pending: [...run.pending.filter(({ desired }) => !ids.has(desired.id)), ...again],
    results: new Map([...run.results].filter(([id]) => !ids.has(id))),
  };
}

/** The run with more results. */
export function withResults(run: SyncRun, results: readonly ObjectResult[]): SyncRun {
  if (results.length === 0) return run;
  const all = new Map(run.results);
  for (const result of results) all.set(result.id, result);
  return { ...run, results: all };
}

/** Before anything of a new kind is made, the parent says so: what a dead run has left is found by it. */
export async function recordParent(run: SyncRun, context: StepContext): Promise<SyncRun> {
  const record = parentBefore(run);
  if (sameParentRecord(record, run.parent)) return run;
  await context.recordParent(record, { signal: context.signal });
  return { ...run, parent: record };
}

async function createNamespace(run: SyncRun, context: StepContext): Promise<SyncRun> {
  if (run.newNamespace === undefined) return run;
  const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: run.newNamespace } };
  const { fieldManager = 'plumbline', force = true } = run.input.options;
  const { signal } = context;
  await context.cluster.apply(object, { fieldManager, force, dryRun: false, fieldValidation: 'Strict', signal });
  return { ...run, newNamespace: undefined };
}

/** What has to come true before this stage is applied. */
async function waitsBefore(stage: readonly PlannedApply[], run: SyncRun, context: StepContext): Promise<Awaited> {
  const waits: Wait[] = [];
  for (const { desired } of stage) {
    if (run.results.has(desired.id)) continue;
    const live = context.view.find(desired.key);
    if (live?.deletionTimestamp !== undefined && !run.gone.has(live.uid)) {
      waits.push({ key: desired.key, condition: 'Deleted', message: leavingMessage(live) });
    }
  }
  const open = stage.flatMap(({ desired }) => (run.results.has(desired.id) ? [] : desired));
  const definitions = await definitionWaits(stage, run, context);
  return { ...definitions, waits: [...waits, ...definitions.waits, ...(await kindWaits(open, context))] };
}

/** Custom resources wait for their definition to be established and served. */
async function definitionWaits(stage: readonly PlannedApply[], run: SyncRun, context: StepContext): Promise<Awaited> {
  const custom = stage.filter(({ desired }) => desired.definedHere && !run.results.has(desired.id));
  const waits: Wait[] = [];
  const problems: Problem[] = [];
  if (custom.length === 0) return { waits, problems };
  for (const definition of run.input.desired.objects) {
    if (definition.key.kind !== 'CustomResourceDefinition') continue;
    if (!custom.some(({ desired }) => definition.key.name === `${desired.resource.plural}.${desired.key.group}`))
      continue;
    const health = context.view.find(definition.key)?.health ?? run.results.get(definition.id)?.health;
    if (health?.status === 'Healthy') continue;
    if (health?.status === 'Degraded' && unseenFor(definition, run, context) === undefined) {
      problems.push(unhealthy(definition, health));
    } else {
      waits.push({ key: definition.key, condition: 'Ready', message: health?.message ?? 'it is not there yet' });
    }
  }
  if (waits.length + problems.length > 0) return { waits, problems };
  return { waits: await unserved(custom, context), problems };
}

/** A kind is served a moment after its definition is established. */
async function unserved(custom: readonly PlannedApply[], context: StepContext): Promise<readonly Wait[]> {
  const { discovery } = context.cluster;
  const missing = (): readonly PlannedApply[] =>
    custom.filter(({ desired }) => discovery.find(desired.resource) === undefined);
  if (missing().length === 0) return [];
  await discovery.refresh({ signal: context.signal });
  return missing().map(({ desired }) => ({
    key: desired.key,
    condition: 'Ready',
    message: `the server does not serve ${desired.key.kind} yet`,
    retryAfter: 200,
  }));
}

/** The rehearsal of what could not be rehearsed before: its namespace or its kind is there only now. */
async function rehearseDeferred(todo: readonly PlannedApply[], run: SyncRun, context: StepContext): Promise<SyncRun> {
  if (run.input.options.validation === 'None') return run;
  const deferred = todo.filter(({ desired }) => run.deferred.has(desired.id));
  const refusals = await Promise.all(
    deferred.map(async ({ desired, reason }): Promise<ObjectResult | undefined> => {
      const outcome = await applyOne(context.cluster, desired, run.input.options, {
        dryRun: true,
        signal: context.signal,
      });
      if (outcome.kind !== 'refused') return undefined;
      const { id, key } = desired;
      return { id, key, action: 'failed', reason, problems: outcome.problems };
    }),
  );
  return withResults(
    run,
    refusals.filter((refusal) => refusal !== undefined),
  );
}
