import { plumbError } from '../../errors.ts';
import type { Call, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import { cutText } from '../words.ts';
import type { AzureRepository } from './repository.ts';
import { pullRequestSchema, pullRequestsSchema, type AzureIdentity, type AzurePullRequest } from './schema.ts';

const longestDescription = 4000;
/** Lists cut descriptions here. */
const listedDescription = 400;
const branchPrefix = 'refs/heads/';

/** The address of an account is its own; its display name anybody may have. */
export function accountName({ uniqueName, displayName }: AzureIdentity): string {
  return uniqueName ?? displayName ?? '';
}

const states: Readonly<Record<string, PullRequest['state']>> = { active: 'open', completed: 'merged' };

/** Undefined where Azure DevOps has not looked at the branches yet. */
function toPullRequest({ page }: AzureRepository, found: AzurePullRequest): PullRequest | undefined {
  const head = found.lastMergeSourceCommit?.commitId;
  if (head === undefined) return undefined;
  const base = found.lastMergeTargetCommit?.commitId;
  return {
    number: found.pullRequestId,
    title: found.title,
    body: found.description ?? '',
    state: states[found.status] ?? 'closed',
    draft: found.isDraft ?? false,
    author: accountName(found.createdBy),
    head: {
      branch: found.sourceRefName.replace(branchPrefix, ''),
      commit: head,
      fork: found.forkSource !== undefined && found.forkSource !== null,
    },
    base: { branch: found.targetRefName.replace(branchPrefix, ''), ...(base === undefined ? {} : { commit: base }) },
    // The one reference there is, refs/pull/N/merge, leads to the merge that would be made and not to the head.
    labels: (found.labels ?? []).filter(({ active }) => active !== false).map(({ name }) => name),
    link: `${page}/pullrequest/${found.pullRequestId}`,
    // It is not told when something was last changed, but for the end.
    updatedAt: new Date(found.closedDate ?? found.creationDate),
  };
}

/** All open pull requests, or those to one branch or from one. */
export async function pullRequests(
  repository: AzureRepository,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  call: Call,
): Promise<readonly PullRequest[]> {
  const found = await repository.all(
    {
      path: `${repository.path}/pullrequests`,
      query: {
        'searchCriteria.status': filter.state === 'all' ? 'all' : 'active',
        'searchCriteria.targetRefName': filter.base === undefined ? undefined : `${branchPrefix}${filter.base}`,
        'searchCriteria.sourceRefName': filter.head === undefined ? undefined : `${branchPrefix}${filter.head}`,
      },
      schema: pullRequestsSchema,
      what: `listing the pull requests of ${repository.name}`,
      signal: call.signal,
    },
    { top: '$top', skip: '$skip', size: 100 },
    (page) => page.value,
  );
  const whole = await Promise.all(
    found.map(async (each) => {
      const isCut = (each.description ?? '').length >= listedDescription;
      return isCut ? readPullRequest(repository, each.pullRequestId, call) : each;
    }),
  );
  return whole
    .flatMap((each) => toPullRequest(repository, each) ?? [])
    .filter(({ head }) => filter.head === undefined || !head.fork);
}

/** One pull request, as Azure DevOps writes it. */
export async function readPullRequest(
  { http, path, name }: AzureRepository,
  number: number,
  { signal }: Call,
): Promise<AzurePullRequest> {
  const what = `reading pull request ${number} of ${name}`;
  return (await http.call({ path: `${path}/pullrequests/${number}`, schema: pullRequestSchema, what, signal })).body;
}

/** One pull request. */
export async function pullRequest(repository: AzureRepository, number: number, call: Call): Promise<PullRequest> {
  return complete(repository, await readPullRequest(repository, number, call));
}

function complete(repository: AzureRepository, found: AzurePullRequest): PullRequest {
  const whole = toPullRequest(repository, found);
  if (whole !== undefined) return whole;
  const which = `pull request ${found.pullRequestId} of ${repository.name}`;
  throw plumbError('forge.answer-invalid', `${which} has no head commit: its branch is gone`);
}

/** Opens a pull request; labels that are missing are made. */
export async function openPullRequest(
  repository: AzureRepository,
  wish: NewPullRequest,
  { signal }: Call,
): Promise<PullRequest> {
  const { body } = await repository.http.call({
    method: 'POST',
    path: `${repository.path}/pullrequests`,
    body: {
      sourceRefName: `${branchPrefix}${wish.head}`,
      targetRefName: `${branchPrefix}${wish.base}`,
      title: wish.title,
      description: cutText(wish.body, longestDescription),
      isDraft: wish.draft ?? false,
      ...(wish.labels === undefined || wish.labels.length === 0
        ? {}
        : { labels: wish.labels.map((name) => ({ name })) }),
    },
    schema: pullRequestSchema,
    what: `opening a pull request from ${wish.head} to ${wish.base} in ${repository.name}`,
    signal,
  });
  return complete(repository, body);
}

/** Changes what is given. */
export async function updatePullRequest(
  repository: AzureRepository,
  number: number,
  { title, body, base }: PullRequestChange,
  call: Call,
): Promise<PullRequest> {
  const change = {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { description: cutText(body, longestDescription) }),
    ...(base === undefined ? {} : { targetRefName: `${branchPrefix}${base}` }),
  };
  return complete(repository, await patch(repository, number, change, 'changing', call));
}

/** Abandons a pull request. */
export async function closePullRequest(repository: AzureRepository, number: number, call: Call): Promise<void> {
  await patch(repository, number, { status: 'abandoned' }, 'abandoning', call);
}

/** Changes a pull request; what has that effect already has it again. */
export async function patch(
  { http, path, name }: AzureRepository,
  number: number,
  change: Readonly<Record<string, unknown>>,
  verb: string,
  { signal }: Call,
): Promise<AzurePullRequest> {
  const { body } = await http.call({
    method: 'PATCH',
    path: `${path}/pullrequests/${number}`,
    body: change,
    schema: pullRequestSchema,
    what: `${verb} pull request ${number} of ${name}`,
    repeatable: true,
    signal,
  });
  return body;
}
