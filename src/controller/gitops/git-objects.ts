import type { KubeObject, ObjectKey } from '../../object.ts';
import { fetchTip, type FoundObject, namespaceObjects, tipAt } from '../../writeback/index.ts';
import { etagOf } from '../changes/git-wishes.ts';
import type { GitOpsRepositories, GitOpsRepository } from './repositories.ts';
import type { GitOpsSettings } from './settings.ts';

/** An object of a namespace as its repository has it. */
export interface GitObject {
  readonly object: KubeObject;
  /** From the root of the repository. */
  readonly path: string;
  /** For If-Match: its content, and the commit that was read. */
  readonly etag: string;
}

/** The objects of GitOps namespaces, as Git has them at this moment. */
export interface GitObjects {
  /** Undefined where Git does not have it. */
  get(settings: GitOpsSettings, key: ObjectKey, signal: AbortSignal): Promise<GitObject | undefined>;
  /** All of a namespace, by their keys, with the commit that was read. */
  list(
    settings: GitOpsSettings,
    signal: AbortSignal,
  ): Promise<{ readonly commit: string | undefined; readonly objects: readonly GitObject[] }>;
}

const shown = (found: FoundObject, commit: string): GitObject => ({
  object: found.object,
  path: found.file.path,
  etag: etagOf(found, commit),
});

const read = async (repository: GitOpsRepository, signal: AbortSignal) => {
  const { mirror, settings, layout, folders } = repository;
  const { commit, files } = await tipAt(mirror, await fetchTip(mirror, settings.branch, signal));
  return { commit, objects: namespaceObjects(files, layout, folders) };
};

/** Reads objects in the repositories of their namespaces. */
export function createGitObjects(repositories: Pick<GitOpsRepositories, 'use'>): GitObjects {
  return {
    get: (settings, key, signal) =>
      repositories.use(
        settings,
        async (repository) => {
          const { commit, objects } = await read(repository, signal);
          const found = commit === undefined ? undefined : await objects.find(key);
          return commit === undefined || found === undefined ? undefined : shown(found, commit);
        },
        signal,
      ),
    list: (settings, signal) =>
      repositories.use(
        settings,
        async (repository) => {
          const { commit, objects } = await read(repository, signal);
          if (commit === undefined) return { commit, objects: [] };
          return { commit, objects: (await objects.list()).map((found) => shown(found, commit)) };
        },
        signal,
      ),
  };
}
