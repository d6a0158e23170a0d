import type { KubeObject } from '../object.ts';
import { driftedFields } from './drifted-fields.ts';
import { leavingMessage, type PlannedApply } from './plan.ts';
import { clearFor, recreation } from './recreate.ts';
import { applyOne, changesNothing, type Rehearsal, wasCreated } from './rehearse.ts';
import { defaultFieldManager, type ObjectResult, type StepContext, type SyncRun, type Wait } from './run-types.ts';
import { unseenUntil } from './verdict.ts';

/** What the applying of one object came to. */
export type AppliedObject =
  | { readonly kind: 'result'; readonly result: ObjectResult }
  /** It is to be made anew, and the one before has not gone yet. */
  | { readonly kind: 'recreating'; readonly planned: PlannedApply; readonly wait: Wait }
  /** It is to be made anew, and no more may be deleted now. */
  | { readonly kind: 'throttled'; readonly planned: PlannedApply };

/** Applies an object; one whose change is refused is made anew where Git asks for that. */
export async function applyPlanned(planned: PlannedApply, run: SyncRun, context: StepContext): Promise<AppliedObject> {
  if (planned.recreate === true) return recreate(planned, run, context);
  const before = await driftOf(planned, run, context);
  const outcome = await writeNow(planned, run, context);
  if (outcome.kind !== 'refused') {
    const result = resultOf(planned, outcome, run, context);
    return { kind: 'result', result: withDrift(result, before, outcome, run) };
  }
  const next = await recreation(planned, outcome.problems, run.input, context);
  if (next.recreate) return recreate({ ...planned, recreate: true }, run, context);
  return failed(planned, next.problems);
}

async function recreate(planned: PlannedApply, run: SyncRun, context: StepContext): Promise<AppliedObject> {
  const { key } = planned.desired;
  const cleared = await clearFor(planned, run, context);
  if (cleared === 'throttled') return { kind: 'throttled', planned };
  if (cleared === 'deleting') {
    const live = context.view.find(key);
    const message = live === undefined ? 'it is being deleted to be made anew' : leavingMessage(live);
    return { kind: 'recreating', planned, wait: { key, condition: 'Deleted', message } };
  }
  if (cleared !== 'gone') return failed(planned, cleared);
  const outcome = await writeNow(planned, run, context);
  if (outcome.kind === 'refused') return failed(planned, outcome.problems);
  const result = resultOf(planned, outcome, run, context);
  return { kind: 'result', result: { ...result, action: 'recreated' } };
}

/** The object as somebody has changed it, which tells who; false where it is no drift, undefined where it is gone. */
async function driftOf(
  { desired, reason }: PlannedApply,
  { input }: SyncRun,
  { cluster, signal }: StepContext,
): Promise<KubeObject | undefined | false> {
  const isSame = input.isDrift === true || input.lastApplied.get(desired.id)?.digest === desired.digest;
  if (!isSame || reason === 'changed') return false;
  if (reason === 'missing') return undefined;
  try {
    return await cluster.get({ ...desired.key, apiVersion: desired.object.apiVersion }, { signal });
  } catch {
    // Who may not read it may still put it back.
    signal.throwIfAborted();
    return false;
  }
}

function withDrift(
  result: ObjectResult,
  before: KubeObject | undefined | false,
  outcome: Rehearsal,
  { input }: SyncRun,
): ObjectResult {
  if (before === false || outcome.kind !== 'accepted') return result;
  const fieldManager = input.options.fieldManager ?? defaultFieldManager;
  const found = before === undefined ? [] : driftedFields(before, outcome.result, fieldManager);
  // Nobody needs the values, which may be those of a Secret.
  return { ...result, drift: found.map(({ path, writers }) => ({ path, writers })) };
}

function writeNow({ desired }: PlannedApply, run: SyncRun, context: StepContext): Promise<Rehearsal> {
  const { cluster, judge, signal } = context;
  return applyOne(cluster, desired, run.input.options, { dryRun: false, judge, signal });
}

function failed({ desired: { id, key }, reason }: PlannedApply, problems: ObjectResult['problems']): AppliedObject {
  return { kind: 'result', result: { id, key, action: 'failed', reason, problems } };
}

function resultOf(
  planned: PlannedApply,
  outcome: Exclude<Rehearsal, { readonly kind: 'refused' }>,
  run: SyncRun,
  context: StepContext,
): ObjectResult {
  const { desired, reason } = planned;
  const { id, key } = desired;
  if (outcome.kind === 'exists') return { id, key, action: 'unchanged', reason: 'exists', problems: [] };
  context.observe?.(outcome.result);
  const { uid, resourceVersion, fingerprint, health } = outcome.member;
  const { ownership } = outcome;
  const action = actionOf(planned, outcome, run);
  const { now = Date.now } = context;
  const until = action === 'unchanged' ? undefined : unseenUntil(outcome.result, planned.live, now());
  const unseen = until === undefined ? {} : { unseenUntil: until };
  return { id, key, action, reason, problems: [], fingerprint, ownership, uid, resourceVersion, health, ...unseen };
}

function actionOf(
  planned: PlannedApply,
  outcome: Extract<Rehearsal, { readonly kind: 'accepted' }>,
  { input }: SyncRun,
): ObjectResult['action'] {
  if (wasCreated(planned, outcome.result)) return 'created';
  // A new resourceVersion alone says little: a status may have been written in between.
  const same =
    planned.live?.resourceVersion === outcome.member.resourceVersion || changesNothing(planned, outcome, input.options);
  return same ? 'unchanged' : 'configured';
}
