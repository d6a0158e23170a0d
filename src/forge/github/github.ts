import { PlumbError } from '../../errors.ts';
import { nextLink } from '../http.ts';
import { newestReviews } from '../newest-reviews.ts';
import type { Provider } from '../provider.ts';
import { putMarkedComment } from '../put-comment.ts';
import type { Call, Review } from '../types.ts';
import { hiddenMark } from '../words.ts';
import {
  changedFiles,
  mergePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  updatePullRequest,
} from './pull-requests.ts';
import { ownComments } from './own-comments.ts';
import { gitHubRepository, pageSize, type GitHubRepository } from './repository.ts';
import { commentsSchema, labelsSchema, reviewsSchema } from './schema.ts';
import { commitStatuses, setCommitStatus } from './statuses.ts';

const commentLimit = 65_536;

/** A repository on github.com, GitHub Enterprise Cloud or GitHub Enterprise Server. */
export const openGitHub: Provider = (options) => {
  const repository = gitHubRepository(options);
  const { http, path, page, name } = repository;
  return {
    kind: options.kind,
    setCommitStatus: (commit, status, call) => setCommitStatus(repository, commit, status, call),
    commitStatuses: (commit, call) => commitStatuses(repository, commit, call),
    pullRequests: (filter, call) => pullRequests(repository, filter, call),
    pullRequest: (number, call) => pullRequest(repository, number, call),
    openPullRequest: (wish, call) => openPullRequest(repository, wish, call),
    updatePullRequest: (number, change, call) => updatePullRequest(repository, number, change, call),
    mergePullRequest: (number, merge, call) => mergePullRequest(repository, number, merge, call),
    async closePullRequest(number, call) {
      await updatePullRequest(repository, number, { state: 'closed' }, call);
    },
    putComment(number, { mark, body, ...how }, { signal }) {
      const what = `commenting on pull request ${number} of ${name}`;
      const list = { path: `${path}/issues/${number}/comments`, query: { per_page: pageSize } };
      return putMarkedComment<number>(
        {
          mark: hiddenMark(mark),
          limit: commentLimit,
          async find(text) {
            const comments = await http.pages({ ...list, schema: commentsSchema, what, signal }, (answer) => ({
              items: answer.body,
              next: nextLink(answer),
            }));
            const marked = comments.filter((comment) => comment.body?.includes(text) === true);
            const own = await ownComments(repository, options.credentials, marked, { signal });
            return own.map((comment) => ({ id: comment.id, body: comment.body ?? '' }));
          },
          create: (text) => http.send({ method: 'POST', path: list.path, body: { body: text }, what, signal }),
          update: (id, text) =>
            http.send({
              method: 'PATCH',
              path: `${path}/issues/comments/${id}`,
              body: { body: text },
              what,
              repeatable: true,
              signal,
            }),
        },
        body,
        how,
      );
    },
    setLabels: (number, labels, call) => setLabels(repository, number, labels, call),
    reviews: (number, call) => reviews(repository, number, call),
    changedFiles: (number, call) => changedFiles(repository, number, call),
    codeOwnerFiles: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'],
    links: {
      commit: (commit) => `${page}/commit/${encodeURIComponent(commit)}`,
      file: (commit, file, line) => {
        const place = file.split('/').map(encodeURIComponent).join('/');
        return `${page}/blob/${encodeURIComponent(commit)}/${place}${line === undefined ? '' : `#L${line}`}`;
      },
      compare: (base, head) => `${page}/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`,
      pullRequest: (number) => `${page}/pull/${number}`,
    },
    commentLimit,
  };
};

/** GitHub makes labels that are missing by itself. */
async function setLabels(
  { http, path, name }: GitHubRepository,
  number: number,
  labels: { readonly present: readonly string[]; readonly among: readonly string[] },
  { signal }: Call,
): Promise<void> {
  const what = `setting the labels of pull request ${number} of ${name}`;
  const place = `${path}/issues/${number}/labels`;
  const { body } = await http.call({ path: place, query: { per_page: pageSize }, schema: labelsSchema, what, signal });
  // Names of labels are the same in whatever case.
  const there = new Map(body.map((label) => [label.name.toLowerCase(), label.name]));
  const wanted = new Set(labels.present.map((label) => label.toLowerCase()));
  const missing = labels.present.filter((label) => !there.has(label.toLowerCase()));
  if (missing.length > 0) {
    await http.send({ method: 'POST', path: place, body: { labels: missing }, what, repeatable: true, signal });
  }
  for (const label of labels.among) {
    const found = there.get(label.toLowerCase());
    if (found === undefined || wanted.has(label.toLowerCase())) continue;
    try {
      await http.send({ method: 'DELETE', path: `${place}/${encodeURIComponent(found)}`, what, signal });
    } catch (error) {
      if (!(error instanceof PlumbError && error.code === 'forge.not-found')) throw error;
    }
  }
}

const states: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
};

async function reviews(
  { http, path, name }: GitHubRepository,
  number: number,
  { signal }: Call,
): Promise<readonly Review[]> {
  const found = await http.pages(
    {
      path: `${path}/pulls/${number}/reviews`,
      query: { per_page: pageSize },
      schema: reviewsSchema,
      what: `reading the reviews of pull request ${number} of ${name}`,
      signal,
    },
    (answer) => ({ items: answer.body, next: nextLink(answer) }),
  );
  return newestReviews(
    found.flatMap(({ state, user, commit_id: commit }) => {
      const said = states[state];
      // A review that is not sent yet is seen by its author alone.
      if (said === undefined || user === null) return [];
      const review = { reviewer: user.login, state: said };
      return [typeof commit === 'string' ? { ...review, commit } : review];
    }),
  );
}
