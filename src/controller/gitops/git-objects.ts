import type { KubeObject, ObjectKey } from '../../object.ts';
import {
  fetchTip,
  type FoundObject,
  knownTip,
  type ListedObject,
  namespaceObjects,
  tipAt,
} from '../../writeback/index.ts';
import { etagOf } from '../changes/git-wishes.ts';
import type { GitOpsRepositories, GitOpsRepository } from './repositories.ts';
import type { GitOpsSettings } from './settings.ts';

export type { ListedObject };

/** An object of a namespace as its repository has it. */
export interface GitObject {
  readonly object: KubeObject;
  /** From the root of the repository. */
  readonly path: string;
  /** For If-Match: its content, and the commit that was read. */
  readonly etag: string;
}

/** How new what is read has to be. */
export interface ReadOptions {
  readonly signal: AbortSignal;
  /** True: the server is asked where the branch is now. Else it is as it was fetched last, or written from here since. */
  readonly fresh?: boolean;
}

/** The objects that a namespace has at a commit. */
export interface GitListing {
  /** Undefined where the repository has no commit yet. */
  readonly commit: string | undefined;
  /** In the order of their keys. No file is read that a listing before has read. */
  readonly objects: readonly ListedObject[];
  /** Reads some of them, in their order; undefined where one cannot be read. */
  read(objects: readonly ListedObject[]): Promise<readonly (GitObject | undefined)[]>;
}

/** The objects of GitOps namespaces, as Git has them. */
export interface GitObjects {
  /** Undefined where Git does not have it. */
  get(settings: GitOpsSettings, key: ObjectKey, options: ReadOptions): Promise<GitObject | undefined>;
  /** Works on all of a namespace, for as long as the work lasts. */
  list<T>(settings: GitOpsSettings, work: (listing: GitListing) => Promise<T>, options: ReadOptions): Promise<T>;
}

const shown = (found: FoundObject, commit: string): GitObject => ({
  object: found.object,
  path: found.file.path,
  etag: etagOf(found, commit),
});

const read = async (repository: GitOpsRepository, { signal, fresh = false }: ReadOptions) => {
  const { mirror, settings, layout, folders } = repository;
  // Nobody has looked since the start: what the mirror holds may be from long ago.
  const tip = fresh || !repository.isFollowed() ? fetchTip : knownTip;
  const { commit, files } = await tipAt(mirror, await tip(mirror, settings.branch, signal));
  return { commit, objects: namespaceObjects(files, layout, folders) };
};

/** Reads objects in the repositories of their namespaces. */
export function createGitObjects(repositories: Pick<GitOpsRepositories, 'use'>): GitObjects {
  return {
    get: (settings, key, options) =>
      repositories.use(
        settings,
        async (repository) => {
          const { commit, objects } = await read(repository, options);
          const found = commit === undefined ? undefined : await objects.find(key);
          return commit === undefined || found === undefined ? undefined : shown(found, commit);
        },
        options.signal,
      ),
    list: (settings, work, options) =>
      repositories.use(
        settings,
        async (repository) => {
          const { commit, objects } = await read(repository, options);
          return work({
            commit,
            objects: commit === undefined ? [] : await objects.list(),
            async read(some) {
              const found = await Promise.all(some.map(({ key }) => objects.find(key)));
              return found.map((each) =>
                each === undefined || commit === undefined ? undefined : shown(each, commit),
              );
            },
          });
        },
        options.signal,
      ),
  };
}
