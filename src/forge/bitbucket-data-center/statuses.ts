import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import type { BitbucketRepository } from './repository.ts';
import { buildsSchema } from './schema.ts';

const longestDescription = 255;

const states: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
};

/** Says something of a commit. A build has to have a page; where there is none, it is the commit's. */
export async function setCommitStatus(
  { http, path, page, name }: BitbucketRepository,
  commit: string,
  status: CommitStatus,
  { signal }: Call,
): Promise<void> {
  await http.send({
    method: 'POST',
    path: `${path}/commits/${encodeURIComponent(commit)}/builds`,
    body: {
      key: status.context,
      name: status.context,
      state: states[status.state],
      url: status.link ?? `${page}/commits/${encodeURIComponent(commit)}`,
      description: cutLine(status.description, longestDescription),
    },
    what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${name}`,
    // A key has one state, the newest: twice the same is the same.
    repeatable: true,
    signal,
  });
}

/** The newest state of each context, of the hundred newest that the server keeps at hand. */
export async function commitStatuses(
  repository: BitbucketRepository,
  commit: string,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const builds = await repository.all(
    {
      // The newer resource gives one build of a known key, and no list.
      path: `/rest/build-status/latest/commits/${encodeURIComponent(commit)}`,
      query: { orderBy: 'OLDEST' },
      schema: buildsSchema,
      what: `reading the statuses of ${commit.slice(0, 12)} in ${repository.name}`,
      signal,
    },
    (page) => ({ ...page, items: page.values }),
  );
  const newest = new Map(builds.map((build) => [build.key, build]));
  return [...newest.values()].map(({ key, state, description = '', url }) => ({
    context: key,
    state: stateOf(state),
    description,
    ...(url === undefined ? {} : { link: url }),
  }));
}

function stateOf(state: string): CommitStatus['state'] {
  if (state === 'SUCCESSFUL') return 'success';
  return state === 'FAILED' || state === 'CANCELLED' ? 'failure' : 'pending';
}
