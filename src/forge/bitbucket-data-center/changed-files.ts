import type { Call } from '../types.ts';
import { readPullRequest } from './pull-requests.ts';
import type { BitbucketRepository } from './repository.ts';
import { changesSchema } from './schema.ts';

const mostAtOnce = 1000;

/** The paths that a pull request touches; of what was moved, both. */
export async function changedFiles(
  repository: BitbucketRepository,
  number: number,
  call: Call,
): Promise<readonly string[]> {
  const { http, path, name } = repository;
  const what = `listing the files of pull request ${number} of ${name}`;
  const list = { query: { limit: mostAtOnce }, schema: changesSchema, what, signal: call.signal };
  const { body } = await http.call({ ...list, path: `${path}/pull-requests/${number}/changes` });
  // This one is cut at what the server gives at once; the comparison of the two branches goes on.
  const changes = body.isLastPage ? body.values : await compared();
  const paths = changes.flatMap(({ path: now, srcPath: before }) => [before ?? now, now]);
  return [...new Set(paths.map(({ components }) => components.join('/')))];

  async function compared(): Promise<typeof body.values> {
    const { fromRef, toRef } = await readPullRequest(repository, number, call);
    const { project, slug } = fromRef.repository;
    const query = {
      ...list.query,
      from: fromRef.latestCommit,
      to: toRef.latestCommit,
      fromRepo: fromRef.repository.id === toRef.repository.id ? undefined : `${project.key}/${slug}`,
    };
    const found = await repository.all({ ...list, path: `${path}/compare/changes`, query }, (page) => ({
      ...page,
      items: page.values,
    }));
    return [...found];
  }
}
