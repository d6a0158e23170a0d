import { repositoryKey } from '../../forge/index.ts';

/** Which Repositories stand for one repository, whatever form its URL has in each. */
export interface RepositoryIndex {
  /** The Repository has this URL from now on. */
  set(id: string, url: string): void;
  delete(id: string): void;
  /** The Repositories with one of these keys, as `repositoryKey` writes them. */
  find(keys: readonly string[]): ReadonlySet<string>;
}

/** An index, so that a webhook costs the same among ten Repositories and among ten thousand. */
export function createRepositoryIndex(): RepositoryIndex {
  const keys = new Map<string, string>();
  const ids = new Map<string, Set<string>>();

  const remove = (id: string): void => {
    const key = keys.get(id);
    if (key === undefined) return;
    keys.delete(id);
    const others = ids.get(key);
    others?.delete(id);
    if (others?.size === 0) ids.delete(key);
  };

  return {
    set(id, url) {
      remove(id);
      const key = repositoryKey(url);
      if (key === undefined) return;
      keys.set(id, key);
      const others = ids.get(key) ?? new Set();
      others.add(id);
      ids.set(key, others);
    },
    delete: remove,
    find: (wanted) => new Set(wanted.flatMap((key) => [...(ids.get(key) ?? [])])),
  };
}
