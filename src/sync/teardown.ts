import { parseGroupKind, partOfLabel } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import {
  type DeletionPhase,
  disown,
  endRunning,
  holdersOfLast,
  isOfDeletion,
  runDeletionHooks,
} from './deletion-hooks.ts';
import { holdsMore } from './holding-kinds.ts';
import { deleteHook, releaseHook } from './hook-calls.ts';
import { hooksIn } from './hooks.ts';
import { asDeleted, type Member } from './member.ts';
import { withoutUnreachable } from './plan.ts';
import { type ApprovalSet, planPrune, type PrunePlan } from './prune-plan.ts';
import { deleteStages, type Deletion } from './prune.ts';
import { problemsAt } from './rehearse.ts';
import type { Problem } from '../errors.ts';
import type { Blocked } from './blocked.ts';
import type { ObjectResult, StepContext, SyncRun, Wait } from './run-types.ts';
import { type Unreachable, unreachableMessage } from './unreachable.ts';

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
  /** What was approved before: of it, whatever is left may go. */
  readonly approved?: ApprovalSet;
  /** Uids that earlier steps found gone. */
  readonly gone?: ReadonlySet<string>;
  /** Kinds of the ApplySet that cannot be looked at now: it is not done before they can. None where left out. */
  readonly unreachable?: Unreachable;
  /**
   * The hooks of the deletion (`createDeletionRun`), as the last step left them; none run where left out. Where members
   * stay none run: what they clean up after stays as well.
   */
  readonly hooks?: SyncRun;
}

/** What came of one step of a teardown. */
export interface TeardownOutcome {
  /** Nothing of the ApplySet is left that this teardown would take away. */
  readonly done: boolean;
  readonly results: readonly ObjectResult[];
  readonly problems: readonly Problem[];
  /** What holds it up: hooks that run, objects being deleted, with their finalizers. */
  readonly waits: readonly Wait[];
  /** Members that wait for approval. */
  readonly blocked: readonly Blocked[];
  /** The token that approves them. */
  readonly approval?: string;
  /** What needs an approval, given or not. */
  readonly asking?: ApprovalSet;
  /** To be given to the next step. */
  readonly gone: ReadonlySet<string>;
  /** To be given to the next step. */
  readonly hooks?: SyncRun;
  /** The phase of hooks that holds it up, by `waits` or `problems`. */
  readonly phase?: DeletionPhase;
  /** Why hooks were passed over that can never run. */
  readonly passed: readonly Problem[];
}

/**
 * Takes an ApplySet down as far as it goes without waiting; call it again on every change of a member
 * until it is done. What is left afterwards carries the label of the set no more.
 */
export async function stepTeardown(input: TeardownInput, context: StepContext): Promise<TeardownOutcome> {
  const gone = input.gone ?? new Set<string>();
  const members = [...context.view.members()].filter(({ uid }) => !gone.has(uid));
  const unseen = unseenWaits(members, input.unreachable);
  if (input.policy === 'Orphan') {
    const hooks = liveHooks(gone, context);
    await Promise.all(hooks.map((hook) => releaseHook(hook, context)));
    const seen = members.filter(({ key }) => unreachableMessage(key, input.unreachable) === undefined);
    const released = await release([...seen, ...hooks], [], gone, context);
    return { ...released, done: released.done && unseen.length === 0, waits: [...released.waits, ...unseen] };
  }
  const before = await runPhase('PreDelete', { run: input.hooks, gone, passed: [] }, context);
  if (before.held !== undefined) return before.held;
  // Hooks of syncs have run: what they left is of no use without the rest, and holds nothing up.
  await endHooks((hook) => before.run === undefined || !isOfDeletion(hook), gone, context);
  const whole = planPrune(members.map(asDeleted), {
    enabled: true,
    ...(input.approval === undefined ? {} : { approval: input.approval }),
    ...(input.approved === undefined ? {} : { approved: input.approved }),
    total: members.length,
    empty: false,
  });
  const plan = withoutUnreachable(whole, input);
  const asking = plan.blocked.filter(({ reason }) => reason === 'confirm');
  const last = holdersOfLast(before.run, members);
  const first = await deletePart((member) => !last.has(member.id), { ...input, gone }, plan, context);
  const known = { ...(before.run === undefined ? {} : { hooks: before.run }), passed: before.passed };
  if (first.isOpen || asking.length > 0 || unseen.length > 0) {
    const opened = open(first, plan, asking);
    return { ...opened, waits: [...opened.waits, ...unseen], ...known };
  }
  const after = await runPhase('PostDelete', { run: before.run, gone: first.gone, passed: before.passed }, context);
  if (after.held !== undefined) return after.held;
  await endHooks(() => true, gone, context);
  const ended = { ...(after.run === undefined ? {} : { hooks: after.run }), passed: after.passed };
  const second = await deletePart((member) => last.has(member.id), { ...input, gone: first.gone }, plan, context);
  const both = { ...second, results: [...first.results, ...second.results] };
  if (second.isOpen) return { ...open(both, plan, asking), ...ended };
  const kept = new Set(plan.blocked.filter(({ reason }) => reason === 'kept').map(({ id }) => id));
  const held = new Set([...first.blocked, ...second.blocked].map(({ id }) => id));
  const left = members.filter(({ id }) => kept.has(id) || held.has(id));
  return { ...(await release(left, both.results, second.gone, context)), ...ended };
}

/** What cannot be looked at, and is waited for: objects that were seen before by their names, the others by their kind. */
function unseenWaits(members: readonly Member[], unreachable: Unreachable = new Map()): readonly Wait[] {
  return [...unreachable].flatMap(([name]): readonly Wait[] => {
    const { group, kind } = parseGroupKind(name);
    const message = `${unreachableMessage({ group, kind }, unreachable) ?? ''}, so that it is not known what is left of it`;
    const known = members.filter(({ key }) => key.group === group && key.kind === kind);
    const keys = known.length === 0 ? [{ group, kind, namespace: '', name: '*' }] : known.map(({ key }) => key);
    return keys.map((key) => ({ key, condition: 'Deleted', message }));
  });
}

interface PhaseState {
  readonly run: SyncRun | undefined;
  readonly gone: ReadonlySet<string>;
  readonly passed: readonly Problem[];
}

/** Runs the hooks of a phase; `held` is the outcome of the step where they hold it up. */
async function runPhase(
  phase: DeletionPhase,
  { run, gone, passed }: PhaseState,
  context: StepContext,
): Promise<PhaseState & { readonly held?: TeardownOutcome }> {
  if (run === undefined) return { run, gone, passed };
  const running = phase === 'PreDelete' && hooksIn(phase, run.input).length > 0 ? await endRunning(gone, context) : [];
  const ran =
    running.length > 0
      ? { run, waits: running, problems: [], passed: [] }
      : await runDeletionHooks(phase, run, context);
  const next: PhaseState = { run: ran.run, gone, passed: [...passed, ...ran.passed] };
  const { waits, problems } = ran;
  if (waits.length === 0 && problems.length === 0) return next;
  return {
    ...next,
    held: { done: false, results: [], problems, waits, blocked: [], gone, hooks: ran.run, phase, passed: next.passed },
  };
}

function liveHooks(gone: ReadonlySet<string>, context: StepContext): readonly Member[] {
  return [...(context.view.hooks?.() ?? [])].filter(({ uid }) => !gone.has(uid));
}

function stays(hook: Member): boolean {
  return holdsMore(hook.key) || asDeleted(hook).pruneWish?.wish === 'keep';
}

/** Deletes what hooks have left, and lets go what still holds it. What its annotations keep stays, and what holds more. */
async function endHooks(
  isMeant: (hook: Member) => boolean,
  gone: ReadonlySet<string>,
  context: StepContext,
): Promise<void> {
  const hooks = liveHooks(gone, context).filter(isMeant);
  await Promise.all(hooks.map((hook) => releaseHook(hook, context)));
  const leftOver = hooks.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
  await Promise.all(leftOver.map((hook) => (stays(hook) ? disown(hook, context) : deleteHook(hook, context))));
}

type DeletedPart = Deletion & { readonly isOpen: boolean };

/** Deletes those of the plan that are meant. */
async function deletePart(
  isMeant: (member: Member) => boolean,
  { applySet, gone }: { readonly applySet: string; readonly gone: ReadonlySet<string> },
  plan: PrunePlan,
  context: StepContext,
): Promise<DeletedPart> {
  const [targets, leaving] = [plan.prune.filter(isMeant), plan.leaving.filter(isMeant)];
  const deletion = await deleteStages({ applySet, targets, leaving, gone, dryRun: false }, context);
  const { waits, lingering, results } = deletion;
  // Also the last stage has to be gone before anything else may go on: a stuck deletion must stay visible.
  const isOpen = [...waits, ...lingering].length > 0 || results.some(({ problems }) => problems.length > 0);
  return { ...deletion, isOpen };
}

function open(
  { results, waits, lingering, gone }: Deletion,
  { approval, asking }: PrunePlan,
  blocked: readonly Blocked[],
): Omit<TeardownOutcome, 'passed'> {
  const problems = results.flatMap((result) => result.problems);
  const more = { ...(approval === undefined ? {} : { approval }), ...(asking === undefined ? {} : { asking }) };
  return { done: false, results, problems, waits: [...waits, ...lingering], blocked, ...more, gone };
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
  const done = problems.length === 0;
  return { done, results: before, problems, waits: [], blocked: [], gone: released, passed: [] };
}
