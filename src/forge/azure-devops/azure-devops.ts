import { LRUCache } from 'lru-cache';
import type { Provider } from '../provider.ts';
import type { PullRequest, Review } from '../types.ts';
import { changedFiles } from './changed-files.ts';
import { putComment } from './comments.ts';
import { setLabels } from './labels.ts';
import { mergePullRequest } from './merge.ts';
import {
  accountName,
  closePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  updatePullRequest,
} from './pull-requests.ts';
import { azureRepository } from './repository.ts';
import { reviewersSchema } from './schema.ts';
import { commitStatuses, setCommitStatus } from './statuses.ts';

const commentLimit = 150_000;
const mostHeads = 1000;

/** A repository on Azure DevOps, in the cloud or on a server of one's own. */
export const openAzureDevOps: Provider = (options) => {
  const repository = azureRepository(options);
  const { http, path, page, name } = repository;
  // The heads of open pull requests that were read: a status of one is shown where it is wanted (docs/adr/0136).
  const heads = new LRUCache<string, ReadonlySet<number>>({ max: mostHeads });
  const seen = <T extends PullRequest>(found: T): T => {
    const { commit } = found.head;
    if (found.state === 'open') heads.set(commit, new Set([...(heads.get(commit) ?? []), found.number]));
    return found;
  };
  return {
    kind: options.kind,
    setCommitStatus: (commit, status, call) =>
      setCommitStatus(repository, commit, status, [...(heads.get(commit) ?? [])], call),
    commitStatuses: (commit, call) => commitStatuses(repository, commit, call),
    async pullRequests(filter, call) {
      return (await pullRequests(repository, filter, call)).map(seen);
    },
    pullRequest: async (number, call) => seen(await pullRequest(repository, number, call)),
    openPullRequest: async (wish, call) => seen(await openPullRequest(repository, wish, call)),
    updatePullRequest: async (number, change, call) => seen(await updatePullRequest(repository, number, change, call)),
    mergePullRequest: (number, merge, call) => mergePullRequest(repository, number, merge, call),
    closePullRequest: (number, call) => closePullRequest(repository, number, call),
    putComment: (number, comment, call) => putComment(repository, number, { ...comment, limit: commentLimit }, call),
    setLabels: (number, labels, call) => setLabels(repository, number, labels, call),
    async reviews(number, { signal }) {
      const what = `reading the reviews of pull request ${number} of ${name}`;
      const reviewers = { path: `${path}/pullRequests/${number}/reviewers`, schema: reviewersSchema, what, signal };
      const { body } = await http.call(reviewers);
      return body.value.flatMap(({ vote, isContainer, ...who }): readonly Review[] => {
        // The vote of a group is that of somebody in it, who has one too.
        if (vote === 0 || isContainer === true) return [];
        return [{ reviewer: accountName(who), state: vote > 0 ? 'approved' : 'changes-requested' }];
      });
    },
    changedFiles: (number, call) => changedFiles(repository, number, call),
    // Who has to review what is a rule of the branch there.
    codeOwnerFiles: [],
    links: {
      commit: (commit) => `${page}/commit/${encodeURIComponent(commit)}`,
      file(commit, file, line) {
        const place = `${page}?path=${encodeURIComponent(`/${file}`)}&version=${versionOf(commit)}`;
        if (line === undefined) return place;
        return `${place}&line=${line}&lineEnd=${line + 1}&lineStartColumn=1&lineEndColumn=1`;
      },
      compare: (base, head) => `${page}/branchCompare?baseVersion=${versionOf(base)}&targetVersion=${versionOf(head)}`,
      pullRequest: (number) => `${page}/pullrequest/${number}`,
    },
    commentLimit,
  };
};

/** How pages name a commit or a branch. */
function versionOf(revision: string): string {
  return `${/^[0-9a-f]{40}$/.test(revision) ? 'GC' : 'GB'}${encodeURIComponent(revision)}`;
}
