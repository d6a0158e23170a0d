import { sourcesOf } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { ownWanted, type RepositoryState } from './repositories.ts';
import { selectorId, wantedBy } from './revision.ts';

/** What is followed of a Repository: what it stands for itself, and what those who read it ask for. */
export function selectorsOf({ repository }: RepositoryState, readers: Iterable<ApplicationState>): Set<string> {
  const own = ownWanted(repository);
  const selectors = new Set(own === undefined ? [] : [selectorId(own)]);
  for (const { application } of readers) {
    for (const source of sourcesOf(application)) {
      if (source.repositoryRef.name === repository.metadata.name)
        selectors.add(selectorId(wantedBy(source, repository)));
    }
  }
  return selectors;
}
