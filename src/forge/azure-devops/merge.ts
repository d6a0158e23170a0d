import { plumbError, PlumbError } from '../../errors.ts';
import type { Call, MergeOptions } from '../types.ts';
import { patch, readPullRequest } from './pull-requests.ts';
import type { AzureRepository } from './repository.ts';
import type { AzurePullRequest } from './schema.ts';

const strategies: Readonly<Record<MergeOptions['method'], string>> = {
  merge: 'noFastForward',
  squash: 'squash',
  rebase: 'rebase',
};
const mostTries = 8;
const failed = new Set(['conflicts', 'failure', 'rejectedByPolicy']);

/** Merges while the head is still the one that was looked at; Azure DevOps takes the order and works on it afterwards. */
export async function mergePullRequest(
  repository: AzureRepository,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const what = `merging pull request ${number} of ${repository.name}`;
  const order = {
    status: 'completed',
    lastMergeSourceCommit: { commitId: options.head },
    completionOptions: {
      mergeStrategy: strategies[options.method],
      deleteSourceBranch: options.deleteBranch ?? false,
      ...(options.message === undefined ? {} : { mergeCommitMessage: options.message }),
    },
  };
  let now = await ordered(repository, number, order, call);
  for (let tries = 1; ; tries += 1) {
    if (now.lastMergeSourceCommit?.commitId !== options.head) {
      throw plumbError('forge.conflict', `${what}: its head is no longer ${options.head}`);
    }
    if (now.status === 'completed') {
      const commit = now.lastMergeCommit?.commitId;
      return commit === undefined ? {} : { commit };
    }
    if (now.status !== 'active' || failed.has(now.mergeStatus ?? '')) {
      const why = now.mergeFailureMessage ?? now.mergeStatus ?? now.status;
      throw plumbError('forge.conflict', `${what}: ${repository.http.host} did not merge it: ${why}`);
    }
    if (tries >= mostTries) {
      throw plumbError('forge.unreachable', `${what}: ${repository.http.host} has begun it and does not end`);
    }
    await repository.http.pause(tries, call.signal);
    now = await readPullRequest(repository, number, call);
  }
}

/** Gives the order. Where that fails because it is merged already, as after an answer that was lost, that is how it is. */
async function ordered(
  repository: AzureRepository,
  number: number,
  order: Readonly<Record<string, unknown>>,
  call: Call,
): Promise<AzurePullRequest> {
  try {
    return await patch(repository, number, order, 'merging', call);
  } catch (error) {
    if (!(error instanceof PlumbError) || !['forge.conflict', 'forge.refused'].includes(error.code)) throw error;
    const now = await readPullRequest(repository, number, call);
    if (now.status !== 'completed') throw error;
    return now;
  }
}
