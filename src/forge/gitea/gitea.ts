import { newestReviews } from '../newest-reviews.ts';
import type { Provider } from '../provider.ts';
import { putMarkedComment } from '../put-comment.ts';
import type { Review } from '../types.ts';
import { hiddenMark } from '../words.ts';
import { setLabels } from './labels.ts';
import {
  changedFiles,
  mergePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  updatePullRequest,
} from './pull-requests.ts';
import { giteaRepository, type GiteaRepository } from './repository.ts';
import { accountSchema, commentsSchema, reviewsSchema } from './schema.ts';
import { commitStatuses, setCommitStatus } from './statuses.ts';

// Gitea itself has no limit; this one keeps a page readable, and is that of GitHub.
const commentLimit = 65_536;

/** A repository on Gitea or Forgejo. */
export const openGitea: Provider = (options) => {
  const repository = giteaRepository(options);
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
      return putMarkedComment<number>(
        {
          mark: hiddenMark(mark),
          limit: commentLimit,
          async find(text) {
            // Gitea gives all comments at once.
            const list = { path: `${path}/issues/${number}/comments`, schema: commentsSchema, what, signal };
            const marked = (await http.call(list)).body.filter((comment) => comment.body.includes(text));
            if (marked.length === 0) return [];
            // An administrator may change what others wrote: a mark in somebody else's comment is none.
            const me = await http.call({ path: '/user', schema: accountSchema, what: 'asking who calls', signal });
            return marked.filter(({ user }) => user?.id === me.body.id);
          },
          create: (text) =>
            http.send({
              method: 'POST',
              path: `${path}/issues/${number}/comments`,
              body: { body: text },
              what,
              signal,
            }),
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
    reviews: (number, call) => reviews(repository, number, call.signal),
    changedFiles: (number, call) => changedFiles(repository, number, call),
    codeOwnerFiles: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitea/CODEOWNERS'],
    links: {
      commit: (commit) => `${page}/commit/${encodeURIComponent(commit)}`,
      file: (commit, file, line) => {
        const place = file.split('/').map(encodeURIComponent).join('/');
        return `${page}/src/commit/${encodeURIComponent(commit)}/${place}${line === undefined ? '' : `#L${line}`}`;
      },
      compare: (base, head) => `${page}/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`,
      pullRequest: (number) => `${page}/pulls/${number}`,
    },
    commentLimit,
  };
};

const states: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  REQUEST_CHANGES: 'changes-requested',
  COMMENT: 'commented',
};

async function reviews(repository: GiteaRepository, number: number, signal: AbortSignal): Promise<readonly Review[]> {
  const found = await repository.all(
    {
      path: `${repository.path}/pulls/${number}/reviews`,
      schema: reviewsSchema,
      what: `reading the reviews of pull request ${number} of ${repository.name}`,
      signal,
    },
    (page) => page,
  );
  return newestReviews(
    found.flatMap(({ state, user, dismissed, commit_id: commit }) => {
      const said = states[state];
      // A review that is asked for or not yet sent is no word of anybody.
      if (said === undefined || user === null) return [];
      const review = { reviewer: user.login, state: dismissed ? ('dismissed' as const) : said };
      return [commit === '' ? review : { ...review, commit }];
    }),
  );
}
