import { type Application, names, type Source, sourcesOf } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import type { ApplicationSource, SourcePart } from '../application/context.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import { selectorId, wantedBy } from '../repository/revision.ts';
import { describeProblems } from '../status/status.ts';

/** Repository and reference in one text. */
export function groupId(repository: string, selector: string): string {
  return `${repository}@${selector}`;
}

/** The repositories and references that an Application asks for, whether or not anything is known of them. */
export function wantedGroups(application: Application, repositories: ReadonlyMap<string, RepositoryState>): string[] {
  return sourcesOf(application).map((source) => {
    const id = `${application.metadata.namespace}/${source.repositoryRef.name}`;
    const repository = repositories.get(id)?.repository;
    const wanted = repository === undefined ? { ref: source.ref, chart: source.chart } : wantedBy(source, repository);
    return groupId(id, selectorId(wanted));
  });
}

/** One source that is ready, or why it is not. */
type PartState =
  | { readonly state: 'ready'; readonly part: SourcePart }
  | { readonly state: 'pending'; readonly message: string }
  | { readonly state: 'failed'; readonly problems: readonly Problem[] };

/**
 * The version that each source of an Application shall be at: the newest of its reference, the one it is held at, or once
 * the one that somebody asks for.
 */
export async function sourceOf(
  application: Application,
  repositories: ReadonlyMap<string, RepositoryState>,
  revision?: string,
): Promise<ApplicationSource> {
  const sources = sourcesOf(application);
  const newest = sources.map((source, index) => newestOf(application, source, index, repositories));
  const [first, ...others] = newest.flatMap((state) => (state.state === 'failed' ? state.problems : []));
  if (first !== undefined) return { state: 'failed', problems: [first, ...others] };
  const pending = newest.find((state) => state.state === 'pending');
  if (pending !== undefined) return pending;
  const parts = newest.flatMap((state) => (state.state === 'ready' ? [state.part] : []));
  const rollback = application.metadata.annotations?.[names.rollbackTo];
  if (revision !== undefined) return heldAt(application, parts, revision.split(','), names.syncRequestedAt);
  return rollback === undefined ? ready(parts) : heldAt(application, parts, rollback.split(','), names.rollbackTo);
}

function ready([first, ...others]: readonly SourcePart[]): ApplicationSource {
  if (first === undefined) return { state: 'pending', message: 'there is no source' };
  return { state: 'ready', parts: [first, ...others] };
}

function objectOf({ metadata }: Application): string {
  return `plumbline.dev/Application ${metadata.namespace}/${metadata.name}`;
}

function newestOf(
  application: Application,
  source: Source,
  index: number,
  repositories: ReadonlyMap<string, RepositoryState>,
): PartState {
  const id = `${application.metadata.namespace}/${source.repositoryRef.name}`;
  const repository = repositories.get(id);
  if (repository === undefined) {
    const field = application.spec.sources === undefined ? 'spec.source' : `spec.sources[${index}]`;
    const problem: Problem = {
      code: 'controller.repository-missing',
      message: `the Repository ${id} does not exist`,
      where: { object: objectOf(application), field: `${field}.repositoryRef.name` },
    };
    return { state: 'failed', problems: [problem] };
  }
  if (repository.problems !== undefined) return { state: 'failed', problems: repository.problems };
  const wanted = wantedBy(source, repository.repository);
  const pending: PartState = { state: 'pending', message: `waiting for the first fetch of the Repository ${id}` };
  if (repository.revisions === undefined) return pending;
  const revision = repository.revisions.of(wanted);
  const origin = repository.revisions.origin(wanted.chart);
  if (revision.state === 'pending') return pending;
  // What was seen last stays right while the repository cannot be reached; the Repository says what is wrong.
  const version = revision.state === 'ready' ? revision.version : revision.last;
  if (version === undefined || origin === undefined) {
    return revision.state === 'failed' ? { state: 'failed', problems: revision.problems } : pending;
  }
  const url = repository.repository.spec.url;
  const { completeChart } = repository.revisions;
  const part = { source, origin, version, group: groupId(id, selectorId(wanted)), url, completeChart };
  if (revision.state === 'ready' || revision.refused === undefined) return { state: 'ready', part };
  const note = `the commit ${revision.refused.revision} is not accepted: ${describeProblems(revision.problems)}`;
  return { state: 'ready', part: { ...part, note } };
}

/** The sources at the versions that an annotation names: one for each, in their order. */
async function heldAt(
  application: Application,
  parts: readonly SourcePart[],
  revisions: readonly string[],
  annotation: string,
): Promise<ApplicationSource> {
  const where = { object: objectOf(application), field: `metadata.annotations["${annotation}"]` };
  if (revisions.length !== parts.length) {
    return {
      state: 'failed',
      problems: [
        {
          code: 'controller.rollback-unknown',
          message: `the annotation names ${revisions.length} commits and there are ${parts.length} sources`,
          where,
          hint: 'Name one commit for each source, in their order, with commas between them.',
        },
      ],
    };
  }
  const problems: Problem[] = [];
  const held: SourcePart[] = [];
  for (const [index, part] of parts.entries()) {
    const revision = revisions[index] ?? '';
    const version = await part.origin.resolve(revision).catch((error: unknown) => {
      problems.push(...problemsOf(error));
      return 'failed' as const;
    });
    if (version === 'failed') continue;
    if (version === undefined) {
      const message = `the repository ${part.url} holds no commit ${revision}`;
      problems.push({ code: 'controller.rollback-unknown', message, where });
      continue;
    }
    const refusal = await part.origin.refusal(version);
    if (refusal.length > 0) {
      problems.push(...refusal);
      continue;
    }
    const id = `${application.metadata.namespace}/${part.source.repositoryRef.name}`;
    held.push({ ...part, version, group: groupId(id, `${part.source.chart ?? ''}commit:${revision}`) });
  }
  const [first, ...others] = problems;
  return first === undefined ? ready(held) : { state: 'failed', problems: [first, ...others] };
}
