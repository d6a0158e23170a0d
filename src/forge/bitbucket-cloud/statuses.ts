import { createHash } from 'node:crypto';
import { PlumbError } from '../../errors.ts';
import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import type { BitbucketRepository } from './repository.ts';
import { statusesSchema } from './schema.ts';

const longestKey = 40;
const longestDescription = 255;

const states: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
};

/** A context as the key of a status, which is shorter: what does not fit is told by a digest. */
function keyOf(context: string): string {
  if (context.length <= longestKey) return context;
  const prefix = 'plumbline-';
  return `${prefix}${createHash('sha256')
    .update(context)
    .digest('hex')
    .slice(0, longestKey - prefix.length)}`;
}

/** Where the head of an open pull request comes from. */
export interface HeadSource {
  readonly branch: string;
  /** Path of the repository, where it is a fork. */
  readonly forkPath?: string;
}

/**
 * Says something of a commit. A status has to have a page; where there is none, it is the commit's. A pull request shows
 * it where it names the branch; a commit that only a fork has gets it there.
 */
export async function setCommitStatus(
  { http, path, page, name }: BitbucketRepository,
  commit: string,
  status: CommitStatus,
  source: HeadSource | undefined,
  { signal }: Call,
): Promise<void> {
  const post = (repository: string): Promise<void> =>
    http.send({
      method: 'POST',
      path: `${repository}/commit/${encodeURIComponent(commit)}/statuses/build`,
      body: {
        key: keyOf(status.context),
        name: status.context,
        state: states[status.state],
        url: status.link ?? `${page}/commits/${encodeURIComponent(commit)}`,
        description: cutLine(status.description, longestDescription),
        ...(source === undefined ? {} : { refname: source.branch }),
      },
      what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${name}`,
      // A key has one state, the newest: twice the same is the same.
      repeatable: true,
      signal,
    });
  await inEither(path, source, post);
}

/** Does something in the repository, and in the fork where only that has the commit. */
async function inEither<T>(
  path: string,
  source: HeadSource | undefined,
  action: (repository: string) => Promise<T>,
): Promise<T> {
  try {
    return await action(path);
  } catch (error) {
    const isElsewhere = error instanceof PlumbError && error.code === 'forge.not-found';
    if (!isElsewhere || source?.forkPath === undefined) throw error;
    return action(source.forkPath);
  }
}

/** The state of each context. */
export async function commitStatuses(
  repository: BitbucketRepository,
  commit: string,
  source: HeadSource | undefined,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const found = await inEither(repository.path, source, (path) =>
    repository.all(
      {
        path: `${path}/commit/${encodeURIComponent(commit)}/statuses`,
        schema: statusesSchema,
        what: `reading the statuses of ${commit.slice(0, 12)} in ${repository.name}`,
        signal,
      },
      (page) => ({ ...page, items: page.values }),
    ),
  );
  return found.map(({ key, name, state, description, url }) => ({
    context: typeof name === 'string' && keyOf(name) === key ? name : key,
    state: stateOf(state),
    description: description ?? '',
    ...(typeof url === 'string' ? { link: url } : {}),
  }));
}

function stateOf(state: string): CommitStatus['state'] {
  if (state === 'SUCCESSFUL') return 'success';
  return state === 'INPROGRESS' ? 'pending' : 'failure';
}
