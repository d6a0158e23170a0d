import type { Location, Problem } from '../errors.ts';
import { runGit } from './process.ts';
import { type StoredObject, type VerifiedRepository, sshRefusal, verdictByForm, withSigner } from './verify-commits.ts';
import type { CommitId } from './ids.ts';
import { withKeyring } from './verify-keyring.ts';
import type { VerificationKeys } from './verify-keys.ts';
import { reasonIn, statusLines } from './verify-raw.ts';
import { type FoundSignature, parseTag } from './verify-signature.ts';
import { checkSshKeygen } from './verify-ssh-keygen.ts';
import { type Grade, printable, problemWith, type Verdict } from './verify-verdict.ts';

/** What became of verifying a tag. */
export interface TagVerification {
  readonly problem: Problem | undefined;
  /** What Git says of its signature; undefined where it was not asked. */
  readonly verdict: Verdict | undefined;
}

/**
 * Has Git verify an annotated tag: its signature, that it has the name it is found under, and that it is of this very
 * commit. Whoever may write refs can put a signed tag under another name, or one old tag round another.
 * @param ref the full name, such as `refs/tags/v1.2.3`
 * @throws PlumbError `git.keys-invalid`, `git.verifier-missing`, `timeout`
 */
export async function verifyTag(
  repository: VerifiedRepository,
  ref: string,
  commit: CommitId,
  keys: VerificationKeys,
  signal: AbortSignal,
  where: Location,
): Promise<TagVerification> {
  const name = ref.slice('refs/tags/'.length);
  const subject = `tag ${printable(name)}`;
  const refuse = (code: Problem['code'], message: string): TagVerification => ({
    problem: { code, message: `${subject} ${message}`, where },
    verdict: undefined,
  });
  const object = await repository.read(ref);
  if (object === undefined) return refuse('git.unsigned', 'is not here any more');
  if (object.type !== 'tag') return refuse('git.unsigned', 'is a lightweight tag, which cannot be signed');
  const tag = parseTag(object.bytes);
  if (tag === undefined) return refuse('git.tag-mismatch', 'is malformed');
  if (tag.name !== name) {
    return refuse('git.tag-mismatch', `holds a tag that is called ${JSON.stringify(printable(tag.name))}`);
  }
  if (tag.type !== 'commit') return refuse('git.tag-mismatch', `is a tag of a ${tag.type}, not of a commit`);
  if (tag.object !== commit) return refuse('git.tag-mismatch', `is of the commit ${tag.object}, not of ${commit}`);
  const verdict = verdictByForm(tag.signature, keys) ?? (await askGit(repository, object, tag.signature, keys, signal));
  return { problem: problemWith(subject, verdict, where), verdict };
}

async function askGit(
  { directory }: VerifiedRepository,
  { id }: StoredObject,
  found: FoundSignature,
  keys: VerificationKeys,
  signal: AbortSignal,
): Promise<Verdict> {
  if (found.kind === 'ssh') await checkSshKeygen(signal);
  const { exitCode, stderr } = await withKeyring(keys, signal, ({ environment }) =>
    runGit({
      args: [`--git-dir=${directory}`, 'verify-tag', '--raw', id],
      environment,
      signal,
      timeoutMilliseconds: 60_000,
      maxOutputBytes: 64 * 1024,
    }),
  );
  const good = exitCode === 0;
  if (found.kind === 'ssh') return sshVerdict(good, found.key, keys);
  const verdict = openpgpVerdict(stderr);
  // Both have to be content: Git, and what gpg told it.
  return verdict.grade === 'G' && !good ? { ...verdict, grade: 'E', detail: 'Git does not accept it' } : verdict;
}

/** For a tag that is signed with SSH Git has no status but its exit code; whose the key is says the signature itself. */
function sshVerdict(good: boolean, key: string | undefined, keys: VerificationKeys): Verdict {
  if (key === undefined) return { grade: 'E', detail: 'it holds no key' };
  if (good) return withSigner({ grade: 'G', key }, keys);
  const given = withSigner({ grade: 'U', key }, keys).signer !== undefined;
  return sshRefusal({ grade: given ? 'B' : 'U', key }, keys);
}

const letters: Readonly<Record<string, Grade>> = {
  GOODSIG: 'G',
  BADSIG: 'B',
  EXPSIG: 'X',
  EXPKEYSIG: 'Y',
  REVKEYSIG: 'R',
  ERRSIG: 'E',
};

/** The letter that Git gives a commit, from the status lines that it hands on for a tag. */
function openpgpVerdict(raw: string): Verdict {
  const status = statusLines(raw);
  const findings = status.filter(([keyword]) => letters[keyword] !== undefined);
  const [first] = findings;
  if (first === undefined || findings.length > 1) {
    return { grade: 'E', detail: first === undefined ? 'gpg says nothing of it' : 'it holds more than one signature' };
  }
  const [keyword, rest] = first;
  const grade = letters[keyword] ?? 'E';
  if (grade === 'E') return { grade, ...reasonIn(raw) };
  const space = rest.indexOf(' ');
  const signer = space < 0 ? '' : rest.slice(space + 1);
  const fingerprint = status.find(([name]) => name === 'VALIDSIG')?.[1].split(' ')[0];
  // gpg says of every good signature that it is valid, and by which key.
  if (grade === 'G' && fingerprint === undefined) return { grade: 'E', detail: 'gpg does not say by which key' };
  const key = fingerprint ?? rest.slice(0, space < 0 ? undefined : space);
  return { grade, key, ...(signer === '' ? {} : { signer }) };
}
