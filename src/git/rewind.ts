import semver from 'semver';
import { problemsOf, type Problem } from '../errors.ts';
import { printable } from './verify-verdict.ts';

/** A commit, and what led to it. */
export interface Step<Id extends string> {
  readonly commit: Id;
  /** As `Resolved.ref` has it. */
  readonly ref: string;
}

/**
 * Why going from one commit to the other is a step back: the new one does not contain the old one, or it is a lower
 * version. Undefined where it is not. A higher version may come from another branch.
 * @param isAncestor whether the first commit is the second or is contained in it
 */
export async function findRewind<Id extends string>(
  last: Step<Id>,
  next: Step<Id>,
  isAncestor: (ancestor: Id, descendant: Id) => Promise<boolean>,
): Promise<Problem | undefined> {
  if (last.commit === next.commit) return undefined;
  const order = versionOrder(last.ref, next.ref);
  if (order > 0) return undefined;
  if (order < 0) {
    return rewind(next, `${name(next.ref)} is lower than ${name(last.ref)}, which was accepted before`);
  }
  const forward = await isAncestor(last.commit, next.commit).catch((error: unknown) => {
    // What was accepted last is not even here any more: then the new one does not contain it.
    if (problemsOf(error)[0].code === 'git.ref-not-found') return false;
    throw error;
  });
  if (forward) return undefined;
  return rewind(
    next,
    `${name(next.ref)} was moved to ${next.commit}, which does not contain ${last.commit}, the commit that was accepted last`,
  );
}

/** Above zero where the second of two version tags is the higher one; zero where they are not to be compared. */
function versionOrder(last: string, next: string): number {
  if (last === next) return 0;
  const [before, after] = [last, next].map((ref) =>
    ref.startsWith('refs/tags/') ? semver.parse(ref.slice('refs/tags/'.length)) : null,
  );
  return before && after ? after.compare(before) : 0;
}

function name(ref: string): string {
  return printable(ref.replace(/^refs\/(?:heads|tags)\//, ''));
}

function rewind(next: Step<string>, message: string): Problem {
  return { code: 'git.rewind', message, where: { commit: next.commit } };
}
