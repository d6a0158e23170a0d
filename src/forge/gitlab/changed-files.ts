import { plumbError } from '../../errors.ts';
import type { Call } from '../types.ts';
import { readMergeRequest } from './merge-requests.ts';
import type { GitLabProject } from './project.ts';
import { diffsSchema } from './schema.ts';

// Each comes with its diff, which may be long.
const filesAtOnce = 30;
const mostTries = 8;

/** The paths that a merge request touches; of what was moved, both. */
export async function changedFiles(project: GitLabProject, number: number, call: Call): Promise<readonly string[]> {
  const what = `listing the files of merge request !${number} of ${project.name}`;
  let found = await readMergeRequest(project, number, call);
  for (let tries = 1; found.detailed_merge_status === 'preparing'; tries += 1) {
    if (tries >= mostTries) throw plumbError('forge.unreachable', `${what}: it is still being prepared`);
    await project.http.pause(tries, call.signal);
    found = await readMergeRequest(project, number, call);
  }
  if (found.changes_count?.endsWith('+') === true) {
    // Half a list would say that what is missing has not changed.
    throw plumbError(
      'forge.refused',
      `${what}: there are ${found.changes_count}, of which GitLab names only the first`,
    );
  }
  const files = await project.all(
    {
      path: `${project.path}/merge_requests/${number}/diffs`,
      query: { per_page: filesAtOnce },
      schema: diffsSchema,
      what,
      signal: call.signal,
    },
    (page) => page,
  );
  return [...new Set(files.flatMap((file) => [file.old_path, file.new_path]))];
}
