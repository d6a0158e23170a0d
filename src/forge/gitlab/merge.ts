import { plumbError, PlumbError } from '../../errors.ts';
import type { Call, MergeOptions } from '../types.ts';
import { readMergeRequest } from './merge-requests.ts';
import type { GitLabProject } from './project.ts';
import { mergeRequestSchema, projectSchema, type GitLabMergeRequest } from './schema.ts';

const mostTries = 8;
const undecided = new Set(['unchecked', 'checking', 'preparing', 'approvals_syncing', 'cannot_be_merged_recheck']);

/** Whether GitLab is still finding out, in the background, whether it can be merged. */
function isUndecided({ detailed_merge_status: detailed, merge_status: status }: GitLabMergeRequest): boolean {
  return undecided.has(detailed ?? status ?? '');
}

/** Merges while the head is still the one that was looked at. */
export async function mergePullRequest(
  project: GitLabProject,
  number: number,
  options: MergeOptions,
  call: Call,
): Promise<{ readonly commit?: string }> {
  const { http, path, name } = project;
  const what = `merging merge request !${number} of ${name}`;
  if (options.method === 'rebase') await requireFastForward(project, what, call);
  const isSquash = options.method === 'squash';
  for (let tries = 1; ; tries += 1) {
    try {
      const { body } = await http.call({
        method: 'PUT',
        path: `${path}/merge_requests/${number}/merge`,
        body: {
          sha: options.head,
          squash: isSquash,
          should_remove_source_branch: options.deleteBranch ?? false,
          ...(options.message === undefined
            ? {}
            : { [isSquash ? 'squash_commit_message' : 'merge_commit_message']: options.message }),
        },
        schema: mergeRequestSchema,
        what,
        // 401: whoever asks may not merge. 405: it is a draft, closed or waits for something. 406 and 422: conflicts.
        codes: { 401: 'forge.forbidden', 405: 'forge.conflict', 406: 'forge.conflict', 422: 'forge.conflict' },
        signal: call.signal,
      });
      return mergedAs(body);
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'forge.conflict' || tries >= mostTries) throw error;
      const now = await readMergeRequest(project, number, call);
      // A merge whose answer was lost is done.
      if (now.state === 'merged' && now.sha === options.head) return mergedAs(now);
      if (now.sha !== options.head || !isUndecided(now)) throw error;
      await http.pause(tries, call.signal);
    }
  }
}

function mergedAs(found: GitLabMergeRequest): { readonly commit?: string } {
  // A fast forward makes no commit of its own.
  const commit = found.merge_commit_sha ?? found.squash_commit_sha ?? found.sha;
  return found.state !== 'merged' || commit === null ? {} : { commit };
}

/** How branches come together is a setting of the project; only squashing is asked for with each merge. */
async function requireFastForward({ http, path, name }: GitLabProject, what: string, { signal }: Call): Promise<void> {
  const { body } = await http.call({ path, schema: projectSchema, what: `reading the project ${name}`, signal });
  if (body.merge_method === 'ff') return;
  throw plumbError(
    'forge.refused',
    `${what}: the project makes merge commits; a rebase needs its merge method to be fast-forward`,
  );
}
