import { plumbError, problemsOf } from '../errors.ts';
import { contains, keepIfLost } from './contains.ts';
import type { Core } from './core.ts';
import type { FetchQueue } from './fetch-batch.ts';
import type { CommitId } from './ids.ts';
import type { Objects } from './objects.ts';
import { repackWhenNeeded } from './repack.ts';
import { resolveRemembered, type Resolved } from './resolve.ts';
import { isKept, type Target, targetKey } from './selector.ts';

/** What a fetch found. */
export interface FetchOutcome {
  readonly resolved: Resolved;
  /** What the selector stood for before; undefined where it is seen for the first time. */
  readonly previous?: CommitId;
  /**
   * `advanced`: the new commit contains the one before. `forced`: it does not: the branch was rewritten, the tag was
   * moved, or a lower version is the highest one now. `moved`: a shallow mirror cannot tell which of the two; see
   * `isAncestor`. `created`: there was none before.
   */
  readonly change: 'unchanged' | 'advanced' | 'forced' | 'moved' | 'created';
}

/**
 * Fetches a target, and tells how that changed what it stands for.
 * @param since what the caller saw last; what the mirror held where it is not given
 * @throws PlumbError `git.ref-not-found`; as the queue
 */
export async function fetchAndCompare(
  entry: { readonly core: Core; readonly objects: Objects; readonly queue: FetchQueue },
  target: Target,
  signal: AbortSignal,
  since: CommitId | undefined,
): Promise<FetchOutcome> {
  const { core, objects, queue } = entry;
  const before = await resolveRemembered(core, objects, target);
  const pushed = core.pushed.get(targetKey(target));
  // A commit never changes: what is here need not be asked for.
  if (target.kind !== 'commit' || before === undefined) await queue.fetch(target, signal);
  // What is fetched now is newer than what was pushed before it was asked for.
  if (pushed !== undefined && core.pushed.get(targetKey(target)) === pushed) core.pushed.delete(targetKey(target));
  const resolved = await resolveRemembered(core, objects, target);
  if (resolved === undefined) throw notFound(core, target);
  if (before !== undefined && before.commit !== resolved.commit && (target.kind !== 'ref' || isKept(target.ref)))
    await keepIfLost(core, objects, before.commit, resolved.commit, signal);
  repackWhenNeeded(core);
  const previous = since ?? before?.commit;
  if (previous === undefined) return { resolved, change: 'created' };
  if (previous === resolved.commit) return { resolved, previous, change: 'unchanged' };
  const advanced = await contains(core, objects, previous, resolved.commit, signal).catch((error: unknown) => {
    // The commit before is not here any more: then what is here does not contain it.
    if (problemsOf(error)[0].code === 'git.ref-not-found') return false;
    throw error;
  });
  const change = advanced === undefined ? 'moved' : advanced ? 'advanced' : 'forced';
  return { resolved, previous, change };
}

/** The error of a target that the repository does not have. */
export function notFound(core: Core, target: Target): Error {
  const detail = target.kind === 'semver' ? 'no tag that is a version in the range' : 'none such';
  return plumbError('git.ref-not-found', `the repository has no ${target.name}: ${detail}`, {
    where: { repository: core.remote.url.text },
  });
}
