import { type Application, sourcesOf } from '../../api/index.ts';
import { repositoryKey } from '../../forge/index.ts';
import type { Origin } from '../rendering/origin.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import { selectorId, wantedBy } from '../repository/revision.ts';
import { groupId } from '../rendering/source-of.ts';

/** What a source follows, whichever Repository leads to it. */
export interface SourceLine {
  /** Repository by its URL and reference in one text: those who share it see the same commits, sooner or later. */
  readonly line: string;
  /** `SourcePart.group`. */
  readonly group: string;
  /** Whether one version led to another; undefined where versions do not follow one another. */
  readonly isAncestor: Origin['isAncestor'];
}

/** What each source of an Application follows; those whose Repository is not known are left out. */
export function sourceLines(
  application: Application,
  repositories: ReadonlyMap<string, RepositoryState>,
): SourceLine[] {
  return sourcesOf(application).flatMap((source) => {
    const id = `${application.metadata.namespace}/${source.repositoryRef.name}`;
    const known = repositories.get(id);
    if (known === undefined) return [];
    const { url } = known.repository.spec;
    const wanted = wantedBy(source, known.repository);
    const selector = selectorId(wanted);
    const origin = known.revisions?.origin(wanted.chart);
    const line = `${repositoryKey(url) ?? url}@${selector}`;
    return [{ line, group: groupId(id, selector), isAncestor: origin?.isAncestor }];
  });
}
