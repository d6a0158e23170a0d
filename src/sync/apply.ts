import type { KubeObject } from '../object.ts';
import { sameParentRecord } from './apply-set.ts';
import type { PlannedApply } from './plan.ts';
import { applyOne, changesNothing, type Rehearsal, wasCreated } from './rehearse.ts';
import type { ObjectResult, StepContext, SyncRun, Wait } from './run-types.ts';
import { applyStages } from './stages.ts';
import { hasFailures, parentBefore } from './validate.ts';
import { leavingMessage } from './plan.ts';

/** What the applying of stages came to. */
export interface Applied {
  readonly run: SyncRun;
  /** What the next stage waits for; empty where all stages are done or one has failed. */
  readonly waits: readonly Wait[];
}

/**
 * Applies stage after stage until one has to wait or fails. Inside a stage all goes at once, bounded by
 * the client's own flow control.
 */
export async function applyPending(start: SyncRun, context: StepContext): Promise<Applied> {
  let run = await recordParent(start, context);
  run = await createNamespace(run, context);
  for (const stage of applyStages(run.pending, ({ desired }) => desired.key)) {
    if (hasFailures(run)) break;
    const waits = await waitsBefore(stage, run, context);
    if (waits.length > 0) return { run, waits };
    const todo = stage.filter(({ desired }) => !run.results.has(desired.id));
    run = await rehearseDeferred(todo, run, context);
    if (hasFailures(run)) break;
    const results = await Promise.all(todo.map((planned) => applyPlanned(planned, run, context)));
    run = withResults(run, results);
  }
  return { run, waits: [] };
}

/** The run with more results. */
export function withResults(run: SyncRun, results: readonly ObjectResult[]): SyncRun {
  if (results.length === 0) return run;
  const all = new Map(run.results);
  for (const result of results) all.set(result.id, result);
  return { ...run, results: all };
}

async function recordParent(run: SyncRun, context: StepContext): Promise<SyncRun> {
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
async function waitsBefore(
  stage: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
): Promise<readonly Wait[]> {
  const waits: Wait[] = [];
  for (const { desired } of stage) {
    if (run.results.has(desired.id)) continue;
    const live = context.view.find(desired.key);
    if (live?.deletionTimestamp !== undefined && !run.gone.has(live.uid)) {
      waits.push({ key: desired.key, condition: 'Deleted', message: leavingMessage(live) });
    }
  }
  return [...waits, ...(await definitionWaits(stage, run, context))];
}

/** Custom resources wait for their definition to be established and served. */
async function definitionWaits(
  stage: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
): Promise<readonly Wait[]> {
  const custom = stage.filter(({ desired }) => desired.definedHere && !run.results.has(desired.id));
  if (custom.length === 0) return [];
  const waits: Wait[] = [];
  for (const definition of run.input.desired.objects) {
    if (definition.key.kind !== 'CustomResourceDefinition') continue;
    if (!custom.some(({ desired }) => definition.key.name === `${desired.resource.plural}.${desired.key.group}`))
      continue;
    const health = context.view.find(definition.key)?.health ?? run.results.get(definition.id)?.health;
    if (health?.status === 'Healthy') continue;
    waits.push({ key: definition.key, condition: 'Ready', message: health?.message ?? 'it is not there yet' });
  }
  if (waits.length > 0) return waits;
  return unserved(custom, context);
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
      if (outcome.kind === 'accepted') return undefined;
      const { id, key } = desired;
      return { id, key, action: 'failed', reason, problems: outcome.problems };
    }),
  );
  return withResults(
    run,
    refusals.filter((refusal) => refusal !== undefined),
  );
}

async function applyPlanned(planned: PlannedApply, run: SyncRun, context: StepContext): Promise<ObjectResult> {
  const { desired, reason } = planned;
  const { id, key } = desired;
  const outcome = await applyOne(context.cluster, desired, run.input.options, {
    dryRun: false,
    signal: context.signal,
  });
  if (outcome.kind === 'refused') return { id, key, action: 'failed', reason, problems: outcome.problems };
  context.observe?.(outcome.result);
  const { uid, resourceVersion, fingerprint, health } = outcome.member;
  const action = actionOf(planned, outcome);
  return {
    id,
    key,
    action,
    reason,
    problems: [],
    fingerprint,
    ownership: outcome.ownership,
    uid,
    resourceVersion,
    health,
  };
}

function actionOf(
  planned: PlannedApply,
  outcome: Extract<Rehearsal, { readonly kind: 'accepted' }>,
): ObjectResult['action'] {
  if (wasCreated(planned, outcome.result)) return 'created';
  // A new resourceVersion alone says little: a status may have been written in between.
  const same = planned.live?.resourceVersion === outcome.member.resourceVersion || changesNothing(planned, outcome);
  return same ? 'unchanged' : 'configured';
}
