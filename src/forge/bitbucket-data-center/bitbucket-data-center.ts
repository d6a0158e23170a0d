import type { Provider } from '../provider.ts';
import { changedFiles } from './changed-files.ts';
import { putComment } from './comments.ts';
import {
  closePullRequest,
  mergePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  updatePullRequest,
} from './pull-requests.ts';
import { bitbucketRepository } from './repository.ts';
import { reviews } from './reviews.ts';
import { commitStatuses, setCommitStatus } from './statuses.ts';

const commentLimit = 32_768;

/** A repository on Bitbucket Data Center, 8 or newer. */
export const openBitbucketDataCenter: Provider = (options) => {
  const repository = bitbucketRepository(options);
  const { page } = repository;
  return {
    kind: options.kind,
    setCommitStatus: (commit, status, call) => setCommitStatus(repository, commit, status, call),
    commitStatuses: (commit, call) => commitStatuses(repository, commit, call),
    pullRequests: (filter, call) => pullRequests(repository, filter, call),
    pullRequest: (number, call) => pullRequest(repository, number, call),
    openPullRequest: (wish, call) => openPullRequest(repository, wish, call),
    updatePullRequest: (number, change, call) => updatePullRequest(repository, number, change, call),
    mergePullRequest: (number, merge, call) => mergePullRequest(repository, number, merge, call),
    closePullRequest: (number, call) => closePullRequest(repository, number, call),
    putComment: (number, comment, call) => putComment(repository, number, { ...comment, limit: commentLimit }, call),
    // Pull requests have no labels (docs/adr/0135).
    setLabels: () => Promise.resolve(),
    reviews: (number, call) => reviews(repository, number, call),
    changedFiles: (number, call) => changedFiles(repository, number, call),
    codeOwnerFiles: ['.bitbucket/CODEOWNERS'],
    links: {
      commit: (commit) => `${page}/commits/${encodeURIComponent(commit)}`,
      file: (commit, file, line) => {
        const place = file.split('/').map(encodeURIComponent).join('/');
        const at = `?at=${encodeURIComponent(commit)}`;
        return `${page}/browse/${place}${at}${line === undefined ? '' : `#${line}`}`;
      },
      compare: (base, head) =>
        `${page}/compare/diff?targetBranch=${encodeURIComponent(base)}&sourceBranch=${encodeURIComponent(head)}`,
      pullRequest: (number) => `${page}/pull-requests/${number}`,
    },
    commentLimit,
  };
};
