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

/** The objects that an approval stands for. */
export interface ApprovalSet {
  /** Names exactly these objects: another object, or one of them made anew, needs another approval. */
  readonly token: string;
  /** Five characters for each object, sorted: what is left of them is known again. */
  readonly objects: string;
  /** Whether the limit asks, and not their annotations. */
  readonly overLimit: boolean;
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
  /** What was approved before: of it, whatever is left may go. */
  readonly approved?: ApprovalSet;
}

/** What became of the members that are not desired. */
export interface PrunePlan {
  readonly prune: readonly Member[];
  readonly leaving: readonly Member[];
  readonly blocked: readonly Blocked[];
  readonly approval?: string;
  /** What needs an approval, given or not. */
  readonly asking?: ApprovalSet;
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
  const set = approvalSet(asking, excess !== undefined);
  if (context.approval === set.token || isPartOf(set, context.approved)) {
    return { prune: free, leaving, blocked, asking: set };
  }
  const waiting = new Set(asking);
  for (const member of asking) {
    blocked.push(
      excess === undefined
        ? block(member, 'confirm', `${member.pruneWish?.annotation ?? ''} asks for approval`)
        : block(member, 'limit', excess),
    );
  }
  return {
    prune: free.filter((member) => !waiting.has(member)),
    leaving,
    blocked,
    approval: set.token,
    asking: set,
  };
}

/** Characters that stand for an object: 30 bits. */
const width = 5;

/** What an approval of these objects is. */
export function approvalSet(members: readonly Member[], overLimit: boolean): ApprovalSet {
  const lines = members.map(({ id, uid }) => `${id}\n${uid}\n`).toSorted();
  const objects = lines.map((line) => hash('sha256', line, 'base64url').slice(0, width));
  return {
    token: hash('sha256', lines.join(''), 'hex').slice(0, 12),
    objects: objects.toSorted().join(''),
    overLimit,
  };
}

/** How many objects it stands for. */
export function countOf({ objects }: ApprovalSet): number {
  return objects.length / width;
}

/** Whether all of it was approved, as a part of something larger. What annotations asked for is no word about a limit. */
function isPartOf(set: ApprovalSet, approved: ApprovalSet | undefined): boolean {
  if (approved === undefined || (set.overLimit && !approved.overLimit)) return false;
  const known = new Set(partsOf(approved.objects));
  return partsOf(set.objects).every((part) => known.has(part));
}

function partsOf(objects: string): readonly string[] {
  return Array.from({ length: objects.length / width }, (_, index) =>
    objects.slice(index * width, (index + 1) * width),
  );
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
