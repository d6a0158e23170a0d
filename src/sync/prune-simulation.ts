import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import type { Blocked, BlockReason } from './blocked.ts';
import { type Companion, type Companions, companionsOf } from './companions.ts';
import type { Member } from './member.ts';
import { deletionOrder } from './order.ts';
import { leavingMessage } from './plan.ts';
import { deleteStages, type Deletion } from './prune.ts';
import type { StepContext, SyncInput } from './run-types.ts';
import { planOf } from './validate.ts';

/** What would become of one member that is no longer desired. */
export interface SimulatedDeletion {
  /** `formatKey(key)`. */
  readonly id: string;
  readonly key: ObjectKey;
  /**
   * `delete`: it would be deleted. `blocked`: a guard keeps it. `leaving`: it is being deleted already. `refused`: the API
   * server would not delete it. `not-reached`: something before it would be refused.
   */
  readonly outcome: 'delete' | 'blocked' | 'leaving' | 'refused' | 'not-reached';
  /** Why, in one word: `not-desired`, or the guard that keeps it. */
  readonly reason: 'not-desired' | BlockReason;
  /** The same for a person. */
  readonly message: string;
  /** Its place in the order, from 1: what has the same place goes together, once all before it is gone. */
  readonly step?: number;
  /** What would go with it: what it owns, and what lives in it. */
  readonly takes: readonly Companion[];
}

/** What a prune would do now. */
export interface PruneSimulation {
  /** What would go, in that order; after it what would not. */
  readonly deletions: readonly SimulatedDeletion[];
  /** What the API server would refuse. */
  readonly problems: readonly Problem[];
  /** Kinds that may not be listed, or whose API does not answer: what of them would go along is not known. */
  readonly unseen: readonly string[];
  /** The token that approves what waits for it. */
  readonly approval?: string;
}

type Context = Pick<StepContext, 'view' | 'cluster' | 'signal'>;

/** Asks of a prune what it would do, by the same plan, guards, order and calls, each of them a dry run; changes nothing. */
export async function simulatePrune(input: SyncInput, context: Context): Promise<PruneSimulation> {
  const plan = planOf(input, context.view);
  const isLate = ({ pruneLast }: Member): boolean => pruneLast === true || input.options.pruneLast === true;
  // In one order, wherever it is asked from: a view shows its members as they came.
  const all = plan.prune.toSorted(byId);
  const batches = [all.filter((member) => !isLate(member)), all.filter(isLate)];
  // Nothing is written down in a dry run.
  const step: StepContext = { ...context, recordParent: () => Promise.resolve() };
  let gone: ReadonlySet<string> = new Set();
  let steps = 0;
  const deletions: SimulatedDeletion[] = [];
  const problems: Problem[] = [];
  const wanted = new Set(input.desired.objects.map(({ id }) => id));
  const blocked = new Map(
    plan.blocked.filter(({ id, reason }) => ofPrune.has(reason) && !wanted.has(id)).map((each) => [each.id, each]),
  );
  const going: { readonly member: Member; readonly step: number }[] = [];
  const unreached: Member[] = [];
  for (const targets of batches) {
    if (problems.length > 0) {
      unreached.push(...targets);
      continue;
    }
    const { applySet } = input;
    const deletion = await deleteStages({ applySet, targets, leaving: plan.leaving, gone, dryRun: true }, step);
    gone = deletion.gone;
    for (const each of deletion.blocked) blocked.set(each.id, each);
    for (const result of deletion.results) problems.push(...result.problems);
    for (const stage of deletionOrder(targets)) {
      const went = stage.filter(({ id }) => hasGone(id, deletion));
      if (went.length > 0) steps += 1;
      going.push(...went.map((member) => ({ member, step: steps })));
      for (const member of stage) {
        const failed = deletion.results.find(({ id, action }) => id === member.id && action === 'failed');
        if (failed !== undefined) deletions.push(refused(member, failed.problems));
        else if (!went.includes(member) && !blocked.has(member.id)) unreached.push(member);
      }
    }
  }
  const companions = await companionsOf(
    going.map(({ member }) => member),
    context,
  );
  return {
    deletions: [
      ...going.map(({ member, step: at }) => deleted(member, at, companions)),
      ...plan.leaving
        .toSorted(byId)
        .map((member) => ({ ...about(member), outcome: 'leaving', message: leavingMessage(member) }) as const),
      ...deletions,
      ...unreached.map((member) => ({ ...about(member), outcome: 'not-reached', message: notReached }) as const),
      ...[...blocked.values()].toSorted(byId).map(kept),
    ],
    problems,
    unseen: companions.unseen,
    ...(plan.approval === undefined ? {} : { approval: plan.approval }),
  };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

const notReached = 'something that goes before it would be refused';

/** Blocks that are about deletions. */
const ofPrune: ReadonlySet<BlockReason> = new Set([
  'prune-off',
  'empty-render',
  'limit',
  'confirm',
  'kept',
  'holds-others',
  'unreachable',
]);

function hasGone(id: string, { results, blocked }: Deletion): boolean {
  if (blocked.some((each) => each.id === id)) return false;
  return results.some((result) => result.id === id && result.action === 'pruned');
}

function about({ id, key }: Member): Pick<SimulatedDeletion, 'id' | 'key' | 'reason' | 'takes'> {
  return { id, key, reason: 'not-desired', takes: [] };
}

function deleted(member: Member, step: number, { takes }: Companions): SimulatedDeletion {
  const message = 'it is no longer desired';
  return { ...about(member), outcome: 'delete', message, step, takes: takes.get(member.id) ?? [] };
}

function refused(member: Member, problems: readonly Problem[]): SimulatedDeletion {
  return { ...about(member), outcome: 'refused', message: problems.map(({ message }) => message).join('; ') };
}

function kept({ id, key, reason, message }: Blocked): SimulatedDeletion {
  return { id, key, outcome: 'blocked', reason, message, takes: [] };
}
