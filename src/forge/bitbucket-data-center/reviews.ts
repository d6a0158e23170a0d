import type { Call, Review } from '../types.ts';
import { readPullRequest } from './pull-requests.ts';
import type { BitbucketRepository } from './repository.ts';

const states: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  NEEDS_WORK: 'changes-requested',
};

/** What was said by those who were asked, and by those who were not. */
export async function reviews(repository: BitbucketRepository, number: number, call: Call): Promise<readonly Review[]> {
  const { reviewers, participants = [] } = await readPullRequest(repository, number, call);
  return [...reviewers, ...participants].flatMap(({ user, status, lastReviewedCommit: commit }) => {
    const state = states[status ?? ''];
    if (state === undefined) return [];
    return [{ reviewer: user.name, state, ...(commit === undefined ? {} : { commit }) }];
  });
}
