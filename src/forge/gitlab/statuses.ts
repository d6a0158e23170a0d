import { PlumbError } from '../../errors.ts';
import type { Call, CommitStatus } from '../types.ts';
import { cutLine } from '../words.ts';
import type { GitLabProject } from './project.ts';
import { mergeRequestsSchema, statusesSchema } from './schema.ts';

const longestDescription = 255;
const mostTries = 4;

const states: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
};

/** Where the status of a commit is set, when that is not the project itself. */
export interface StatusPlace {
  /** Path of a fork. */
  readonly path: string;
  readonly branch: string;
}

/** Where the statuses of which commits were set, as far as that is remembered. */
export interface StatusPlaces {
  get(commit: string): StatusPlace | undefined;
  set(commit: string, place: StatusPlace): unknown;
}

/**
 * Says something of a commit. A commit that is only in a fork has no branch here to hang a pipeline on: there it is
 * said in the fork, where the merge request takes it from (docs/adr/0136).
 */
export async function setCommitStatus(
  project: GitLabProject,
  commit: string,
  status: CommitStatus,
  places: StatusPlaces,
  call: Call,
): Promise<void> {
  const known = places.get(commit);
  if (known !== undefined) {
    await post(project, commit, status, known, call);
    return;
  }
  try {
    await post(project, commit, status, undefined, call);
  } catch (error) {
    const isWithoutBranch = says(error, 'forge.not-found', 'References for commit');
    const source = isWithoutBranch ? await sourceOf(project, commit, call) : undefined;
    if (source === undefined) throw error;
    await post(project, commit, status, source, call);
    places.set(commit, source);
  }
}

async function post(
  { http, path, name }: GitLabProject,
  commit: string,
  status: CommitStatus,
  place: StatusPlace | undefined,
  { signal }: Call,
): Promise<void> {
  const where = place === undefined ? name : `a fork of ${name}`;
  for (let tries = 1; ; tries += 1) {
    try {
      await http.send({
        method: 'POST',
        path: `${place?.path ?? path}/statuses/${encodeURIComponent(commit)}`,
        body: {
          name: status.context,
          state: states[status.state],
          description: cutLine(status.description, longestDescription),
          ...(status.link === undefined ? {} : { target_url: status.link }),
          ...(place === undefined ? {} : { ref: place.branch }),
        },
        what: `setting the status ${status.context} of ${commit.slice(0, 12)} in ${where}`,
        repeatable: true,
        signal,
      });
      return;
    } catch (error) {
      // Older ones refuse to be told again what it knows: a status that waits already.
      if (status.state === 'pending' && says(error, 'forge.refused', 'Cannot transition status')) return;
      // Somebody else writes a status of the same commit just now.
      if (!says(error, 'forge.conflict', 'in progress') || tries >= mostTries) throw error;
      await http.pause(tries, signal);
    }
  }
}

function says(error: unknown, code: string, words: string): boolean {
  return error instanceof PlumbError && error.code === code && error.message.includes(words);
}

/** Where the head of an open merge request comes from, when that is a fork. */
async function sourceOf(project: GitLabProject, commit: string, { signal }: Call): Promise<StatusPlace | undefined> {
  const found = await project.all(
    {
      path: `${project.path}/repository/commits/${encodeURIComponent(commit)}/merge_requests`,
      query: { state: 'opened' },
      schema: mergeRequestsSchema,
      what: `finding the merge requests of ${commit.slice(0, 12)} in ${project.name}`,
      signal,
    },
    (page) => page,
  );
  for (const { sha, source_project_id: source, target_project_id: target, source_branch: branch } of found) {
    if (sha === commit && source !== null && source !== target) return { path: `/projects/${source}`, branch };
  }
  return undefined;
}

/** The newest state of each context; the jobs of GitLab's own pipelines are among them. */
export async function commitStatuses(
  project: GitLabProject,
  commit: string,
  places: StatusPlaces,
  { signal }: Call,
): Promise<readonly CommitStatus[]> {
  const list = (path: string) =>
    project.all(
      {
        path: `${path}/repository/commits/${encodeURIComponent(commit)}/statuses`,
        schema: statusesSchema,
        what: `reading the statuses of ${commit.slice(0, 12)} in ${project.name}`,
        signal,
      },
      (page) => page,
    );
  const elsewhere = places.get(commit);
  const found = [...(await list(project.path)), ...(elsewhere === undefined ? [] : await list(elsewhere.path))];
  // Several pipelines of one commit may each have a status of the same name.
  const newest = new Map(found.toSorted((a, b) => a.id - b.id).map((each) => [each.name, each]));
  return [...newest.values()].map(({ name, status, description, target_url: link }) => ({
    context: name,
    state: stateOf(status),
    description: description ?? '',
    ...(link === null ? {} : { link }),
  }));
}

function stateOf(status: string): CommitStatus['state'] {
  if (status === 'success' || status === 'skipped') return 'success';
  return status === 'failed' || status === 'canceled' ? 'failure' : 'pending';
}
