import { plumbError } from '../errors.ts';
import { isAncestor, isAncestorNearby } from './ancestry.ts';
import { openGeneration, type Core } from './core.ts';
import { completeHistory } from './fetch-batch.ts';
import { isShallow } from './history.ts';
import type { CommitId } from './ids.ts';
import { mergeBase } from './merge-base.ts';
import type { Objects } from './objects.ts';
import type { Resolved } from './resolve.ts';
import { keepObject } from './refs.ts';

/**
 * Whether a commit contains the other one; undefined where that cannot be told from what is here.
 * @throws PlumbError `git.ref-not-found` where one of them is not here
 */
export async function contains(
  core: Core,
  objects: Objects,
  ancestor: CommitId,
  descendant: CommitId,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  await objects.commit(ancestor);
  const generation = await openGeneration(core);
  if (generation === undefined) {
    const where = { repository: core.remote.url.text };
    throw plumbError('git.ref-not-found', `the mirror has no commit ${ancestor}`, { where });
  }
  if (!(await isShallow(generation.directory)))
    return isAncestor(objects, generation.directory, ancestor, descendant, signal);
  await objects.commit(descendant);
  return isAncestorNearby(core, generation, ancestor, descendant);
}

/** As `contains`; where it cannot be told, the whole history is fetched first. */
export async function containsForSure(
  core: Core,
  objects: Objects,
  ancestor: CommitId,
  descendant: CommitId,
  signal: AbortSignal,
): Promise<boolean> {
  const known = await contains(core, objects, ancestor, descendant, signal);
  if (known !== undefined) return known;
  await completeHistory(core, signal);
  return (await contains(core, objects, ancestor, descendant, signal)) ?? false;
}

/** A commit that a rewritten branch has left stays readable: Applications are still at it, and may go back to it. */
export async function keepIfLost(
  core: Core,
  objects: Objects,
  before: CommitId,
  now: CommitId,
  signal: AbortSignal,
): Promise<void> {
  const generation = await openGeneration(core);
  if (generation === undefined) return;
  // Nothing is ever removed from a mirror: the ref is for the day when it is fetched anew.
  const isLost = await contains(core, objects, before, now, signal).then(
    (contained) => contained === false,
    () => false,
  );
  if (isLost) await keepObject(generation.directory, before, signal);
}

/** The commit where two lines of history parted; undefined where they have nothing in common. */
export async function parting(
  core: Core,
  objects: Objects,
  one: CommitId,
  other: CommitId,
  signal: AbortSignal,
): Promise<Resolved | undefined> {
  const known = await openGeneration(core);
  // Where the history is cut, they may have parted behind the cut.
  if (known !== undefined && (await isShallow(known.directory))) await completeHistory(core, signal);
  const generation = await openGeneration(core);
  const commit = generation === undefined ? undefined : await mergeBase(generation.directory, one, other, signal);
  if (commit === undefined) return undefined;
  const { tree, committer, author, subject } = await objects.commit(commit);
  return { commit, tree, ref: commit, committedAt: committer.at, author, subject };
}
