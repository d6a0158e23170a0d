import { problemsOf, type PlumbError } from '../errors.ts';
import { detached, headRef, noDefaultBranch, rememberBranch } from './default-branch.ts';
import { isDamage } from './damage.ts';
import { missingCommit, missingRef, refusesDepth, refusesIds } from './failure.ts';
import type { FetchEnd } from './fetch-targets.ts';
import type { ObjectId } from './ids.ts';
import { boundaryLimit, pruneBoundary, readBoundary } from './history.ts';
import { chosenTags, rangesOf } from './moves.ts';
import { listRefs } from './list-refs.ts';
import { localRefs, removeConflictingRefs, retireRef } from './refs.ts';
import { explainRemote, fetchRefs, type CallOptions, type Remote } from './remote.ts';
import { commitNotFound, commitRef, otherFormat, refNotFound } from './fetch-errors.ts';
import type { Target } from './selector.ts';
import { tagPrefix } from './tips.ts';

/** A ref or commit to fetch, and who asked for it. */
interface Wish {
  readonly refspec: string;
  readonly target: Target;
}

/**
 * Fetches what the targets name without the commits that came before, into a mirror that is a shallow one. The server
 * is asked for its refs first: to ask with a depth for what is here already costs it far more.
 * @throws PlumbError where the server could not be read at all
 */
export async function fetchShallow(
  remote: Remote,
  directory: string,
  targets: readonly Target[],
  options: CallOptions,
): Promise<FetchEnd> {
  const errors = new Map<Target, PlumbError>();
  // What the server lists may be gone, or be in the way of another ref, a moment later.
  for (let round = 0; round < targets.length + 4; round += 1) {
    const wanted = targets.filter((target) => !errors.has(target));
    const here = await refsHere(directory, options.signal);
    if (typeof here === 'string') return { kind: 'damaged', words: here };
    const wishes = await wishesOf(remote, { directory, refs: here }, wanted, errors, options);
    if (wishes.length === 0) return { kind: 'done', errors };
    const refspecs = [...new Set(wishes.map(({ refspec }) => refspec))];
    const result = await fetchRefs(remote, directory, refspecs, { ...options, depth: 1 });
    if (result.exitCode === 0) {
      await keepBoundaryShort(directory, options.signal);
      return { kind: 'done', errors };
    }
    const { stderr } = result;
    if (refusesDepth(stderr)) return { kind: 'whole' };
    const format = otherFormat(result);
    if (format !== undefined) return { kind: 'other-format', format };
    if (missingRef(stderr) !== undefined) continue;
    // An id may be refused as such; that of a ref which was moved in this very moment is asked for by its name again.
    if (refusesIds(stderr) && wanted.some(({ kind }) => kind === 'commit')) return { kind: 'whole' };
    if (missingCommit(stderr)) {
      await fetchCommitsOneByOne(remote, directory, wanted, errors, options);
      continue;
    }
    if (await removeConflictingRefs(directory, refspecs, stderr, options)) continue;
    if (isDamage(stderr)) return { kind: 'damaged', words: stderr };
    throw explainRemote(remote, stderr);
  }
  return { kind: 'done', errors };
}

/** The refs of the mirror, or what Git says of a mirror that is damaged. */
async function refsHere(directory: string, signal: AbortSignal): Promise<ReadonlyMap<string, ObjectId> | string> {
  try {
    return new Map((await localRefs(directory, 'refs/', signal)).map(({ ref, id }) => [ref, id]));
  } catch (error) {
    const [{ message }] = problemsOf(error);
    if (isDamage(message)) return message;
    throw error;
  }
}

/** What has to be fetched for the targets; those that the server does not have get their error. */
async function wishesOf(
  remote: Remote,
  { directory, refs: here }: { readonly directory: string; readonly refs: ReadonlyMap<string, ObjectId> },
  targets: readonly Target[],
  errors: Map<Target, PlumbError>,
  options: CallOptions,
): Promise<readonly Wish[]> {
  const prefixes = new Set(targets.flatMap(prefixesOf));
  const listing = prefixes.size === 0 ? undefined : await listRefs(remote, [...prefixes], options);
  const there: ReadonlyMap<string, ObjectId> = listing?.refs ?? new Map();
  const wishes: Wish[] = [];
  const follow = (target: Target, ref: string, local = ref): void => {
    if (here.get(local) !== there.get(ref)) wishes.push({ target, refspec: `+${ref}:${local}` });
  };
  for (const target of targets) {
    switch (target.kind) {
      case 'ref':
        if (there.has(target.ref)) follow(target, target.ref);
        else {
          await retireRef(directory, target.ref, options);
          errors.set(target, await refNotFound(remote, target.name, target.ref, options));
        }
        break;
      case 'default': {
        if (!there.has('HEAD')) {
          errors.set(target, noDefaultBranch(remote));
          break;
        }
        const branch = listing?.head ?? detached;
        await rememberBranch(directory, branch);
        follow(target, 'HEAD', headRef);
        // What HEAD stands for was not asked for by its own name, and is at the same commit.
        if (branch !== detached && here.get(branch) !== there.get('HEAD'))
          wishes.push({ target, refspec: `+${branch}:${branch}` });
        break;
      }
      case 'semver':
        for (const ref of chosenTags(there, [target.range])) follow(target, ref);
        break;
      case 'commit':
        if (!here.has(commitRef(target.commit)))
          wishes.push({ target, refspec: `+${target.commit}:${commitRef(target.commit)}` });
        break;
    }
  }
  if (rangesOf(targets).length > 0) await retireWithdrawn([...here.keys()], there, directory, options);
  return wishes;
}

function prefixesOf(target: Target): readonly string[] {
  switch (target.kind) {
    case 'ref':
      return [target.ref];
    case 'semver':
      return [tagPrefix];
    case 'default':
      return ['HEAD'];
    case 'commit':
      return [];
  }
}

/** A tag that was withdrawn could be the highest version here for ever. */
async function retireWithdrawn(
  here: readonly string[],
  there: ReadonlyMap<string, ObjectId>,
  directory: string,
  options: CallOptions,
): Promise<void> {
  for (const ref of here) if (ref.startsWith(tagPrefix) && !there.has(ref)) await retireRef(directory, ref, options);
}

/** Git does not tell which of several commits the server does not have. */
async function fetchCommitsOneByOne(
  remote: Remote,
  directory: string,
  targets: readonly Target[],
  errors: Map<Target, PlumbError>,
  options: CallOptions,
): Promise<void> {
  for (const target of targets) {
    if (target.kind !== 'commit') continue;
    const refspec = `+${target.commit}:${commitRef(target.commit)}`;
    const { exitCode, stderr } = await fetchRefs(remote, directory, [refspec], { ...options, depth: 1 });
    if (exitCode === 0) continue;
    if (!missingCommit(stderr)) throw explainRemote(remote, stderr);
    errors.set(target, commitNotFound(remote, target));
  }
}

async function keepBoundaryShort(directory: string, signal: AbortSignal): Promise<void> {
  const { size } = await readBoundary(directory);
  if (size > boundaryLimit) await pruneBoundary(directory, signal);
}
