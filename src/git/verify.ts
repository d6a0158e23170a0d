import type { Location, Problem } from '../errors.ts';
import { parseCommit } from './commit.ts';
import type { CommitId } from './ids.ts';
import { runLocal } from './refs.ts';
import { gradeCommits, type VerifiedRepository } from './verify-commits.ts';
import type { VerificationKeys } from './verify-keys.ts';
import { commitsBetween } from './verify-range.ts';
import { verifyTag, type TagVerification } from './verify-tag.ts';
import { printable, problemWith, type Verdict } from './verify-verdict.ts';

/** What has to be signed. */
export type VerifyMode =
  /** The commit. */
  | 'Head'
  /** The annotated tag that names it. */
  | 'Tag'
  | 'TagAndHead'
  /** Every commit since the last one that was accepted. */
  | 'Commits';

/** What is to be verified. */
export interface VerifyRequest {
  readonly mode: VerifyMode;
  readonly keys: VerificationKeys;
  readonly commit: CommitId;
  /** What led to the commit: `refs/tags/v1`, or anything else where no tag did. */
  readonly ref: string;
  /** For `Commits`: what was accepted last. Where it is not given, the commit alone is verified. */
  readonly base?: CommitId;
}

/** Whose signature was accepted. */
export interface SignedBy {
  /** The commit or the tag. */
  readonly what: string;
  /** Fingerprint of the key. */
  readonly key: string;
  /** User id or principal of the key. */
  readonly signer: string;
}

/** What became of a request. */
export interface Verification {
  /** Why it is refused; empty where it is accepted. */
  readonly problems: readonly Problem[];
  /** Who signed it, tag first; empty where it is refused. */
  readonly signed: readonly SignedBy[];
  /** How many commits were looked at. */
  readonly commits: number;
}

/** Problems that are told of one range: the rest is like them. */
const told = 20;

/**
 * Has Git verify what the mode asks for. That something is refused is told, and not thrown.
 * @throws PlumbError where it could not be verified at all: `git.keys-invalid`, `git.verifier-missing`,
 * `git.ref-not-found`, `git.too-large`, `git.history-cut`, `timeout`
 */
export async function verifyRevision(
  repository: VerifiedRepository,
  request: VerifyRequest,
  signal: AbortSignal,
  where: Location,
): Promise<Verification> {
  const place = { ...where, commit: request.commit };
  const parts: Verification[] = [];
  if (request.mode === 'Tag' || request.mode === 'TagAndHead') {
    parts.push(await verifyNaming(repository, request, signal, place));
  }
  if (request.mode !== 'Tag') parts.push(await verifyCommits(repository, request, signal, where));
  const problems = parts.flatMap((part) => part.problems);
  return {
    problems,
    signed: problems.length > 0 ? [] : parts.flatMap((part) => part.signed),
    commits: parts.reduce((sum, part) => sum + part.commits, 0),
  };
}

/** The tag that led to the commit; where none did, as after a rollback, any tag of it that is signed. */
async function verifyNaming(
  repository: VerifiedRepository,
  { keys, commit, ref }: VerifyRequest,
  signal: AbortSignal,
  where: Location,
): Promise<Verification> {
  const refs = ref.startsWith('refs/tags/') ? [ref] : await tagsOf(repository.directory, commit, signal);
  const problems: Problem[] = [];
  for (const each of refs) {
    const found: TagVerification = await verifyTag(repository, each, commit, keys, signal, where);
    if (found.problem === undefined && found.verdict !== undefined) {
      return { problems: [], signed: [signedBy(`tag ${each.slice('refs/tags/'.length)}`, found.verdict)], commits: 0 };
    }
    if (found.problem !== undefined) problems.push(found.problem);
  }
  if (problems.length === 0) {
    const message = `no tag of the commit ${commit} is here, and a signed one is asked for`;
    problems.push({
      code: 'git.unsigned',
      message,
      where,
      hint: 'Follow a tag or a version range (`ref.tag`, `ref.semver`), or verify in the mode Head or Commits.',
    });
  }
  return { problems: problems.slice(0, told), signed: [], commits: 0 };
}

async function tagsOf(directory: string, commit: CommitId, signal: AbortSignal): Promise<readonly string[]> {
  const text = await runLocal(
    directory,
    ['for-each-ref', `--points-at=${commit}`, '--sort=-creatordate', '--count=20', '--format=%(refname)', 'refs/tags/'],
    signal,
  );
  return text.split('\n').filter((ref) => ref !== '');
}

async function verifyCommits(
  repository: VerifiedRepository,
  { mode, keys, commit, base }: VerifyRequest,
  signal: AbortSignal,
  where: Location,
): Promise<Verification> {
  const since = mode === 'Commits' && base !== undefined && base !== commit;
  const range = since
    ? await commitsBetween(repository.directory, await present(repository, base), commit, signal)
    : [];
  // The commit itself always: it may be part of what was accepted before, by other keys.
  const commits = [commit, ...range.filter((id) => id !== commit)];
  const verdicts = await gradeCommits(repository, commits, keys, signal);
  const refused = commits.filter((id) => verdicts.get(id)?.grade !== 'G');
  const problems: Problem[] = [];
  for (const id of refused.slice(0, told)) {
    const subject = await describe(repository, id);
    const problem = problemWith(subject, verdicts.get(id) ?? { grade: 'E' }, { ...where, commit: id });
    if (problem !== undefined) problems.push(problem);
  }
  const more = refused.length - problems.length;
  const [first] = problems;
  if (more > 0 && first !== undefined) {
    problems.push({ code: first.code, message: `and ${more} more commits are refused`, where: { ...where, commit } });
  }
  const head = verdicts.get(commit);
  const signed = head?.grade === 'G' ? [signedBy(`commit ${commit.slice(0, 12)}`, head)] : [];
  return { problems, signed, commits: commits.length };
}

/** A base that is not here any more, as after a forced push, leaves the whole history to be verified. */
async function present(repository: VerifiedRepository, base: CommitId): Promise<CommitId | undefined> {
  return (await repository.read(base))?.type === 'commit' ? base : undefined;
}

async function describe(repository: VerifiedRepository, id: CommitId): Promise<string> {
  const object = await repository.read(id);
  if (object === undefined) return `commit ${id}`;
  const { author, subject } = parseCommit(id, object.bytes);
  return `commit ${id} (${JSON.stringify(printable(subject))} by ${printable(`${author.name} <${author.email}>`)})`;
}

function signedBy(what: string, verdict: Verdict): SignedBy {
  return { what, key: verdict.key ?? '', signer: printable(verdict.signer ?? '') };
}
