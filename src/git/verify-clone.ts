import { plumbError } from '../errors.ts';
import { checkGit } from './git-version.ts';
import { gitEnvironment } from './environment.ts';
import { ownWords } from './failure.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { defaultLimits } from './limits.ts';
import { openObjectReader } from './object-reader.ts';
import { runGit } from './process.ts';
import { type Verification, type VerifyMode, verifyRevision } from './verify.ts';
import type { VerificationKeys } from './verify-keys.ts';

/** What of a clone on this machine is to be verified. */
export interface VerifyCloneOptions {
  /** A folder in the work tree, or the bare repository itself. */
  readonly folder: string;
  /** Whatever names a commit to Git; for the modes with a tag, the name of the tag. */
  readonly revision: string;
  readonly mode: VerifyMode;
  readonly keys: VerificationKeys;
  /** For `Commits`: whatever names the commit after which all are verified. */
  readonly since?: string;
  readonly signal: AbortSignal;
}

/**
 * Verifies in a clone what `Mirror.verify` verifies in a mirror. Nothing of the clone's configuration has a say.
 * @throws PlumbError `git.repository-not-found`, `git.ref-not-found`, and as `verifyRevision`
 */
export async function verifyClone(options: VerifyCloneOptions): Promise<Verification & { readonly commit: CommitId }> {
  const { folder, revision, mode, keys, since, signal } = options;
  await checkGit(signal);
  const [directory = ''] = await ask(folder, ['rev-parse', '--path-format=absolute', '--git-common-dir'], signal);
  if (directory === '') throw plumbError('git.repository-not-found', `${folder} lies in no Git repository`);
  const isTag = mode === 'Tag' || mode === 'TagAndHead';
  const ref = isTag ? `refs/tags/${revision}` : revision;
  const commit = await commitOf(folder, ref, signal);
  const base = since === undefined ? undefined : await commitOf(folder, since, signal);
  const reader = openObjectReader(directory, {
    idleMilliseconds: defaultLimits.idleMilliseconds,
    stallMilliseconds: 60_000,
  });
  try {
    const read = async (name: string) => {
      const answer = await reader.read(name, defaultLimits.blobBytes);
      return answer.kind === 'object' ? answer : undefined;
    };
    const request = { mode, keys, commit, ref, ...(base === undefined ? {} : { base }) };
    return { ...(await verifyRevision({ directory, read }, request, signal, {})), commit };
  } finally {
    await reader.close();
  }
}

async function commitOf(folder: string, revision: string, signal: AbortSignal): Promise<CommitId> {
  // Longer than any name that Git takes, or with a line break, it could only be a question of another kind.
  const isName = revision.length < 1024 && !revision.includes('\n');
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const [id = ''] = isName ? await ask(folder, args, signal) : [];
  const commit = asCommitId(id);
  if (commit !== undefined) return commit;
  throw plumbError('git.ref-not-found', `the repository has no commit ${JSON.stringify(revision.slice(0, 200))}`);
}

async function ask(folder: string, args: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await runGit({
    args: ['-C', folder, ...args],
    // Pipelines often run as another user than the one who cloned; nothing that the repository configures is run.
    environment: gitEnvironment({ settings: [['safe.directory', '*']] }),
    signal,
    timeoutMilliseconds: 30_000,
    maxOutputBytes: 64 * 1024,
  });
  if (exitCode !== 0 && /not a git repository|cannot change to/.test(stderr)) {
    throw plumbError('git.repository-not-found', `${folder} lies in no Git repository: ${ownWords(stderr, [])}`);
  }
  return exitCode === 0 ? stdout.toString('utf8').split('\n') : [];
}
