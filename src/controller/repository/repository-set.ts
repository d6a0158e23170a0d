import type { Repository } from '../../api/index.ts';
import { names } from '../../names.ts';
import type { References } from '../access/references.ts';
import {
  acceptFetchRequest,
  closeRepositoryState,
  newRepositoryState,
  repositoryId,
  type RepositoryState,
} from './repositories.ts';

/** All Repositories that the controller looks after. */
export interface RepositorySet {
  readonly states: ReadonlyMap<string, RepositoryState>;
  /** Takes what the watch shows, and has looked at whatever it concerns. */
  update(repository: Repository): void;
  delete(id: string): void;
  /** Ends all that is under way for any of them. */
  close(): Promise<void>;
}

/** Who hears of Repositories. */
export interface RepositorySetOptions {
  readonly references: References;
  /** Has a Repository looked at. */
  readonly enqueue: (id: string) => void;
  /** Has those who read it looked at. */
  readonly wakeReaders: (id: string) => void;
  /** Told whatever is shown of a Repository, new or not. */
  readonly onShown: (id: string, repository: Repository) => void;
  /** Told where its spec changed, or somebody wants to see everything anew. */
  readonly onChanged: (id: string) => void;
  readonly onGone: (id: string) => void;
}

const annotation = ({ metadata }: Repository, name: string): string | undefined => metadata.annotations?.[name];

/** An empty set of Repositories. */
export function createRepositorySet(options: RepositorySetOptions): RepositorySet {
  const { references, enqueue, wakeReaders } = options;
  const states = new Map<string, RepositoryState>();

  const begin = (id: string, repository: Repository): void => {
    states.set(id, newRepositoryState(repository, references, enqueue));
    enqueue(id);
    wakeReaders(id);
    options.onChanged(id);
  };

  return {
    states,
    update(repository) {
      const id = repositoryId(repository);
      const state = states.get(id);
      options.onShown(id, repository);
      if (state === undefined) {
        begin(id, repository);
        return;
      }
      const before = state.repository;
      if (before.metadata.uid !== repository.metadata.uid) {
        void closeRepositoryState(state);
        begin(id, repository);
        return;
      }
      const isOther = (name: string): boolean => annotation(before, name) !== annotation(repository, name);
      // Whoever accepts a rewind waits for it.
      const changed = before.metadata.generation !== repository.metadata.generation || isOther(names.acceptRewind);
      state.repository = repository;
      acceptFetchRequest(state);
      // Whoever asks for a fetch wants to see everything anew.
      if (changed || isOther(names.requestedAt)) options.onChanged(id);
      if (!changed) return;
      enqueue(id);
      wakeReaders(id);
    },
    delete(id) {
      const gone = states.get(id);
      if (gone !== undefined) void closeRepositoryState(gone);
      states.delete(id);
      options.onGone(id);
      wakeReaders(id);
    },
    async close() {
      await Promise.all([...states.values()].map(closeRepositoryState));
    },
  };
}
