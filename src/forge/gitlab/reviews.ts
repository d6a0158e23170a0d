import type { Call, Review } from '../types.ts';
import type { GitLabProject } from './project.ts';
import { approvalsSchema, reviewersSchema } from './schema.ts';

const states: Readonly<Record<string, Review['state']>> = {
  approved: 'approved',
  requested_changes: 'changes-requested',
  reviewed: 'commented',
  unapproved: 'dismissed',
};

/** What was said: anybody may approve, reviewers may also say something else. The commit is not told. */
export async function reviews(project: GitLabProject, number: number, { signal }: Call): Promise<readonly Review[]> {
  const path = `${project.path}/merge_requests/${number}`;
  const what = `reading the reviews of merge request !${number} of ${project.name}`;
  const approvals = await project.http.call({ path: `${path}/approvals`, schema: approvalsSchema, what, signal });
  const reviewers = await project.all(
    { path: `${path}/reviewers`, schema: reviewersSchema, what, signal },
    (page) => page,
  );
  const found = new Map<string, Review>(
    approvals.body.approved_by.map(({ user }) => [user.username, { reviewer: user.username, state: 'approved' }]),
  );
  for (const { user, state } of reviewers) {
    const said = states[state];
    // Who approved has not taken that back by a mere word; only a request for changes weighs more.
    const isMore = said === 'changes-requested' || (said !== undefined && !found.has(user.username));
    if (isMore) found.set(user.username, { reviewer: user.username, state: said });
  }
  return [...found.values()];
}
