import { type Repository, sourcesOf } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { Applications } from '../application/applications.ts';
import type { Version } from '../rendering/origin.ts';
import { type Revision, selectorId, wantedBy } from '../repository/revision.ts';
import type { RepositoryRevisions } from '../repository/revisions.ts';
import { groupId } from '../rendering/source-of.ts';

/** A Repository, and what is known of its references. */
export interface FollowedRepository {
  readonly id: string;
  readonly repository: Repository;
  readonly revisions: Pick<RepositoryRevisions, 'of' | 'proposals'> | undefined;
}

/** What follows one branch of a Repository. */
export interface Followers {
  readonly applications: readonly ApplicationState[];
  /** Repository and reference, as sources that follow the branch have it: by name, or as the default branch. */
  readonly groups: readonly string[];
  /** The newest commit of the branch that was accepted; undefined before the first fetch. */
  readonly tip: Version | undefined;
}

function versionOf(revision: Revision | undefined): Version | undefined {
  if (revision === undefined || revision.state === 'pending') return undefined;
  return revision.state === 'ready' ? revision.version : revision.last;
}

/** The Applications that a merge into a branch of the Repository would reach. */
export function followersOf(state: FollowedRepository, branch: string, applications: Applications): Followers {
  const { metadata } = state.repository;
  const ref = `refs/heads/${branch}`;
  const found = new Set<ApplicationState>();
  const groups = new Set<string>();
  let tip: Version | undefined;
  for (const application of applications.readersOf(state.id)) {
    for (const source of sourcesOf(application.application)) {
      if (source.repositoryRef.name !== metadata.name) continue;
      const wanted = wantedBy(source, state.repository);
      const name = wanted.ref;
      if (name?.tag !== undefined || name?.semver !== undefined || name?.commit !== undefined) continue;
      const version = versionOf(state.revisions?.of(wanted));
      if (name?.branch === undefined ? version?.ref !== ref : name.branch !== branch) continue;
      found.add(application);
      groups.add(groupId(state.id, selectorId(wanted)));
      tip ??= version;
    }
  }
  return { applications: [...found], groups: [...groups], tip };
}

/** One text for all that a preview depends on besides the commits. */
export function specsOf({ applications }: Followers): string {
  return applications
    .map(({ id, application: { metadata } }) => `${id} ${metadata.uid} ${metadata.generation}`)
    .toSorted()
    .join('\n');
}
