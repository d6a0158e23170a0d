import { nextLink } from '../http.ts';
import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import { pageSize, type GitHubRepository } from './repository.ts';
import { combinedStatusSchema } from './schema.ts';

const longestDescription = 140;

/** Says something of a commit. */
export async function setCommitStatus(
  { http, path, name }: GitHubRepository,
  commit: string,
  status: CommitStatus,
  { signal }: Call,
): Promise<void> {
  await http.send({
    method: 'POST',
    path: `${path}/statuses/${encodeURIComponent(commit)}`,
    body: {
      context: status.context,
      state: status.state,
      description: cutLine(status.description, longestDescription),
      ...(status.link === undefined ? {} : { target_url: status.link }),
    },
    what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${name}`,
    codes: { 422: (said) => (/no commit found/i.test(said) ? 'forge.not-found' : undefined) },
    // The newest of a context counts: twice the same is the same.
    repeatable: true,
    signal,
  });
}

/** The newest state of each context. */
export async function commitStatuses(
  { http, path, name }: GitHubRepository,
  commit: string,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const statuses = await http.pages(
    {
      path: `${path}/commits/${encodeURIComponent(commit)}/status`,
      query: { per_page: pageSize },
      schema: combinedStatusSchema,
      what: `reading the statuses of ${commit.slice(0, 12)} in ${name}`,
      codes: { 422: (said) => (/no commit found/i.test(said) ? 'forge.not-found' : undefined) },
      signal,
    },
    (answer) => ({ items: answer.body.statuses, next: nextLink(answer) }),
  );
  return statuses.map(({ context, state, description, target_url: link }) => ({
    context,
    state: state === 'success' || state === 'pending' ? state : 'failure',
    description: description ?? '',
    ...(link === null || link === '' ? {} : { link }),
  }));
}
