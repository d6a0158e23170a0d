import { LRUCache } from 'lru-cache';
import type { Provider } from '../provider.ts';
import { changedFiles } from './changed-files.ts';
import { putComment } from './comments.ts';
import { mergePullRequest } from './merge.ts';
import {
  closePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  setLabels,
  updatePullRequest,
} from './merge-requests.ts';
import { gitLabProject } from './project.ts';
import { reviews } from './reviews.ts';
import { commitStatuses, setCommitStatus, type StatusPlace } from './statuses.ts';

const commentLimit = 1_000_000;
const mostPlaces = 1000;

/** A project on gitlab.com or on a GitLab of one's own. */
export const openGitLab: Provider = (options) => {
  const project = gitLabProject(options);
  const { page } = project;
  const places = new LRUCache<string, StatusPlace>({ max: mostPlaces });
  return {
    kind: options.kind,
    setCommitStatus: (commit, status, call) => setCommitStatus(project, commit, status, places, call),
    commitStatuses: (commit, call) => commitStatuses(project, commit, places, call),
    pullRequests: (filter, call) => pullRequests(project, filter, call),
    pullRequest: (number, call) => pullRequest(project, number, call),
    openPullRequest: (wish, call) => openPullRequest(project, wish, call),
    updatePullRequest: (number, change, call) => updatePullRequest(project, number, change, call),
    mergePullRequest: (number, merge, call) => mergePullRequest(project, number, merge, call),
    closePullRequest: (number, call) => closePullRequest(project, number, call),
    putComment: (number, comment, call) => putComment(project, number, { ...comment, limit: commentLimit }, call),
    setLabels: (number, labels, call) => setLabels(project, number, labels, call),
    reviews: (number, call) => reviews(project, number, call),
    changedFiles: (number, call) => changedFiles(project, number, call),
    codeOwnerFiles: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'],
    links: {
      commit: (commit) => `${page}/-/commit/${encodeURIComponent(commit)}`,
      file: (commit, file, line) => {
        const place = file.split('/').map(encodeURIComponent).join('/');
        return `${page}/-/blob/${encodeURIComponent(commit)}/${place}${line === undefined ? '' : `#L${line}`}`;
      },
      compare: (base, head) => `${page}/-/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`,
      pullRequest: (number) => `${page}/-/merge_requests/${number}`,
    },
    commentLimit,
  };
};
