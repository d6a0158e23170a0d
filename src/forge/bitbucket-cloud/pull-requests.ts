import { plumbError } from '../../errors.ts';
import type { Call, MergeOptions, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import { pathOf, type CommitIds } from './commits.ts';
import type { BitbucketRepository } from './repository.ts';
import { pullRequestSchema, pullRequestsSchema, type BitbucketAccount, type BitbucketPullRequest } from './schema.ts';
import type { HeadSource } from './statuses.ts';

/** A repository that knows whole commits, and is told where the heads of open pull requests come from. */
export type BitbucketWithCommits = BitbucketRepository & {
  readonly commits: CommitIds;
  readonly seen: (commit: string, source: HeadSource) => void;
};

/** There are no user names, and anybody may choose any nickname: what tells accounts apart is their id. */
export function accountName(account: BitbucketAccount | null | undefined): string {
  return account?.account_id ?? account?.uuid ?? '';
}

const states: Readonly<Record<string, PullRequest['state']>> = { OPEN: 'open', MERGED: 'merged' };

function toPullRequest({ page }: BitbucketRepository, found: BitbucketPullRequest, head: string): PullRequest {
  const { source, destination } = found;
  const base = destination.commit?.hash;
  return {
    number: found.id,
    title: found.title,
    body: found.description ?? '',
    state: states[found.state] ?? 'closed',
    draft: found.draft ?? false,
    author: accountName(found.author),
    head: {
      branch: source.branch.name,
      commit: head,
      fork: source.repository?.full_name !== destination.repository?.full_name,
    },
    base: { branch: destination.branch.name, ...(base?.length === 40 ? { commit: base } : {}) },
    labels: [],
    link: `${page}/pull-requests/${found.id}`,
    updatedAt: new Date(found.updated_on),
  };
}

async function complete(
  repository: BitbucketWithCommits,
  found: BitbucketPullRequest,
  { signal }: Call,
): Promise<PullRequest> {
  const whole = toPullRequest(repository, found, await repository.commits.headOf(found, signal));
  const { branch, commit, fork } = whole.head;
  if (whole.state === 'open') {
    const from = fork ? found.source.repository?.full_name : undefined;
    repository.seen(commit, { branch, ...(from === undefined ? {} : { forkPath: pathOf(from) }) });
  }
  return whole;
}

const allStates = '?state=OPEN&state=MERGED&state=DECLINED&state=SUPERSEDED';

/**
 * All open pull requests, or those to one branch or from one. Of those that are not open the head is told with the
 * digits that Bitbucket gives: to ask for the others would be one call for each.
 */
export async function pullRequests(
  repository: BitbucketWithCommits,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  call: Call,
): Promise<readonly PullRequest[]> {
  const conditions = [
    ...(filter.base === undefined ? [] : [`destination.branch.name = ${quoted(filter.base)}`]),
    ...(filter.head === undefined ? [] : [`source.branch.name = ${quoted(filter.head)}`]),
  ];
  const found = await repository.all(
    {
      path: `${repository.path}/pullrequests${filter.state === 'all' ? allStates : '?state=OPEN'}`,
      query: { q: conditions.length === 0 ? undefined : conditions.join(' AND ') },
      schema: pullRequestsSchema,
      what: `listing the pull requests of ${repository.name}`,
      signal: call.signal,
    },
    (page) => ({ ...page, items: page.values }),
  );
  const whole = await Promise.all(
    found.map(async (each) => {
      if (each.state === 'OPEN') return complete(repository, each, call);
      return toPullRequest(repository, each, each.source.commit?.hash ?? '');
    }),
  );
  return whole.filter(({ head }) => filter.head === undefined || !head.fork);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** One pull request, as Bitbucket writes it. */
export async function readPullRequest(
  { http, path, name }: BitbucketRepository,
  number: number,
  { signal }: Call,
): Promise<BitbucketPullRequest> {
  const what = `reading pull request ${number} of ${name}`;
  return (await http.call({ path: `${path}/pullrequests/${number}`, schema: pullRequestSchema, what, signal })).body;
}

/** One pull request. */
export async function pullRequest(repository: BitbucketWithCommits, number: number, call: Call): Promise<PullRequest> {
  return complete(repository, await readPullRequest(repository, number, call), call);
}

/** Opens a pull request. Labels there are none. */
export async function openPullRequest(
  repository: BitbucketWithCommits,
  wish: NewPullRequest,
  call: Call,
): Promise<PullRequest> {
  const { body } = await repository.http.call({
    method: 'POST',
    path: `${repository.path}/pullrequests`,
    body: {
      title: wish.title,
      description: wish.body,
      source: { branch: { name: wish.head } },
      destination: { branch: { name: wish.base } },
      ...(wish.draft === true ? { draft: true } : {}),
    },
    schema: pullRequestSchema,
    what: `opening a pull request from ${wish.head} to ${wish.base} in ${repository.name}`,
    signal: call.signal,
  });
  return complete(repository, body, call);
}

/** Changes what is given. What is not sent would be taken away, the reviewers among it. */
export async function updatePullRequest(
  repository: BitbucketWithCommits,
  number: number,
  { title, body, base }: PullRequestChange,
  call: Call,
): Promise<PullRequest> {
  const now = await readPullRequest(repository, number, call);
  const { body: changed } = await repository.http.call({
    method: 'PUT',
    path: `${repository.path}/pullrequests/${number}`,
    body: {
      title: title ?? now.title,
      description: body ?? now.description ?? '',
      destination: { branch: { name: base ?? now.destination.branch.name } },
      reviewers: (now.reviewers ?? []).flatMap(({ uuid }) => (uuid === undefined ? [] : [{ uuid }])),
      ...(now.draft === undefined ? {} : { draft: now.draft }),
    },
    schema: pullRequestSchema,
    what: `changing pull request ${number} of ${repository.name}`,
    signal: call.signal,
  });
  return complete(repository, changed, call);
}

/** Declines a pull request. */
export async function closePullRequest(repository: BitbucketRepository, number: number, call: Call): Promise<void> {
  const { state } = await readPullRequest(repository, number, call);
  if (state === 'DECLINED' || state === 'SUPERSEDED') return;
  await repository.http.send({
    method: 'POST',
    path: `${repository.path}/pullrequests/${number}/decline`,
    what: `declining pull request ${number} of ${repository.name}`,
    codes: { 400: 'forge.conflict' },
    signal: call.signal,
  });
}

const strategies: Readonly<Record<MergeOptions['method'], string>> = {
  merge: 'merge_commit',
  squash: 'squash',
  rebase: 'rebase_fast_forward',
};
const mostTries = 8;

/**
 * Merges if the head is the one that was looked at. Bitbucket Cloud takes no condition with a merge: what is pushed in
 * the moment between is merged with it.
 */
export async function mergePullRequest(
  repository: BitbucketWithCommits,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const { http, path, name, commits } = repository;
  const { signal } = call;
  const what = `merging pull request ${number} of ${name}`;
  const before = await readPullRequest(repository, number, call);
  const head = await commits.headOf(before, signal);
  if (head !== options.head)
    throw plumbError('forge.conflict', `${what}: its head is ${head}, no longer ${options.head}`);
  if (before.state !== 'MERGED') {
    await http.send({
      method: 'POST',
      path: `${path}/pullrequests/${number}/merge`,
      body: {
        type: 'pullrequest',
        merge_strategy: strategies[options.method],
        close_source_branch: options.deleteBranch ?? false,
        ...(options.message === undefined ? {} : { message: options.message }),
      },
      what,
      codes: { 400: 'forge.conflict' },
      signal,
    });
  }
  // What takes long is answered before it is done.
  for (let tries = 1; ; tries += 1) {
    const now = await readPullRequest(repository, number, call);
    if (now.state === 'MERGED') {
      const id = now.merge_commit?.hash;
      return id === undefined ? {} : { commit: await commits.whole(id, signal) };
    }
    if (now.state !== 'OPEN') throw plumbError('forge.conflict', `${what}: it is ${now.state.toLowerCase()}`);
    if (tries >= mostTries)
      throw plumbError('forge.unreachable', `${what}: ${http.host} has begun it and does not end`);
    await http.pause(tries, signal);
  }
}
