import type { PlumbError } from '../errors.ts';
import { detached, headRef, learnDefaultBranch, rememberedBranch } from './default-branch.ts';
import { missingCommit, missingRef } from './failure.ts';
import { commitNotFound, commitRef, otherFormat, refNotFound } from './fetch-errors.ts';
import { fetchShallow } from './fetch-shallow.ts';
import { isShallow } from './history.ts';
import type { GitResult } from './process.ts';
import { isDamage } from './damage.ts';
import { explainRemote, fetchRefs, type CallOptions, type Remote } from './remote.ts';
import { removeConflictingRefs, retireRef, runLocal } from './refs.ts';
import type { Target } from './selector.ts';

/** How a fetch of several targets ended. */
export type FetchEnd =
  /** Whatever could be fetched was; the targets that could not have an error each. */
  | { readonly kind: 'done'; readonly errors: ReadonlyMap<Target, PlumbError> }
  /** The mirror is damaged: it has to be fetched anew. */
  | { readonly kind: 'damaged'; readonly words: string }
  /** The server's objects have ids of the other length. */
  | { readonly kind: 'other-format'; readonly format: 'sha1' | 'sha256' }
  /** The mirror is a shallow one, and the server gives out nothing but whole histories, or nothing by its id. */
  | { readonly kind: 'whole' };

const everything = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/**
 * Fetches what the targets name, in one call of Git where all of it is there. A target that the server does not have
 * does not keep the others from being fetched.
 * @throws PlumbError where the server could not be read at all
 */
export async function fetchTargets(
  remote: Remote,
  directory: string,
  targets: readonly Target[],
  options: CallOptions,
): Promise<FetchEnd> {
  if (await isShallow(directory)) return fetchShallow(remote, directory, targets, options);
  const errors = new Map<Target, PlumbError>();
  let wanted = [...targets];
  let branch = await rememberedBranch(directory);
  // Each round takes at least one target out, or learns something: the bound is for what nobody thought of.
  for (let round = 0; round < targets.length + 4 && wanted.length > 0; round += 1) {
    if (branch === undefined && wanted.some(({ kind }) => kind === 'default')) {
      branch = await learnDefaultBranch(remote, directory, options).catch((error: unknown) => {
        wanted = give(errors, wanted, ({ kind }) => kind === 'default', error);
        return undefined;
      });
      if (wanted.length === 0) break;
    }
    const refspecs = refspecsOf(wanted, branch);
    const result = await fetchRefs(remote, directory, refspecs, options);
    if (result.exitCode === 0) return { kind: 'done', errors };
    const format = otherFormat(result);
    if (format !== undefined) return { kind: 'other-format', format };
    const gone = missingRef(result.stderr);
    if (gone !== undefined) {
      if (wanted.some(({ kind }) => kind === 'default') && (gone === 'HEAD' || gone === branch)) branch = undefined;
      const lost = wanted.filter((target) => target.kind === 'ref' && target.ref === gone);
      if (lost.length > 0) {
        await retireRef(directory, gone, options);
        const error = await refNotFound(remote, lost[0]?.name ?? gone, gone, options);
        wanted = give(errors, wanted, (target) => lost.includes(target), error);
      }
      continue;
    }
    if (missingCommit(result.stderr) && wanted.some(({ kind }) => kind === 'commit')) {
      wanted = await fetchCommitsOneByOne(remote, directory, wanted, errors, options);
      continue;
    }
    if (await removeConflictingRefs(directory, refspecs, result.stderr, options)) continue;
    if (isDamage(result.stderr)) return { kind: 'damaged', words: result.stderr };
    throw explainRemote(remote, result.stderr);
  }
  return { kind: 'done', errors };
}

/** Gives an error to the targets that are meant, and returns the others. */
function give(
  errors: Map<Target, PlumbError>,
  wanted: readonly Target[],
  meant: (target: Target) => boolean,
  error: unknown,
): Target[] {
  if (!isPlumb(error)) throw error;
  for (const target of wanted) if (meant(target)) errors.set(target, error);
  return wanted.filter((target) => !meant(target));
}

function isPlumb(error: unknown): error is PlumbError {
  return error instanceof Error && error.name === 'PlumbError';
}

/** What to fetch for the targets. Only that: the other branches of a repository are nobody's business. */
export function refspecsOf(targets: readonly Target[], defaultBranch: string | undefined): readonly string[] {
  const refspecs = new Set<string>();
  for (const target of targets) {
    switch (target.kind) {
      case 'ref':
        refspecs.add(`+${target.ref}:${target.ref}`);
        break;
      case 'semver':
        refspecs.add('+refs/tags/*:refs/tags/*');
        break;
      case 'commit':
        refspecs.add(`+${target.commit}:${commitRef(target.commit)}`);
        break;
      case 'default':
        refspecs.add(`+HEAD:${headRef}`);
        if (defaultBranch !== undefined && defaultBranch !== detached)
          refspecs.add(`+${defaultBranch}:${defaultBranch}`);
        break;
    }
  }
  // A tag that is asked for by name comes with all tags; twice the same ref is an error to Git.
  const allTags = refspecs.has('+refs/tags/*:refs/tags/*');
  return [...refspecs].filter((refspec) => !allTags || refspec.includes('*') || !refspec.startsWith('+refs/tags/'));
}

/**
 * Not every server gives out commits by their id, and Git does not tell which of several was refused. So each is
 * asked for alone, and at last for everything, in the hope that it is part of that.
 */
async function fetchCommitsOneByOne(
  remote: Remote,
  directory: string,
  wanted: readonly Target[],
  errors: Map<Target, PlumbError>,
  options: CallOptions,
): Promise<Target[]> {
  let all: GitResult | undefined;
  for (const target of wanted) {
    if (target.kind !== 'commit') continue;
    const result = await fetchRefs(remote, directory, refspecsOf([target], undefined), options);
    if (result.exitCode === 0) continue;
    if (!missingCommit(result.stderr)) throw explainRemote(remote, result.stderr);
    all ??= await fetchRefs(remote, directory, everything, options);
    if (all.exitCode !== 0) throw explainRemote(remote, all.stderr);
    if (await hasCommit(directory, target.commit, options)) continue;
    errors.set(target, commitNotFound(remote, target));
  }
  return wanted.filter(({ kind }) => kind !== 'commit');
}

async function hasCommit(directory: string, commit: string, { signal }: CallOptions): Promise<boolean> {
  const answer = await runLocal(directory, ['cat-file', '--batch-check'], signal, `${commit}^{commit}\n`);
  return !answer.trimEnd().endsWith(' missing');
}
