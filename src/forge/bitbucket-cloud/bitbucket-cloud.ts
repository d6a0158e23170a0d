import { LRUCache } from 'lru-cache';
import type { Provider } from '../provider.ts';
import { putMarkedComment } from '../put-comment.ts';
import type { Review } from '../types.ts';
import { referenceMark } from '../words.ts';
import { createCommitIds } from './commits.ts';
import {
  accountName,
  closePullRequest,
  mergePullRequest,
  openPullRequest,
  pullRequest,
  pullRequests,
  readPullRequest,
  updatePullRequest,
} from './pull-requests.ts';
import { bitbucketRepository } from './repository.ts';
import { commentsSchema, diffstatSchema } from './schema.ts';
import { commitStatuses, setCommitStatus, type HeadSource } from './statuses.ts';

const commentLimit = 32_768;
const mostHeads = 1000;

const reviewStates: Readonly<Record<string, Review['state']>> = {
  approved: 'approved',
  changes_requested: 'changes-requested',
};

/** A repository on bitbucket.org. */
export const openBitbucketCloud: Provider = (options) => {
  const plain = bitbucketRepository(options);
  // A status of a head names its branch (docs/adr/0136).
  const heads = new LRUCache<string, HeadSource>({ max: mostHeads });
  const repository = {
    ...plain,
    commits: createCommitIds(plain),
    seen: (commit: string, source: HeadSource) => void heads.set(commit, source),
  };
  const { http, path, page, name } = repository;
  return {
    kind: options.kind,
    setCommitStatus: (commit, status, call) => setCommitStatus(repository, commit, status, heads.get(commit), call),
    commitStatuses: (commit, call) => commitStatuses(repository, commit, heads.get(commit), call),
    pullRequests: (filter, call) => pullRequests(repository, filter, call),
    pullRequest: (number, call) => pullRequest(repository, number, call),
    openPullRequest: (wish, call) => openPullRequest(repository, wish, call),
    updatePullRequest: (number, change, call) => updatePullRequest(repository, number, change, call),
    mergePullRequest: (number, merge, call) => mergePullRequest(repository, number, merge, call),
    closePullRequest: (number, call) => closePullRequest(repository, number, call),
    putComment(number, { mark, body, ...how }, { signal }) {
      const comments = `${path}/pullrequests/${number}/comments`;
      const what = `commenting on pull request ${number} of ${name}`;
      return putMarkedComment<number>(
        {
          mark: referenceMark(mark),
          limit: commentLimit,
          // Only its author may change a comment: somebody else's with the mark is refused, and left.
          find: (text) =>
            repository.all({ path: comments, schema: commentsSchema, what, signal }, ({ values, ...more }) => ({
              ...more,
              items: values.flatMap(({ id, content, deleted }) => {
                const raw = content?.raw ?? '';
                return deleted !== true && raw.includes(text) ? [{ id, body: raw }] : [];
              }),
            })),
          create: (raw) => http.send({ method: 'POST', path: comments, body: { content: { raw } }, what, signal }),
          update: (id, raw) =>
            http.send({ method: 'PUT', path: `${comments}/${id}`, body: { content: { raw } }, what, signal }),
        },
        body,
        how,
      );
    },
    // Pull requests have no labels (docs/adr/0135).
    setLabels: () => Promise.resolve(),
    async reviews(number, call) {
      const { participants = [] } = await readPullRequest(repository, number, call);
      return participants.flatMap(({ user, state }) => {
        const said = reviewStates[state ?? ''];
        return said === undefined ? [] : [{ reviewer: accountName(user), state: said }];
      });
    },
    async changedFiles(number, { signal }) {
      const what = `listing the files of pull request ${number} of ${name}`;
      const found = await repository.all(
        { path: `${path}/pullrequests/${number}/diffstat`, schema: diffstatSchema, what, signal },
        ({ values, ...more }) => ({ ...more, items: values }),
      );
      return [...new Set(found.flatMap((file) => [file.old?.path ?? [], file.new?.path ?? []].flat()))];
    },
    codeOwnerFiles: ['.bitbucket/CODEOWNERS'],
    links: {
      commit: (commit) => `${page}/commits/${encodeURIComponent(commit)}`,
      file: (commit, file, line) => {
        const place = file.split('/').map(encodeURIComponent).join('/');
        return `${page}/src/${encodeURIComponent(commit)}/${place}${line === undefined ? '' : `#lines-${line}`}`;
      },
      // The newer side comes first, and a carriage return between them.
      compare: (base, head) => `${page}/branches/compare/${encodeURIComponent(head)}%0D${encodeURIComponent(base)}`,
      pullRequest: (number) => `${page}/pull-requests/${number}`,
    },
    commentLimit,
  };
};
