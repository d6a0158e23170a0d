import { LRUCache } from 'lru-cache';
import type { Core } from './core.ts';
import type { CommitId } from './ids.ts';
import type { Objects } from './objects.ts';
import type { NewTip } from './push.ts';
import { resolveRemembered } from './resolve.ts';
import { parseSelector, targetKey } from './selector.ts';

/** Where a branch was pushed to from here, since it was fetched. */
export interface PushedTip {
  /** Where the mirror has the branch: once it is elsewhere, that is newer. */
  readonly base: CommitId | undefined;
  readonly commit: CommitId;
}

/** Branches that were pushed and not fetched since, by `targetKey`. */
export type PushedTips = LRUCache<string, PushedTip>;

/** Nothing was pushed yet. */
export const createPushedTips = (): PushedTips => new LRUCache({ max: 500 });

/** Notes a push that the server took. */
export function notePushed({ pushed }: Core, { branch, expected, commit }: NewTip): void {
  const key = targetKey(parseSelector({ branch }));
  const before = pushed.get(key);
  // Many pushes may come before the next fetch.
  pushed.set(key, { base: before !== undefined && before.commit === expected ? before.base : expected, commit });
}

/** Where a branch is as far as is known here, without asking the server: as fetched, or as pushed since. */
export async function tipHere(core: Core, objects: Objects, branch: string): Promise<CommitId | undefined> {
  const target = parseSelector({ branch });
  const fetched = (await resolveRemembered(core, objects, target))?.commit;
  const since = core.pushed.get(targetKey(target));
  return since !== undefined && since.base === fetched ? since.commit : fetched;
}
