import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import type { GiteaRepository } from './repository.ts';
import { combinedStatusSchema } from './schema.ts';

// The column is text without end; a line is what people see.
const longestDescription = 255;

/** Says something of a commit. */
export async function setCommitStatus(
  { http, path, name }: GiteaRepository,
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
      target_url: status.link ?? '',
    },
    what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${name}`,
    // Gitea 1.26 takes a commit that is not there for a failure of its own.
    codes: { 500: (said) => (said.includes('object does not exist') ? 'forge.not-found' : undefined) },
    // The newest of a context counts: twice the same is the same.
    repeatable: true,
    signal,
  });
}

/** The newest state of each context. */
export async function commitStatuses(
  repository: GiteaRepository,
  commit: string,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const statuses = await repository.all(
    {
      path: `${repository.path}/commits/${encodeURIComponent(commit)}/status`,
      schema: combinedStatusSchema,
      what: `reading the statuses of ${commit.slice(0, 12)} in ${repository.name}`,
      signal,
    },
    (page) => page.statuses ?? [],
  );
  return statuses.map(({ context, status, description, target_url: link }) => ({
    context,
    state: stateOf(status),
    description,
    ...(link === '' ? {} : { link }),
  }));
}

/** Gitea also has error, warning and skipped. */
function stateOf(status: string): CommitStatus['state'] {
  if (status === 'success' || status === 'skipped') return 'success';
  return status === 'pending' ? 'pending' : 'failure';
}
