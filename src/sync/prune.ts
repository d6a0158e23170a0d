import { applySetOf } from './apply-set.ts';
import type { Member } from './member.ts';
import type { Propagation } from './object-options.ts';
import type { Blocked } from './blocked.ts';
import { leavingMessage } from './plan.ts';
import { hasOnly } from './codes.ts';
import { problemsAt } from './rehearse.ts';
import type { ObjectResult, StepContext, Wait } from './run-types.ts';
import { waitForBudget } from './deletion-budget.ts';
import { deletionOrder } from './order.ts';
import { heldIn, holdMessage } from './others-in.ts';

/** What a deletion is made from. */
export interface DeletionInput {
  /** Id of the ApplySet: its own objects do not count as those of others. */
  readonly applySet: string;
  /** To be deleted. */
  readonly targets: readonly Member[];
  /** Already being deleted. */
  readonly leaving: readonly Member[];
  /** Uids of objects that are known to be gone, whatever the view still shows. */
  readonly gone: ReadonlySet<string>;
  /** Ask the server to do all but delete. */
  readonly dryRun: boolean;
  /** What becomes of the objects that those own that do not say it themselves; deleted after them where left out. */
  readonly propagation?: Propagation;
}

/** What a deletion came to. */
export interface Deletion {
  readonly results: readonly ObjectResult[];
  readonly blocked: readonly Blocked[];
  readonly gone: ReadonlySet<string>;
  /** What later stages wait for. */
  readonly waits: readonly Wait[];
  /** What is still there of the last stage, for which nothing waits. */
  readonly lingering: readonly Wait[];
}

/**
 * Deletes stage by stage, the reverse of applying; each object by its uid, so that a namesake that was
 * made meanwhile stays. A later stage waits until the earlier one is gone: an operator must outlive what
 * only it can take down. The last stage is not waited for.
 */
export async function deleteStages(input: DeletionInput, context: StepContext): Promise<Deletion> {
  const results: ObjectResult[] = [];
  const blocked: Blocked[] = [];
  const gone = new Set(input.gone);
  const targets = new Set(input.targets);
  const everything = [...input.targets, ...input.leaving].filter(({ uid }) => !gone.has(uid));
  const staged = deletionOrder(everything);
  const going = new Set([...gone, ...everything.map(({ uid }) => uid)]);
  for (const [index, stage] of staged.entries()) {
    const waits: Wait[] = [];
    const throttled: Member[] = [];
    await Promise.all(
      stage.map(async (member) => {
        const outcome = targets.has(member) ? await deleteOne(member, input, going, context) : stillLeaving(member);
        if (outcome.result !== undefined) results.push(outcome.result);
        if (outcome.blocked !== undefined) blocked.push(outcome.blocked);
        if (outcome.wait !== undefined) waits.push(outcome.wait);
        if (outcome.gone === true) gone.add(member.uid);
        if (outcome.throttled === true) throttled.push(member);
      }),
    );
    if (results.some(({ action }) => action === 'failed')) break;
    const [first] = throttled;
    if (first !== undefined && context.deletions !== undefined) {
      const later = staged.slice(index + 1).flat();
      const count = throttled.length + later.filter((member) => targets.has(member)).length;
      const wait = waitForBudget(first.key, count, context.deletions);
      return { results, blocked, gone, waits: [wait, ...waits], lingering: [] };
    }
    if (waits.length === 0 || input.dryRun) continue;
    const last = index === staged.length - 1;
    if (last) return { results, blocked, gone, waits: [], lingering: waits };
    return { results, blocked, gone, waits, lingering: [] };
  }
  return { results, blocked, gone, waits: [], lingering: [] };
}

interface DeletedOne {
  readonly result?: ObjectResult;
  readonly blocked?: Blocked;
  readonly wait?: Wait;
  readonly gone?: boolean;
  /** No deletion may begin now. */
  readonly throttled?: boolean;
}

function stillLeaving(member: Member): DeletedOne {
  return { wait: { key: member.key, condition: 'Deleted', message: leavingMessage(member) } };
}

async function deleteOne(
  member: Member,
  input: DeletionInput,
  uids: ReadonlySet<string>,
  context: StepContext,
): Promise<DeletedOne> {
  const { id, key, uid, apiVersion } = member;
  const { signal, deletions } = context;
  const isLimited = !input.dryRun && deletions !== undefined;
  // Who has to wait makes no call.
  if (isLimited && deletions.delayFor(1) > 0) return { throttled: true };
  try {
    const held = await heldIn(member, { applySet: input.applySet, uids }, context);
    const message = holdMessage(held);
    if (message !== undefined) {
      return { blocked: { id, key, reason: 'holds-others', message, holders: held.holders } };
    }
    if (isLimited && !deletions.take()) return { throttled: true };
    const outcome = await context.cluster.delete(
      { ...key, apiVersion },
      {
        propagation: member.propagation ?? input.propagation ?? 'Background',
        preconditions: { uid },
        dryRun: input.dryRun,
        signal,
      },
    );
    const result: ObjectResult = { id, key, action: 'pruned', reason: 'not-desired', problems: [], uid };
    if (outcome.state === 'gone' || input.dryRun) return { result, gone: true };
    // A finalizer may have given the object back to somebody else in the meantime.
    if (applySetOf(outcome.object) === input.applySet) context.observe?.(outcome.object);
    const { deletionTimestamp, finalizers = [] } = outcome.object.metadata;
    const leaving = leavingMessage({ ...member, deletionTimestamp, finalizers });
    return { result, wait: { key, condition: 'Deleted', message: leaving } };
  } catch (error) {
    signal.throwIfAborted();
    // Another object has taken its name: ours is gone, and that one is not ours to delete.
    if (hasOnly(error, 'kube.stale')) return { gone: true };
    // What was announced by an APIService may be known still, and is served by nobody any more.
    if (hasOnly(error, 'kube.no-such-kind') && !(await isServed(key, context))) return { gone: true };
    const problems = problemsAt({ id }, error);
    return { result: { id, key, action: 'failed', reason: 'not-desired', problems, uid } };
  }
}

/** Whether the API server has the kind, or may have it: asked anew. */
async function isServed({ group, kind }: Member['key'], { cluster, signal }: StepContext): Promise<boolean> {
  await cluster.discovery.refresh({ signal });
  try {
    await cluster.discovery.resource({ group, kind }, { signal });
    return true;
  } catch (error) {
    if (hasOnly(error, 'kube.no-such-kind')) return false;
    if (hasOnly(error, 'kube.api-unavailable')) return true;
    throw error;
  }
}
