import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { runGit } from './process.ts';

/**
 * The commit where two lines of history parted: the best common ancestor, of which Git takes the first where there
 * are several. Undefined where they have none.
 */
export async function mergeBase(
  directory: string,
  one: CommitId,
  other: CommitId,
  signal: AbortSignal,
): Promise<CommitId | undefined> {
  const result = await runGit({
    args: [`--git-dir=${directory}`, 'merge-base', '--end-of-options', one, other],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 64 * 1024,
  });
  if (result.exitCode === 0) return asCommitId(result.stdout.toString('utf8').trim());
  if (result.exitCode === 1) return undefined;
  throw explainFailure(result.stderr);
}
