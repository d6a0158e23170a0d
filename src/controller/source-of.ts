import { type Application, names } from '../api/index.ts';
import type { Problem } from '../errors.ts';
import { repositoryOf } from './applications.ts';
import type { ApplicationSource } from './context.ts';
import type { RepositoryState } from './repositories.ts';
import { selectorId } from './revisions.ts';

/** Repository and reference in one text. */
export function groupId(repository: string, selector: string): string {
  return `${repository}@${selector}`;
}

function failedSource(problem: Problem): ApplicationSource {
  return { state: 'failed', problems: [problem] };
}

/** The commit that an Application shall be at: the newest of its reference, or the one it is held at. */
export async function sourceOf(
  application: Application,
  repositories: ReadonlyMap<string, RepositoryState>,
): Promise<ApplicationSource> {
  const id = repositoryOf(application);
  const repository = repositories.get(id);
  const object = `plumbline.dev/Application ${application.metadata.namespace}/${application.metadata.name}`;
  if (repository === undefined) {
    return failedSource({
      code: 'controller.repository-missing',
      message: `the Repository ${id} does not exist`,
      where: { object, field: 'spec.source.repositoryRef.name' },
    });
  }
  if (repository.problems !== undefined) return { state: 'failed', problems: repository.problems };
  const ref = application.spec.source.ref ?? repository.repository.spec.ref;
  const revision = repository.revisions?.of(ref);
  const mirror = repository.revisions?.mirror;
  if (revision === undefined || mirror === undefined || revision.state === 'pending') {
    if (revision?.state === 'failed') return { state: 'failed', problems: revision.problems };
    return { state: 'pending', message: `waiting for the first fetch of the Repository ${id}` };
  }
  // What was seen last stays right while the repository cannot be reached; the Repository says what is wrong.
  const resolved = revision.state === 'ready' ? revision.resolved : revision.last;
  if (resolved === undefined) {
    return revision.state === 'failed'
      ? { state: 'failed', problems: revision.problems }
      : { state: 'pending', message: `waiting for the first fetch of the Repository ${id}` };
  }
  const ready = {
    state: 'ready',
    mirror,
    group: groupId(id, selectorId(ref)),
    url: repository.repository.spec.url,
  } as const;
  const rollback = application.metadata.annotations?.[names.rollbackTo];
  if (rollback === undefined) return { ...ready, resolved };
  const held = await mirror.resolve({ commit: rollback });
  if (held !== undefined) return { ...ready, resolved: held, group: groupId(id, `commit:${rollback}`) };
  return failedSource({
    code: 'controller.rollback-unknown',
    message: `the repository holds no commit ${rollback}`,
    where: { object, field: `metadata.annotations["${names.rollbackTo}"]` },
  });
}
