import { plumbError } from '../../errors.ts';
import type { Call, NewPullRequest, PullRequest, PullRequestChange } from '../types.ts';
import type { GitLabProject } from './project.ts';
import { withoutQuickActions } from './quick-actions.ts';
import { mergeRequestSchema, mergeRequestsSchema, type GitLabMergeRequest } from './schema.ts';

// GitLab knows a draft by its title; older ones wrote WIP.
const draftPrefix = 'Draft: ';
const draftPattern = /^\s*(?:\[draft\]|draft:|\(draft\)|\[wip\]|wip:)\s*/i;

/** Undefined while GitLab has not yet worked out what is proposed. */
function toPullRequest(found: GitLabMergeRequest): PullRequest | undefined {
  if (found.sha === null) return undefined;
  return {
    number: found.iid,
    title: isDraft(found) ? found.title.replace(draftPattern, '') : found.title,
    body: found.description ?? '',
    // Locked is a merge request while it is being merged.
    state:
      found.state === 'opened' || found.state === 'locked' ? 'open' : found.state === 'merged' ? 'merged' : 'closed',
    draft: isDraft(found),
    author: found.author.username,
    head: {
      branch: found.source_branch,
      commit: found.sha,
      fork: found.source_project_id !== found.target_project_id,
    },
    base: { branch: found.target_branch },
    headRef: `refs/merge-requests/${found.iid}/head`,
    labels: found.labels,
    link: found.web_url,
    updatedAt: new Date(found.updated_at),
  };
}

function isDraft(found: GitLabMergeRequest): boolean {
  return found.draft ?? found.work_in_progress ?? false;
}

/** All open merge requests, or those to one branch or from one. */
export async function pullRequests(
  project: GitLabProject,
  filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
  { signal }: Call,
): Promise<readonly PullRequest[]> {
  const found = await project.all(
    {
      path: `${project.path}/merge_requests`,
      query: {
        state: filter.state === 'all' ? 'all' : 'opened',
        target_branch: filter.base,
        source_branch: filter.head,
        order_by: 'created_at',
        sort: 'asc',
      },
      schema: mergeRequestsSchema,
      what: `listing the merge requests of ${project.name}`,
      signal,
    },
    (page) => page,
  );
  return found
    .flatMap((each) => toPullRequest(each) ?? [])
    .filter(({ head }) => filter.head === undefined || !head.fork);
}

/** One merge request, as GitLab writes it. */
export async function readMergeRequest(
  { http, path, name }: GitLabProject,
  number: number,
  { signal }: Call,
): Promise<GitLabMergeRequest> {
  const what = `reading merge request !${number} of ${name}`;
  return (await http.call({ path: `${path}/merge_requests/${number}`, schema: mergeRequestSchema, what, signal })).body;
}

/** One merge request. */
export async function pullRequest(project: GitLabProject, number: number, call: Call): Promise<PullRequest> {
  return complete(project, await readMergeRequest(project, number, call));
}

function complete({ name }: GitLabProject, found: GitLabMergeRequest): PullRequest {
  const whole = toPullRequest(found);
  if (whole !== undefined) return whole;
  throw plumbError('forge.answer-invalid', `merge request !${found.iid} of ${name} has no head commit`);
}

/** Opens a merge request; labels that are missing are made by GitLab. */
export async function openPullRequest(
  project: GitLabProject,
  wish: NewPullRequest,
  { signal }: Call,
): Promise<PullRequest> {
  const { body } = await project.http.call({
    method: 'POST',
    path: `${project.path}/merge_requests`,
    body: {
      source_branch: wish.head,
      target_branch: wish.base,
      title: wish.draft === true ? `${draftPrefix}${wish.title}` : wish.title,
      description: withoutQuickActions(wish.body),
      ...(wish.labels === undefined || wish.labels.length === 0 ? {} : { labels: wish.labels.join(',') }),
    },
    schema: mergeRequestSchema,
    what: `opening a merge request from ${wish.head} to ${wish.base} in ${project.name}`,
    signal,
  });
  return complete(project, body);
}

/** Changes what is given. A draft stays one. */
export async function updatePullRequest(
  project: GitLabProject,
  number: number,
  change: PullRequestChange,
  call: Call,
): Promise<PullRequest> {
  const { title, body, base } = change;
  const drafted = title !== undefined && isDraft(await readMergeRequest(project, number, call));
  return complete(
    project,
    await edit(
      project,
      number,
      {
        ...(title === undefined ? {} : { title: drafted ? `${draftPrefix}${title}` : title }),
        ...(body === undefined ? {} : { description: withoutQuickActions(body) }),
        ...(base === undefined ? {} : { target_branch: base }),
      },
      call,
    ),
  );
}

/** Closes a merge request without merging it. */
export async function closePullRequest(project: GitLabProject, number: number, call: Call): Promise<void> {
  await edit(project, number, { state_event: 'close' }, call);
}

/** Sets exactly these of `among`; other labels stay. GitLab makes those that are missing. */
export async function setLabels(
  project: GitLabProject,
  number: number,
  { present, among }: { readonly present: readonly string[]; readonly among: readonly string[] },
  call: Call,
): Promise<void> {
  const gone = among.filter((label) => !present.includes(label));
  const change = {
    ...(present.length === 0 ? {} : { add_labels: present.join(',') }),
    ...(gone.length === 0 ? {} : { remove_labels: gone.join(',') }),
  };
  if (Object.keys(change).length > 0) await edit(project, number, change, call);
}

async function edit(
  { http, path, name }: GitLabProject,
  number: number,
  change: Readonly<Record<string, string>>,
  { signal }: Call,
): Promise<GitLabMergeRequest> {
  const { body } = await http.call({
    method: 'PUT',
    path: `${path}/merge_requests/${number}`,
    body: change,
    schema: mergeRequestSchema,
    what: `changing merge request !${number} of ${name}`,
    signal,
  });
  return body;
}
