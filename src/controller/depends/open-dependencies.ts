import type { Applications } from '../application/applications.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import { createDependencies } from './dependencies.ts';
import type { DependencySide } from './await-dependencies.ts';
import { sourceLines } from './source-lines.ts';

/** Dependencies, and who tells of what happens to them. */
export interface OpenedDependencies extends DependencySide {
  /** A look at an Application has ended: those that wait for it look again, where it stands another way now. */
  looked(id: string): void;
  /** Those that wait for an Application that reads the Repository: its commit counts also where it changes nothing. */
  waitersOfReaders(repository: string): readonly string[];
}

/**
 * The dependencies of all Applications that the controller looks after.
 *
 * @param add has an Application looked at
 */
export function openDependencies(
  applications: Pick<Applications, 'get' | 'readersOf'>,
  repositories: ReadonlyMap<string, RepositoryState>,
  add: (id: string) => void,
): OpenedDependencies {
  const dependencies = createDependencies();
  return {
    ...dependencies,
    stateOf: (id) => applications.get(id),
    linesOf: (application) => sourceLines(application, repositories),
    looked(id) {
      const state = applications.get(id);
      if (state === undefined) return;
      for (const other of dependencies.found(id, state.standing)) add(other);
    },
    waitersOfReaders: (repository) =>
      [...applications.readersOf(repository)].flatMap(({ id }) => dependencies.waitersOf(id)),
  };
}
