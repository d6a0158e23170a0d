import { partOfLabel } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import { deleteHook, releaseHook } from './hook-calls.ts';
import { asDeleted, type Member } from './member.ts';
import { planPrune } from './prune-plan.ts';
import { deleteStages } from './prune.ts';
import { problemsAt } from './rehearse.ts';
import type { Problem } from '../errors.ts';
import type { Blocked } from './blocked.ts';
import type { ObjectResult, StepContext, Wait } from './run-types.ts';

/** What a teardown is made from. */
export interface TeardownInput {
  /** `applySetId(parent)`. */
  readonly applySet: string;
  /**
   * `Cascade`: the members are deleted, but for those whose annotations keep them; `Orphan`: they stay and
   * only lose the label, so that another ApplySet may take them.
   */
  readonly policy: 'Cascade' | 'Orphan';
  /** The token that approves the deletion of members whose annotation asks for it. */
  readonly approval?: string;
  /** Uids that earlier steps found gone. */
  readonly gone?: ReadonlySet<string>;
}

/** What came of one step of a teardown. */
export interface TeardownOutcome {
  /** Nothing of the ApplySet is left that this teardown would take away. */
  readonly done: boolean;
  readonly results: readonly ObjectResult[];
  readonly problems: readonly Problem[];
  /** What holds it up: objects being deleted, with their finalizers. */
  readonly waits: readonly Wait[];
  /** Members that wait for approval. */
  readonly blocked: readonly Blocked[];
  /** The token that approves them. */
  readonly approval?: string;
  /** To be given to the next step. */
  readonly gone: ReadonlySet<string>;
}

/**
 * Takes an ApplySet down as far as it goes without waiting; call it again on every change of a member
 * until it is done. What is left afterwards carries the label of the set no more.
 */
export async function stepTeardown(input: TeardownInput, context: StepContext): Promise<TeardownOutcome> {
  const gone = input.gone ?? new Set<string>();
  const members = [...context.view.members()].filter(({ uid }) => !gone.has(uid));
  const hooks = [...(context.view.hooks?.() ?? [])].filter(({ uid }) => !gone.has(uid));
  await Promise.all(hooks.map((hook) => releaseHook(hook, context)));
  if (input.policy === 'Orphan') return release([...members, ...hooks], [], gone, context);
  // Hooks have run: what they left is of no use without the rest, and holds nothing up.
  const leftOver = hooks.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
  await Promise.all(leftOver.map((hook) => deleteHook(hook, context)));
  const plan = planPrune(members.map(asDeleted), {
    enabled: true,
    ...(input.approval === undefined ? {} : { approval: input.approval }),
    total: members.length,
    empty: false,
  });
  const kept = new Set(plan.blocked.filter(({ reason }) => reason === 'kept').map(({ id }) => id));
  const asking = plan.blocked.filter(({ reason }) => reason === 'confirm');
  const { prune: targets, leaving } = plan;
  const deletion = await deleteStages({ applySet: input.applySet, targets, leaving, gone, dryRun: false }, context);
  const problems = deletion.results.flatMap((result) => result.problems);
  // Also the last stage has to be gone before the parent may go: a stuck deletion must stay visible.
  const waits = [...deletion.waits, ...deletion.lingering];
  if (waits.length > 0 || problems.length > 0 || asking.length > 0) {
    return {
      done: false,
      results: deletion.results,
      problems,
      waits,
      blocked: asking,
      ...(plan.approval === undefined ? {} : { approval: plan.approval }),
      gone: deletion.gone,
    };
  }
  const held = new Set(deletion.blocked.map(({ id }) => id));
  const left = members.filter(({ id }) => kept.has(id) || held.has(id));
  return release(left, deletion.results, deletion.gone, context);
}

/** Takes the label off objects that stay. */
async function release(
  members: readonly Member[],
  before: readonly ObjectResult[],
  gone: ReadonlySet<string>,
  context: StepContext,
): Promise<TeardownOutcome> {
  const released = new Set(gone);
  const problems: Problem[] = [];
  await Promise.all(
    members.map(async ({ id, key, uid, apiVersion }) => {
      try {
        const patch = { metadata: { uid, labels: { [partOfLabel]: null } } };
        await context.cluster.patch({ ...key, apiVersion }, patch, { type: 'merge', signal: context.signal });
        released.add(uid);
      } catch (error) {
        context.signal.throwIfAborted();
        // Gone, or another of the same name: nothing of ours is left there.
        if (hasOnly(error, 'kube.not-found') || hasOnly(error, 'kube.stale')) released.add(uid);
        else problems.push(...problemsAt({ id }, error));
      }
    }),
  );
  return { done: problems.length === 0, results: before, problems, waits: [], blocked: [], gone: released };
}
