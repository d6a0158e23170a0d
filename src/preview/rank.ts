import { ruleOrder } from './rules.ts';
import type { PreviewChange } from './types.ts';

const kinds: readonly PreviewChange['change'][] = ['deleted', 'recreated', 'changed', 'created'];

/** The gravest changes first; of equally grave ones those that delete, and then by name, so that the order is always the same. */
export function rank(changes: readonly PreviewChange[]): readonly PreviewChange[] {
  return changes.toSorted(
    (a, b) => gravity(a) - gravity(b) || kinds.indexOf(a.change) - kinds.indexOf(b.change) || (a.id < b.id ? -1 : 1),
  );
}

/** Place of its gravest risk in the table of rules; behind all of them where it has none. */
function gravity({ risks }: PreviewChange): number {
  return ruleOrder(risks[0]?.rule);
}
