import { LRUCache } from 'lru-cache';
import type { RepositoryStatus } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import { asCommitId, type CommitId, findRewind, type Mirror, type Resolved, type SignedBy } from '../../git/index.ts';
import { type Policy, policyId, type VerifyPolicy } from '../application/policy.ts';

/** What was accepted last of one reference, as the status of the Repository keeps it. */
export type Accepted = NonNullable<RepositoryStatus['accepted']>[number];

/** What the policy of a Repository says of a commit. */
export type Judgement =
  | { readonly verdict: 'accepted'; readonly accepted: Accepted | undefined }
  | { readonly verdict: 'refused'; readonly problems: readonly [Problem, ...Problem[]] };

/** Why a commit is refused; empty where it is accepted. */
export function problemsIn(judgement: Judgement): readonly Problem[] {
  return judgement.verdict === 'refused' ? judgement.problems : [];
}

type JudgingMirror = Pick<Mirror, 'verify' | 'isAncestor'>;

/** Who signed, for the status. */
function signatures(signed: readonly SignedBy[]): string | undefined {
  if (signed.length === 0) return undefined;
  return signed.map(({ what, key, signer }) => `${what} by ${signer === '' ? 'its key' : signer} (${key})`).join(', ');
}

/**
 * Whether a reference may go on to a commit.
 * @param selector identity of the reference, as `selectorId` writes it
 * @param last what was accepted of this reference before, by this or an earlier policy
 */
export async function judge(
  mirror: JudgingMirror,
  selector: string,
  { commit, ref }: Pick<Resolved, 'commit' | 'ref'>,
  policy: Policy,
  last: Accepted | undefined,
  signal: AbortSignal,
): Promise<Judgement> {
  const { verify, rewind, broken } = policy;
  if (broken !== undefined) return { verdict: 'refused', problems: broken };
  if (verify === undefined && rewind === 'Allow') return { verdict: 'accepted', accepted: undefined };
  // What was accepted stays so while the keys stay, also over a restart, and also when a key has expired since.
  if (last?.revision === commit && last.ref === ref && isBy(last, verify))
    return { verdict: 'accepted', accepted: last };
  try {
    const problems: Problem[] = [];
    const lastCommit = asCommitId(last?.revision ?? '');
    if (rewind === 'Refuse' && last !== undefined && lastCommit !== undefined && policy.acceptedRewind !== commit) {
      const step = { commit: lastCommit, ref: last.ref };
      const back = await findRewind(step, { commit, ref }, (from, to) => mirror.isAncestor(from, to));
      if (back !== undefined) problems.push(back);
    }
    const base = baseOf(verify, last);
    const verification =
      verify === undefined
        ? undefined
        : await mirror.verify(
            { mode: verify.mode, keys: verify.keys, commit, ref, ...(base === undefined ? {} : { base }) },
            { signal },
          );
    problems.push(...(verification?.problems ?? []));
    const [first, ...others] = problems;
    if (first !== undefined) return { verdict: 'refused', problems: [first, ...others] };
    const signed = signatures(verification?.signed ?? []);
    const accepted: Accepted = {
      selector,
      revision: commit,
      ref,
      ...(verify === undefined ? {} : { mode: verify.mode, keys: verify.keys.digest }),
      ...(signed === undefined ? {} : { signed }),
    };
    return { verdict: 'accepted', accepted };
  } catch (error) {
    if (signal.aborted) throw error;
    // What cannot be verified is not accepted.
    return { verdict: 'refused', problems: problemsOf(error) };
  }
}

/**
 * The commit that was accepted last, where it is accepted still: after a change of the keys it is verified anew.
 */
export async function lastGood(
  mirror: JudgingMirror,
  last: Accepted | undefined,
  { verify, broken }: Policy,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Without keys nothing new is accepted, and nothing that was is taken back.
  if (last === undefined || broken !== undefined || isBy(last, verify)) return last?.revision;
  const commit = asCommitId(last.revision);
  if (commit === undefined) return undefined;
  const policy = { verify, rewind: 'Allow', acceptedRewind: undefined } as const;
  const judgement = await judge(mirror, last.selector, { commit, ref: last.ref }, policy, last, signal);
  return judgement.verdict === 'accepted' ? commit : undefined;
}

const known = new LRUCache<string, true>({ max: 1000 });

/**
 * Why a commit that a person names, as for a rollback, is not accepted; empty where it is. It may be older than what
 * was accepted last, and it has to be signed like any other; of `Commits`, the commit itself.
 */
export async function refusalOf(
  mirror: JudgingMirror,
  commit: CommitId,
  { verify, broken }: Policy,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  if (verify === undefined) return broken ?? [];
  const policy: Policy = { verify: { ...verify, since: undefined }, rewind: 'Allow', acceptedRewind: undefined };
  const key = `${policyId(policy)} ${commit}`;
  if (known.has(key)) return [];
  const judgement = await judge(mirror, `commit:${commit}`, { commit, ref: commit }, policy, undefined, signal);
  if (judgement.verdict === 'refused') return problemsIn(judgement);
  known.set(key, true);
  return [];
}

/** Whether something was accepted by these very keys in this mode. */
function isBy(last: Accepted, verify: VerifyPolicy | undefined): boolean {
  return verify === undefined || (last.keys === verify.keys.digest && last.mode === verify.mode);
}

/** The commit that everything after has to be signed: nothing before was looked at where another mode accepted it. */
function baseOf(verify: VerifyPolicy | undefined, last: Accepted | undefined) {
  const commit = last?.mode === 'Commits' ? last.revision : (verify?.since ?? last?.revision);
  return commit === undefined ? undefined : asCommitId(commit);
}
