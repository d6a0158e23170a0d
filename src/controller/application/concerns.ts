import type { Ref } from '../../api/index.ts';
import type { RefMove } from '../../forge/index.ts';
import type { Version } from '../rendering/origin.ts';

/**
 * Whether news from a forge may mean that a reference stands for something else than what was seen last, accepted or
 * not. Where in doubt it may: looking in vain costs one request.
 */
export function isNews(
  ref: Ref | undefined,
  seen: Pick<Version, 'revision' | 'ref'> | undefined,
  move: RefMove,
): boolean {
  if (seen !== undefined && move.after === seen.revision) return false;
  if (move.ref === '') return true;
  if (ref?.branch !== undefined) return move.ref === `refs/heads/${ref.branch}`;
  if (ref?.tag !== undefined) return move.ref === `refs/tags/${ref.tag}`;
  if (ref?.semver !== undefined) return move.ref.startsWith('refs/tags/');
  // A commit that is here never becomes another one.
  if (ref?.commit !== undefined) return seen === undefined;
  return seen === undefined || move.ref === seen.ref;
}
