import { plumbError, PlumbError } from '../../errors.ts';
import type { Call, MergeOptions, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import { cutText } from '../words.ts';
import type { BitbucketRepository } from './repository.ts';
import { pullRequestSchema, pullRequestsSchema, type BitbucketPullRequest } from './schema.ts';

const longestDescription = 32_768;

const states: Readonly<Record<string, PullRequest['state']>> = { OPEN: 'open', MERGED: 'merged' };

function toPullRequest({ page }: BitbucketRepository, found: BitbucketPullRequest): PullRequest {
  const { fromRef, toRef } = found;
  return {
    number: found.id,
    title: found.title,
    body: found.description ?? '',
    state: states[found.state] ?? 'closed',
    draft: found.draft ?? false,
    author: found.author.user.name,
    head: {
      branch: fromRef.displayId,
      commit: fromRef.latestCommit,
      fork: fromRef.repository.id !== toRef.repository.id,
    },
    base: { branch: toRef.displayId, commit: toRef.latestCommit },
    headRef: `refs/pull-requests/${found.id}/from`,
    labels: [],
    link: `${page}/pull-requests/${found.id}`,
    updatedAt: new Date(found.updatedDate),
  };
}

/** All open pull requests, or those to one branch or from one. */
export async function pullRequests(
  repository: BitbucketRepository,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  { signal }: Call,
): Promise<readonly PullRequest[]> {
  const found = await repository.all(
    {
      path: `${repository.path}/pull-requests`,
      query: {
        state: filter.state === 'all' ? 'ALL' : 'OPEN',
        direction: 'INCOMING',
        at: filter.base === undefined ? undefined : `refs/heads/${filter.base}`,
        order: 'OLDEST',
      },
      schema: pullRequestsSchema,
      what: `listing the pull requests of ${repository.name}`,
      signal,
    },
    (page) => ({ ...page, items: page.values }),
  );
  return found
    .map((each) => toPullRequest(repository, each))
    .filter(({ head }) => filter.head === undefined || (head.branch === filter.head && !head.fork));
}

/** One pull request, as Bitbucket writes it. */
export async function readPullRequest(
  { http, path, name }: BitbucketRepository,
  number: number,
  { signal }: Call,
): Promise<BitbucketPullRequest> {
  const what = `reading pull request ${number} of ${name}`;
  return (await http.call({ path: `${path}/pull-requests/${number}`, schema: pullRequestSchema, what, signal })).body;
}

/** One pull request. */
export async function pullRequest(repository: BitbucketRepository, number: number, call: Call): Promise<PullRequest> {
  return toPullRequest(repository, await readPullRequest(repository, number, call));
}

/** Opens a pull request. Labels there are none. */
export async function openPullRequest(
  repository: BitbucketRepository,
  wish: NewPullRequest,
  { signal }: Call,
): Promise<PullRequest> {
  const { body } = await repository.http.call({
    method: 'POST',
    path: `${repository.path}/pull-requests`,
    body: {
      title: wish.title,
      description: cutText(wish.body, longestDescription),
      fromRef: { id: `refs/heads/${wish.head}` },
      toRef: { id: `refs/heads/${wish.base}` },
      ...(wish.draft === true ? { draft: true } : {}),
    },
    schema: pullRequestSchema,
    what: `opening a pull request from ${wish.head} to ${wish.base} in ${repository.name}`,
    signal,
  });
  return toPullRequest(repository, body);
}

const mostTries = 4;

/**
 * Does something to a pull request at its version. The server refuses what was meant for an older one; where the change
 * does not depend on what has changed, it is made again for the newer.
 */
async function atVersion<T>(
  repository: BitbucketRepository,
  number: number,
  call: Call,
  change: (now: BitbucketPullRequest) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const now = await readPullRequest(repository, number, call);
    try {
      return await change(now);
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'forge.conflict' || tries >= mostTries) throw error;
      if ((await readPullRequest(repository, number, call)).version === now.version) throw error;
    }
  }
}

/** Changes what is given. What is not sent would be taken away, the reviewers among it. */
export async function updatePullRequest(
  repository: BitbucketRepository,
  number: number,
  { title, body, base }: PullRequestChange,
  call: Call,
): Promise<PullRequest> {
  return atVersion(repository, number, call, async (now) => {
    const { body: changed } = await repository.http.call({
      method: 'PUT',
      path: `${repository.path}/pull-requests/${number}`,
      body: {
        version: now.version,
        title: title ?? now.title,
        description: cutText(body ?? now.description ?? '', longestDescription),
        reviewers: now.reviewers.map(({ user }) => ({ user: { name: user.name } })),
        toRef: { id: base === undefined ? now.toRef.id : `refs/heads/${base}` },
        ...(now.draft === undefined ? {} : { draft: now.draft }),
      },
      schema: pullRequestSchema,
      what: `changing pull request ${number} of ${repository.name}`,
      signal: call.signal,
    });
    return toPullRequest(repository, changed);
  });
}

/** Declines a pull request. */
export async function closePullRequest(repository: BitbucketRepository, number: number, call: Call): Promise<void> {
  await atVersion(repository, number, call, async ({ version, state }) => {
    if (state === 'DECLINED') return;
    await repository.http.send({
      method: 'POST',
      path: `${repository.path}/pull-requests/${number}/decline`,
      query: { version },
      body: { version },
      what: `declining pull request ${number} of ${repository.name}`,
      signal: call.signal,
    });
  });
}

const strategies: Readonly<Record<MergeOptions['method'], string>> = {
  merge: 'no-ff',
  squash: 'squash',
  rebase: 'rebase-ff-only',
};

/** Merges while the head is still the one that was looked at: its version is of that moment, and no other is merged. */
export async function mergePullRequest(
  repository: BitbucketRepository,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const what = `merging pull request ${number} of ${repository.name}`;
  const merged = await atVersion(repository, number, call, async (now) => {
    if (now.fromRef.latestCommit !== options.head) {
      throw plumbError('forge.conflict', `${what}: its head is ${now.fromRef.latestCommit}, no longer ${options.head}`);
    }
    // A merge whose answer was lost is done.
    if (now.state === 'MERGED') return now;
    const { body } = await repository.http.call({
      method: 'POST',
      path: `${repository.path}/pull-requests/${number}/merge`,
      query: { version: now.version },
      body: {
        version: now.version,
        strategyId: strategies[options.method],
        ...(options.message === undefined ? {} : { message: options.message, autoSubject: false }),
      },
      schema: pullRequestSchema,
      what,
      // The version sees to it that it is done once.
      repeatable: true,
      signal: call.signal,
    });
    return body;
  });
  if (options.deleteBranch === true) await deleteBranch(repository, merged, call);
  const commit = merged.properties?.mergeCommit?.id;
  return commit === undefined ? {} : { commit };
}

/** Only as long as the branch still is what was merged, and never in a fork. */
async function deleteBranch(
  { http, branchesPath, name }: BitbucketRepository,
  { fromRef, toRef }: BitbucketPullRequest,
  { signal }: Call,
): Promise<void> {
  if (fromRef.repository.id !== toRef.repository.id) return;
  try {
    await http.send({
      method: 'DELETE',
      path: `${branchesPath}/branches`,
      body: { name: fromRef.id, endPoint: fromRef.latestCommit, dryRun: false },
      what: `deleting the branch ${fromRef.displayId} of ${name}`,
      codes: { 401: 'forge.forbidden' },
      signal,
    });
  } catch (error) {
    // Gone already, moved on, or protected: it is merged all the same.
    const isHarmless =
      error instanceof PlumbError && /^forge\.(?:not-found|conflict|refused|forbidden)$/.test(error.code);
    if (!isHarmless) throw error;
  }
}
