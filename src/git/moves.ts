import type { Core, Generation } from './core.ts';
import { detached, headRef, rememberedBranch } from './default-branch.ts';
import type { ObjectId } from './ids.ts';
import { chooseVersion, type Target } from './selector.ts';
import type { Listing } from './smart-http.ts';
import { tagPrefix, tagsHere, tipOf } from './tips.ts';

/** A ref of the mirror that has to follow one of the server's. */
export interface Move {
  readonly local: string;
  /** Undefined where the mirror has none yet. */
  readonly from: ObjectId | undefined;
  readonly to: ObjectId;
}

/** More than a push ever moves; whatever is more is Git's. */
const mostMoves = 200;

/** What is to follow the server: full names of refs, or prefixes that end with a slash, and the ranges of versions. */
export interface Followed {
  readonly names: readonly string[];
  /** Undefined where all tags are followed, whichever are asked for. */
  readonly ranges: readonly string[] | undefined;
}

/** What has to move in the mirror; undefined where something is gone, or is no longer what it was. */
export async function movesTo(
  core: Core,
  generation: Generation,
  { names, ranges }: Followed,
  listing: Listing,
): Promise<readonly Move[] | undefined> {
  const moves = new Map<string, Move>();
  const withTags = names.includes(tagPrefix);
  for (const name of names) {
    if (name === tagPrefix) continue;
    const to = listing.refs.get(name);
    if (to === undefined) return undefined;
    if (withTags && ranges === undefined && isTag(name)) continue;
    if (name === 'HEAD' && (listing.head ?? detached) !== (await rememberedBranch(generation.directory)))
      return undefined;
    const local = name === 'HEAD' ? headRef : name;
    const from = await tipOf(core, generation, local);
    if (from === 'unreadable') return undefined;
    if (from !== to) moves.set(local, { local, from, to });
  }
  const tags = withTags ? await tagMoves(core, generation, ranges, listing) : [];
  for (const move of tags ?? []) moves.set(move.local, move);
  return tags === undefined || moves.size > mostMoves ? undefined : [...moves.values()];
}

/** As `movesTo`, for the tags that ranges choose, or for all. */
async function tagMoves(
  core: Core,
  generation: Generation,
  ranges: readonly string[] | undefined,
  listing: Listing,
): Promise<readonly Move[] | undefined> {
  const local = await tagsHere(core, generation);
  // One that was withdrawn might be the highest here.
  for (const ref of local.keys()) if (!listing.refs.has(ref)) return undefined;
  const followed = ranges === undefined ? [...listing.refs.keys()].filter(isTag) : chosenTags(listing.refs, ranges);
  return followed.flatMap((ref) => {
    const to = listing.refs.get(ref);
    const from = local.get(ref);
    return to === undefined || from === to ? [] : [{ local: ref, from, to }];
  });
}

/** The tags that are the highest versions in the ranges, by their full names. */
export function chosenTags(refs: ReadonlyMap<string, ObjectId>, ranges: readonly string[]): readonly string[] {
  const names = [...refs.keys()].filter(isTag).map((ref) => ref.slice(tagPrefix.length));
  return [...new Set(ranges)].flatMap((range) => {
    const chosen = chooseVersion(names, range);
    return chosen === undefined ? [] : [tagPrefix + chosen];
  });
}

/** The ranges of versions that targets ask for. */
export function rangesOf(targets: readonly Target[]): readonly string[] {
  return targets.flatMap((target) => (target.kind === 'semver' ? [target.range] : []));
}

function isTag(ref: string): boolean {
  return ref.startsWith(tagPrefix);
}
