import { LRUCache } from 'lru-cache';
import { plumbError } from '../errors.ts';
import { explainFailure } from './failure.ts';
import type { CommitId } from './ids.ts';
import { runGit } from './process.ts';
import { type Keyring, withKeyring } from './verify-keyring.ts';
import { isRevoked, signerOf, type VerificationKeys } from './verify-keys.ts';
import { reasonIn } from './verify-raw.ts';
import { type FoundSignature, signatureOfCommit } from './verify-signature.ts';
import { asGrade, type Verdict } from './verify-verdict.ts';
import { checkSshKeygen } from './verify-ssh-keygen.ts';

/** A bare repository, or the `.git` of a clone, whose objects are verified. */
export interface VerifiedRepository {
  /** Path of the repository. */
  readonly directory: string;
  /** Reads an object; undefined where it is missing. */
  readonly read: (name: string) => Promise<StoredObject | undefined>;
}

/** An object as it lies in the repository. */
export interface StoredObject {
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Commits that one call of Git verifies: each takes a process of gpg or ssh-keygen, some 10 ms. */
const batchSize = 200;
const batchMilliseconds = 120_000;
/** Commits of which Git is asked for the reason. */
const explained = 20;
const reading = 64;

/**
 * What was found of commits, by the digest of the keys and the id. That a commit is good does not change while the
 * keys do not: what was accepted stays so when its key expires. That it is not is looked at again now and then.
 */
const known = new LRUCache<string, Verdict>({ max: 20_000 });
const refusedMilliseconds = 10 * 60_000;

/**
 * Has Git verify the signatures of commits, all of them in as few processes as may be.
 * @throws PlumbError `git.keys-invalid`, `git.verifier-missing`, `git.ref-not-found`, `timeout`, `git.failed`
 */
export async function gradeCommits(
  repository: VerifiedRepository,
  commits: readonly CommitId[],
  keys: VerificationKeys,
  signal: AbortSignal,
): Promise<ReadonlyMap<CommitId, Verdict>> {
  const verdicts = new Map<CommitId, Verdict>();
  const signed = new Map<CommitId, FoundSignature>();
  for (let at = 0; at < commits.length; at += reading) {
    signal.throwIfAborted();
    await Promise.all(
      commits.slice(at, at + reading).map(async (commit) => {
        const before = known.get(cacheKey(keys, commit));
        if (before !== undefined) return void verdicts.set(commit, before);
        const found = signatureOfCommit(await bytesOf(repository, commit), commit.length === 64);
        const verdict = verdictByForm(found, keys);
        if (verdict === undefined) signed.set(commit, found);
        else verdicts.set(commit, verdict);
      }),
    );
  }
  if (signed.size > 0) {
    if ([...signed.values()].some(({ kind }) => kind === 'ssh')) await checkSshKeygen(signal);
    await withKeyring(keys, signal, async (keyring) => {
      const asked = [...signed.keys()];
      for (let at = 0; at < asked.length; at += batchSize) {
        const batch = await askGit(repository.directory, asked.slice(at, at + batchSize), keyring, signal);
        for (const [commit, verdict] of batch) verdicts.set(commit, withKey(verdict, signed.get(commit), keys));
      }
      await explain(repository.directory, verdicts, asked, keyring, signal);
    });
  }
  for (const [commit, verdict] of verdicts) {
    if (known.has(cacheKey(keys, commit))) continue;
    known.set(cacheKey(keys, commit), verdict, verdict.grade === 'G' ? {} : { ttl: refusedMilliseconds });
  }
  return verdicts;
}

function cacheKey(keys: VerificationKeys, commit: CommitId): string {
  return `${keys.digest} ${commit}`;
}

async function bytesOf(repository: VerifiedRepository, commit: CommitId): Promise<Buffer> {
  const object = await repository.read(commit);
  if (object?.type === 'commit') return object.bytes;
  throw plumbError('git.ref-not-found', `there is no commit ${commit} to verify`, { where: { commit } });
}

/** What can be said without asking Git; undefined where Git has to be asked. */
export function verdictByForm(found: FoundSignature, keys: VerificationKeys): Verdict | undefined {
  switch (found.kind) {
    case 'none':
      return { grade: 'N' };
    case 'refused':
      return { grade: 'E', detail: found.reason };
    case 'openpgp':
      if (keys.openpgp.length > 0) return undefined;
      return { grade: 'E', unknownKey: true, detail: 'is signed with OpenPGP, and no OpenPGP key is given' };
    case 'ssh': {
      if (keys.allowedSigners.length > 0) return undefined;
      const key = found.key === undefined ? {} : { key: found.key };
      return { grade: 'U', ...key, detail: 'is signed with SSH, and no SSH key is given' };
    }
  }
}

/** A user id may hold anything but a line break, so it stands last. */
const format = '%H %G? %GK %GF %GS';

async function askGit(
  directory: string,
  commits: readonly CommitId[],
  keyring: Keyring,
  signal: AbortSignal,
): Promise<ReadonlyMap<CommitId, Verdict>> {
  const result = await runGit({
    args: [
      `--git-dir=${directory}`,
      'log',
      '--no-walk=unsorted',
      '--stdin',
      '--no-show-signature',
      '--no-decorate',
      '--no-notes',
      '--no-mailmap',
      '--no-patch',
      '--encoding=UTF-8',
      `--format=tformat:${format}`,
    ],
    environment: keyring.environment,
    input: Buffer.from(commits.map((commit) => `${commit}\n`).join('')),
    signal,
    timeoutMilliseconds: batchMilliseconds,
    maxOutputBytes: 4 * 1024 * 1024,
  });
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
  const verdicts = new Map<CommitId, Verdict>();
  for (const line of result.stdout.toString('utf8').split('\n')) {
    const [, commit, letter = '', keyId = '', fingerprint = '', signer = ''] =
      /^([0-9a-f]+) (\S) (\S*) (\S*) (.*)$/.exec(line) ?? [];
    if (commit === undefined) continue;
    const key = fingerprint === '' ? keyId : fingerprint;
    // Good, and nobody knows by which key: that is not good.
    const grade = letter === 'G' && key === '' ? 'E' : asGrade(letter);
    verdicts.set(commit as CommitId, {
      grade,
      ...(key === '' ? {} : { key }),
      ...(signer === '' ? {} : { signer }),
    });
  }
  for (const commit of commits) {
    if (!verdicts.has(commit)) verdicts.set(commit, { grade: 'E', detail: 'Git says nothing of it' });
  }
  return verdicts;
}

/** For E, Git's letter for "cannot be checked", the status lines of gpg hold the reason. */
async function explain(
  directory: string,
  verdicts: Map<CommitId, Verdict>,
  asked: readonly CommitId[],
  keyring: Keyring,
  signal: AbortSignal,
): Promise<void> {
  const unclear = asked.filter((commit) => verdicts.get(commit)?.grade === 'E').slice(0, explained);
  for (const commit of unclear) {
    const { stderr } = await runGit({
      args: [`--git-dir=${directory}`, 'verify-commit', '--raw', commit],
      environment: keyring.environment,
      signal,
      timeoutMilliseconds: batchMilliseconds,
      maxOutputBytes: 64 * 1024,
    });
    verdicts.set(commit, { ...verdicts.get(commit), ...reasonIn(stderr), grade: 'E' });
  }
}

/**
 * What Git does not tell of an SSH signature that is not good: the key, which the signature itself names, whose that
 * is, and whether it was revoked.
 */
function withKey(verdict: Verdict, found: FoundSignature | undefined, keys: VerificationKeys): Verdict {
  if (verdict.grade === 'G' || found?.kind !== 'ssh' || found.key === undefined) return verdict;
  return sshRefusal({ ...verdict, key: found.key }, keys);
}

/** A refusal of an SSH signature by a known key, with what the given lists say of that key. */
export function sshRefusal(verdict: Verdict & { readonly key: string }, keys: VerificationKeys): Verdict {
  if (isRevoked(keys, verdict.key)) return { ...withSigner(verdict, keys), revokedKey: true };
  // Git says the same of both.
  const detail = 'has an SSH signature that does not belong to it, or that its key may not make for Git at that time';
  return withSigner(verdict.grade === 'B' ? { ...verdict, detail } : verdict, keys);
}

/** The principal of a verdict on an SSH signature, where only its key is known. */
export function withSigner(verdict: Verdict, keys: VerificationKeys): Verdict {
  const signer = verdict.key === undefined ? undefined : signerOf(keys, verdict.key);
  return signer === undefined ? verdict : { ...verdict, signer };
}
