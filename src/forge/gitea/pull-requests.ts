import { PlumbError } from '../../errors.ts';
import type { Call, MergeOptions, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import { labelIds } from './labels.ts';
import type { GiteaRepository } from './repository.ts';
import { filesSchema, pullRequestSchema, pullRequestsSchema, type GiteaPullRequest } from './schema.ts';

// Gitea knows a draft by its title; this is the first of the prefixes that it comes with.
const draftPrefix = 'WIP: ';

function toPullRequest(found: GiteaPullRequest): PullRequest {
  return {
    number: found.number,
    title: found.title,
    body: found.body,
    state: found.merged ? 'merged' : found.state === 'open' ? 'open' : 'closed',
    draft: found.draft ?? found.title.startsWith(draftPrefix),
    author: found.user?.login ?? '',
    head: { branch: found.head.ref, commit: found.head.sha, fork: found.head.repo_id !== found.base.repo_id },
    base: { branch: found.base.ref, commit: found.base.sha },
    headRef: `refs/pull/${found.number}/head`,
    labels: (found.labels ?? []).map(({ name }) => name),
    link: found.html_url,
    updatedAt: new Date(found.updated_at),
  };
}

/** All open pull requests, or those to one branch or from one. */
export async function pullRequests(
  repository: GiteaRepository,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  { signal }: Call,
): Promise<readonly PullRequest[]> {
  const found = await repository.all(
    {
      path: `${repository.path}/pulls`,
      query: { state: filter.state ?? 'open', base_branch: filter.base },
      schema: pullRequestsSchema,
      what: `listing the pull requests of ${repository.name}`,
      signal,
    },
    (page) => page,
  );
  // An older Gitea does not know base_branch, and none knows a head.
  return found
    .map(toPullRequest)
    .filter(({ base }) => filter.base === undefined || base.branch === filter.base)
    .filter(({ head }) => filter.head === undefined || (head.branch === filter.head && !head.fork));
}

/** One pull request. */
export async function pullRequest(
  { http, path, name }: GiteaRepository,
  number: number,
  { signal }: Call,
): Promise<PullRequest> {
  const what = `reading pull request ${number} of ${name}`;
  return toPullRequest(
    (await http.call({ path: `${path}/pulls/${number}`, schema: pullRequestSchema, what, signal })).body,
  );
}

/** Opens a pull request. */
export async function openPullRequest(
  repository: GiteaRepository,
  wish: NewPullRequest,
  call: Call,
): Promise<PullRequest> {
  const labels = wish.labels === undefined ? [] : await labelIds(repository, wish.labels, call);
  const { body } = await repository.http.call({
    method: 'POST',
    path: `${repository.path}/pulls`,
    body: {
      title: wish.draft === true ? `${draftPrefix}${wish.title}` : wish.title,
      body: wish.body,
      head: wish.head,
      base: wish.base,
      labels,
    },
    schema: pullRequestSchema,
    what: `opening a pull request from ${wish.head} to ${wish.base} in ${repository.name}`,
    signal: call.signal,
  });
  return toPullRequest(body);
}

/** Changes what is given. */
export async function updatePullRequest(
  { http, path, name }: GiteaRepository,
  number: number,
  change: PullRequestChange & { readonly state?: 'closed' },
  { signal }: Call,
): Promise<PullRequest> {
  const { body } = await http.call({
    method: 'PATCH',
    path: `${path}/pulls/${number}`,
    body: change,
    schema: pullRequestSchema,
    what: `changing pull request ${number} of ${name}`,
    repeatable: true,
    signal,
  });
  return toPullRequest(body);
}

const mostMergeTries = 5;

/** Merges while the head is still the one that was looked at. */
export async function mergePullRequest(
  repository: GiteaRepository,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const { http, path, name } = repository;
  const [title = '', ...rest] = (options.message ?? '').split('\n');
  for (let tries = 1; ; tries += 1) {
    try {
      await http.send({
        method: 'POST',
        path: `${path}/pulls/${number}/merge`,
        body: {
          Do: options.method,
          head_commit_id: options.head,
          delete_branch_after_merge: options.deleteBranch ?? false,
          ...(title === '' ? {} : { MergeTitleField: title }),
          ...(rest.length === 0 ? {} : { MergeMessageField: rest.join('\n').trim() }),
        },
        what: `merging pull request ${number} of ${name}`,
        codes: { 405: 'forge.conflict' },
        signal: call.signal,
      });
      break;
    } catch (error) {
      // Gitea checks in the background whether it can be merged, and says this until it knows.
      const isUndecided = error instanceof PlumbError && error.message.includes('Please try again later');
      if (!isUndecided || tries >= mostMergeTries) throw error;
      await http.pause(tries, call.signal);
    }
  }
  const { body } = await http.call({
    path: `${path}/pulls/${number}`,
    schema: pullRequestSchema,
    what: `reading pull request ${number} of ${name}`,
    signal: call.signal,
  });
  return typeof body.merge_commit_sha === 'string' ? { commit: body.merge_commit_sha } : {};
}

/** The paths that a pull request touches; of what was moved, both. */
export async function changedFiles(
  repository: GiteaRepository,
  number: number,
  { signal }: Call,
): Promise<readonly string[]> {
  const files = await repository.all(
    {
      path: `${repository.path}/pulls/${number}/files`,
      schema: filesSchema,
      what: `listing the files of pull request ${number} of ${repository.name}`,
      signal,
    },
    (page) => page,
  );
  return [
    ...new Set(
      files.flatMap(({ filename, previous_filename: before }) =>
        before === undefined ? [filename] : [before, filename],
      ),
    ),
  ];
}
