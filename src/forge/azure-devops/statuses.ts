import { PlumbError } from '../../errors.ts';
import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import type { AzureRepository } from './repository.ts';
import { iterationsSchema, statusSchema, statusesSchema } from './schema.ts';

const longestDescription = 255;

const states: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'pending',
  success: 'succeeded',
  failure: 'failed',
};

/** Says something of a commit, and of each of these pull requests that has it as its head: they show no status of a commit. */
export async function setCommitStatus(
  { http, path, name }: AzureRepository,
  commit: string,
  status: CommitStatus,
  numbers: readonly number[],
  { signal }: Call,
): Promise<void> {
  const post = {
    method: 'POST',
    schema: statusSchema,
    // The newest of a context counts: twice the same is the same.
    repeatable: true,
    what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${name}`,
    signal,
  } as const;
  const said = {
    context: contextOf(status.context),
    state: states[status.state],
    description: cutLine(status.description, longestDescription),
    ...(status.link === undefined ? {} : { targetUrl: status.link }),
  };
  await http.call({ ...post, path: `${path}/commits/${encodeURIComponent(commit)}/statuses`, body: said });
  for (const number of numbers) {
    const pullRequest = `${path}/pullRequests/${number}`;
    const list = { path: `${pullRequest}/iterations`, schema: iterationsSchema, what: post.what, signal };
    const iterations = (await http.find(list))?.body.value ?? [];
    // Of the push that brought this commit: a later one has to earn its own.
    const iteration = iterations.findLast(({ sourceRefCommit }) => sourceRefCommit?.commitId === commit);
    if (iteration === undefined) continue;
    try {
      await http.call({ ...post, path: `${pullRequest}/statuses`, body: { ...said, iterationId: iteration.id } });
    } catch (error) {
      // It may have been closed meanwhile; the status of the commit is set.
      const isGone = error instanceof PlumbError && ['forge.not-found', 'forge.refused'].includes(error.code);
      if (!isGone) throw error;
    }
  }
}

/** The first part of a context is what Azure DevOps calls its genre. */
function contextOf(context: string): { readonly genre?: string; readonly name: string } {
  const slash = context.indexOf('/');
  return slash < 1 ? { name: context } : { genre: context.slice(0, slash), name: context.slice(slash + 1) };
}

/** The newest state of each context. */
export async function commitStatuses(
  repository: AzureRepository,
  commit: string,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const found = await repository.all(
    {
      path: `${repository.path}/commits/${encodeURIComponent(commit)}/statuses`,
      query: { latestOnly: true },
      schema: statusesSchema,
      what: `reading the statuses of ${commit.slice(0, 12)} in ${repository.name}`,
      signal,
    },
    { top: 'top', skip: 'skip', size: 1000 },
    (page) => page.value,
  );
  return found.map(({ context, state, description, targetUrl }) => ({
    context:
      typeof context.genre === 'string' && context.genre !== '' ? `${context.genre}/${context.name}` : context.name,
    state: stateOf(state),
    description: description ?? '',
    ...(typeof targetUrl === 'string' ? { link: targetUrl } : {}),
  }));
}

function stateOf(state = 'notSet'): CommitStatus['state'] {
  if (state === 'succeeded' || state === 'notApplicable') return 'success';
  return state === 'failed' || state === 'error' ? 'failure' : 'pending';
}
