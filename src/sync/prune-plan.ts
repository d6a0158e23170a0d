import { hash } from 'node:crypto';
import type { Member } from './member.ts';
import type { Blocked, BlockReason } from './blocked.ts';

/** How much a sync may delete without being asked. Whichever is passed first counts. */
export interface PruneLimit {
  /** At most so many objects. */
  readonly objects?: number;
  /** At most so many of a hundred members, 0 to 100. */
  readonly percent?: number;
}

/** What the user says about pruning. */
export interface PruneSettings {
  /** Delete members that are no longer desired. */
  readonly enabled: boolean;
  /** Delete them also where nothing at all is desired. */
  readonly allowEmpty?: boolean;
  readonly limit?: PruneLimit;
  /** The token that a person gave; it counts only for the very objects that it was made for. */
  readonly approval?: string;
}

/** What became of the members that are not desired. */
export interface PrunePlan {
  readonly prune: readonly Member[];
  readonly leaving: readonly Member[];
  readonly blocked: readonly Blocked[];
  readonly approval?: string;
}

/** What the guards must know besides the members. */
export interface PruneContext extends PruneSettings {
  /** Number of members before pruning. */
  readonly total: number;
  /** True where nothing at all is desired, and that is taken for a mistake. */
  readonly empty: boolean;
}

/**
 * Decides which members that are no longer desired are deleted. Nothing is, unless every guard lets it
 * go: a deletion is never an accident.
 */
export function planPrune(undesired: readonly Member[], context: PruneContext): PrunePlan {
  const leaving = undesired.filter((member) => member.deletionTimestamp !== undefined);
  const candidates = undesired.filter((member) => member.deletionTimestamp === undefined);
  if (context.empty) {
    const message = 'nothing at all is desired, which is taken for a mistake: nothing is pruned';
    return { prune: [], leaving, blocked: candidates.map((member) => block(member, 'empty-render', message)) };
  }
  const blocked = candidates.filter(isKept).map((member) => block(member, 'kept', keptMessage(member)));
  const free = candidates.filter((member) => !isKept(member));
  if (!context.enabled) {
    const message = 'it is no longer desired, and pruning is off';
    return { prune: [], leaving, blocked: [...blocked, ...free.map((member) => block(member, 'prune-off', message))] };
  }
  const excess = excessOver(context.limit, free.length, context.total);
  const asking = excess === undefined ? free.filter((member) => member.pruneWish?.wish === 'confirm') : free;
  if (asking.length === 0) return { prune: free, leaving, blocked };
  const approval = approvalToken(asking);
  if (context.approval === approval) return { prune: free, leaving, blocked };
  const waiting = new Set(asking);
  for (const member of asking) {
    blocked.push(
      excess === undefined
        ? block(member, 'confirm', `${member.pruneWish?.annotation ?? ''} asks for approval`)
        : block(member, 'limit', excess),
    );
  }
  return { prune: free.filter((member) => !waiting.has(member)), leaving, blocked, approval };
}

/** Names exactly these objects: another object, or one of them made anew, needs another approval. */
export function approvalToken(members: readonly Member[]): string {
  const lines = members.map((member) => `${member.id}\n${member.uid}\n`);
  return hash('sha256', lines.toSorted().join(''), 'hex').slice(0, 12);
}

function isKept(member: Member): boolean {
  return member.pruneWish?.wish === 'keep';
}

function keptMessage(member: Member): string {
  return `it is no longer desired, and ${member.pruneWish?.annotation ?? ''} keeps it`;
}

function excessOver(limit: PruneLimit | undefined, count: number, total: number): string | undefined {
  const what = `${count} of ${total} objects would be deleted`;
  if (limit?.objects !== undefined && count > limit.objects) {
    return `${what}, more than the ${limit.objects} that may without approval`;
  }
  if (limit?.percent !== undefined && count * 100 > limit.percent * total) {
    return `${what}, more than the ${limit.percent} % that may without approval`;
  }
  return undefined;
}

function block(member: Member, reason: BlockReason, message: string): Blocked {
  return { id: member.id, key: member.key, reason, message };
}
