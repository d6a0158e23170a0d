import type { EndedSync } from '../controller/index.ts';

/** What was counted of one Application. */
export interface Tally {
  readonly syncs: Record<'succeeded' | 'failed' | 'stopped', number>;
  /** By group, kind and outcome, as `driftKey` joins them. */
  readonly drift: Map<string, number>;
  /** By group and kind. */
  readonly fights: Map<string, number>;
  deletions: number;
  /** Ids of the objects that were left at the last look. */
  left: ReadonlySet<string>;
}

/** Nothing has happened yet. */
export function newTally(): Tally {
  return {
    syncs: { succeeded: 0, failed: 0, stopped: 0 },
    drift: new Map(),
    fights: new Map(),
    deletions: 0,
    left: new Set(),
  };
}

const none: ReadonlySet<string> = new Set();

/** Group and kind of an object by its id: `apps/Deployment prod/web`, `Namespace prod`. */
export function kindOf(id: string): { readonly group: string; readonly kind: string } {
  const words = id.slice(0, Math.max(0, id.indexOf(' ')));
  const slash = words.indexOf('/');
  return { group: words.slice(0, Math.max(0, slash)), kind: words.slice(slash + 1) };
}

function countKind(counts: Map<string, number>, id: string, ...more: readonly string[]): void {
  const { group, kind } = kindOf(id);
  const key = [group, kind, ...more].join('/');
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A sync has ended. */
export function countSync(tally: Tally, { outcome, reverted, contested }: EndedSync): void {
  tally.syncs[wordOf(outcome)] += 1;
  for (const id of reverted) countKind(tally.drift, id, 'reverted');
  for (const id of contested) countKind(tally.fights, id);
}

/** Counts an object once for each time that it begins to be left. */
export function countLeft(tally: Tally, objects: readonly string[]): void {
  for (const id of objects) if (!tally.left.has(id)) countKind(tally.drift, id, 'left');
  tally.left = objects.length === 0 ? none : new Set(objects);
}

/** The outcome of a sync as a label says it. */
export function wordOf(outcome: EndedSync['outcome']): keyof Tally['syncs'] {
  return outcome === 'Succeeded' ? 'succeeded' : outcome === 'Stopped' ? 'stopped' : 'failed';
}
