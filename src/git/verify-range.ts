import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { isErrno } from './lock.ts';
import { runGit } from './process.ts';

/** Commits that are verified for one step of a reference. */
export const rangeLimit = 5000;

/**
 * The commits that are in one and not in the other, with all sides of every merge, the newest first.
 * @param base undefined for the whole history
 * @throws PlumbError `git.too-large` where they are more than the limit; `git.history-cut` where the history that is here
 * ends before the base
 */
export async function commitsBetween(
  directory: string,
  base: CommitId | undefined,
  commit: CommitId,
  signal: AbortSignal,
): Promise<readonly CommitId[]> {
  const { exitCode, stdout, stderr } = await runGit({
    args: [`--git-dir=${directory}`, 'rev-list', '--topo-order', `--max-count=${rangeLimit + 1}`, '--stdin'],
    environment: gitEnvironment({ variables: { GIT_GRAFT_FILE: '/dev/null' } }),
    input: Buffer.from(`${commit}\n${base === undefined ? '' : `^${base}\n`}`),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 1024 * 1024,
  });
  if (exitCode !== 0) throw explainFailure(stderr);
  const commits = stdout
    .toString('latin1')
    .split('\n')
    .flatMap((line) => asCommitId(line) ?? []);
  const since = base === undefined ? 'in its history' : `since ${base}`;
  if (commits.length > rangeLimit) {
    throw plumbError('git.too-large', `there are more than ${rangeLimit} commits to verify ${since}`, {
      where: { commit },
    });
  }
  const cut = await shallowCommits(directory);
  const end = commits.find((id) => cut.has(id));
  if (end !== undefined) {
    throw plumbError(
      'git.history-cut',
      `the history that is here ends at ${end}, so that not every commit ${since} can be verified`,
      { where: { commit } },
    );
  }
  return commits;
}

/** The commits of a shallow clone whose parents are not here. */
async function shallowCommits(directory: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readFile(join(directory, 'shallow'), 'latin1')).split('\n').filter((line) => line !== ''));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Set();
    throw error;
  }
}
