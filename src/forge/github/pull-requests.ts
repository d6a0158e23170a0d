import { PlumbError } from '../../errors.ts';
import { nextLink } from '../http.ts';
import type { Call, MergeOptions, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import { pageSize, type GitHubRepository } from './repository.ts';
import { filesSchema, mergedSchema, pullRequestSchema, pullRequestsSchema, type GitHubPullRequest } from './schema.ts';

function toPullRequest(found: GitHubPullRequest): PullRequest {
  const { head, base, number } = found;
  return {
    number,
    title: found.title,
    body: found.body ?? '',
    state: found.merged_at !== null ? 'merged' : found.state === 'open' ? 'open' : 'closed',
    draft: found.draft ?? false,
    author: found.user?.login ?? '',
    head: { branch: head.ref, commit: head.sha, fork: head.repo === null || head.repo.id !== base.repo?.id },
    base: { branch: base.ref, commit: base.sha },
    headRef: `refs/pull/${number}/head`,
    labels: found.labels.map(({ name }) => name),
    link: found.html_url,
    updatedAt: new Date(found.updated_at),
  };
}

/** All open pull requests, or those to one branch or from one. */
export async function pullRequests(
  { http, path, name, owner }: GitHubRepository,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  { signal }: Call,
): Promise<readonly PullRequest[]> {
  const found = await http.pages(
    {
      path: `${path}/pulls`,
      query: {
        state: filter.state ?? 'open',
        base: filter.base,
        head: filter.head === undefined ? undefined : `${owner}:${filter.head}`,
        per_page: pageSize,
      },
      schema: pullRequestsSchema,
      what: `listing the pull requests of ${name}`,
      signal,
    },
    (answer) => ({ items: answer.body, next: nextLink(answer) }),
  );
  return found
    .map(toPullRequest)
    .filter(({ head }) => filter.head === undefined || (head.branch === filter.head && !head.fork));
}

/** One pull request. */
export async function pullRequest(
  { http, path, name }: GitHubRepository,
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
  { http, path, name }: GitHubRepository,
  wish: NewPullRequest,
  { signal }: Call,
): Promise<PullRequest> {
  const what = `opening a pull request from ${wish.head} to ${wish.base} in ${name}`;
  const { body } = await http.call({
    method: 'POST',
    path: `${path}/pulls`,
    body: { title: wish.title, body: wish.body, head: wish.head, base: wish.base, draft: wish.draft ?? false },
    schema: pullRequestSchema,
    what,
    codes: { 422: (said) => (/already exists|no commits between/i.test(said) ? 'forge.conflict' : undefined) },
    signal,
  });
  const opened = toPullRequest(body);
  if (wish.labels === undefined || wish.labels.length === 0) return opened;
  await http.send({
    method: 'POST',
    path: `${path}/issues/${opened.number}/labels`,
    body: { labels: wish.labels },
    what,
    repeatable: true,
    signal,
  });
  return { ...opened, labels: [...new Set([...opened.labels, ...wish.labels])] };
}

/** Changes what is given. */
export async function updatePullRequest(
  { http, path, name }: GitHubRepository,
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

/** Merges while the head is still the one that was looked at. */
export async function mergePullRequest(
  repository: GitHubRepository,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const { http, path, name } = repository;
  const [title = '', ...rest] = (options.message ?? '').split('\n');
  const what = `merging pull request ${number} of ${name}`;
  const { body } = await http.call({
    method: 'PUT',
    path: `${path}/pulls/${number}/merge`,
    body: {
      merge_method: options.method,
      sha: options.head,
      ...(title === '' ? {} : { commit_title: title }),
      ...(rest.length === 0 ? {} : { commit_message: rest.join('\n').trim() }),
    },
    schema: mergedSchema,
    what,
    // Asked a second time, GitHub would say that it cannot be merged.
    repeatable: false,
    codes: { 405: 'forge.conflict', 409: 'forge.conflict' },
    signal: call.signal,
  });
  if (options.deleteBranch === true) await deleteBranch(repository, number, call);
  return { commit: body.sha };
}

async function deleteBranch(repository: GitHubRepository, number: number, call: Call): Promise<void> {
  const { head } = await pullRequest(repository, number, call);
  if (head.fork) return;
  try {
    await repository.http.send({
      method: 'DELETE',
      path: `${repository.path}/git/refs/heads/${head.branch.split('/').map(encodeURIComponent).join('/')}`,
      what: `deleting the branch ${head.branch} of ${repository.name}`,
      codes: { 422: 'forge.not-found' },
      signal: call.signal,
    });
  } catch (error) {
    // GitHub itself deletes it where the repository is set so.
    if (!(error instanceof PlumbError && error.code === 'forge.not-found')) throw error;
  }
}

/** The paths that a pull request touches; of what was moved, both. GitHub lists 3,000 files and no more. */
export async function changedFiles(
  { http, path, name }: GitHubRepository,
  number: number,
  { signal }: Call,
): Promise<readonly string[]> {
  const files = await http.pages(
    {
      path: `${path}/pulls/${number}/files`,
      query: { per_page: pageSize },
      schema: filesSchema,
      what: `listing the files of pull request ${number} of ${name}`,
      signal,
    },
    (answer) => ({ items: answer.body, next: nextLink(answer) }),
  );
  return [
    ...new Set(
      files.flatMap(({ filename, previous_filename: before }) =>
        before === undefined ? [filename] : [before, filename],
      ),
    ),
  ];
}
