import { plumbError, PlumbError } from '../../errors.ts';
import type { Forge } from '../../forge/index.ts';
import { createFolderCache, type FolderCache, type NamespaceLayout } from '../../writeback/index.ts';
import { type HowToWrite, openBranch, type OpenBranch, type OpenBranchOptions } from '../repository/open-branch.ts';
import { ownWanted, type RepositoryState } from '../repository/repositories.ts';
import { until } from './listeners.ts';
import { madeName } from './made-objects.ts';
import type { GitOpsSettings } from './settings.ts';

/** The repository of a GitOps namespace, with the means to write to it. */
export interface GitOpsRepository extends OpenBranch {
  readonly settings: GitOpsSettings;
  readonly layout: NamespaceLayout;
  readonly folders: FolderCache;
  /** Whether its Repository was fetched, or that was tried, since the start. */
  isFollowed(): boolean;
}

/** The repositories of all GitOps namespaces. */
export interface GitOpsRepositories {
  /**
   * Opens the repository of a namespace for as long as the work lasts.
   * @throws PlumbError `controller.gitops-starting` where its Repository is not read yet; its problems where it cannot be
   * read; `forge.*` where pull requests cannot be opened
   */
  use<T>(settings: GitOpsSettings, work: (repository: GitOpsRepository) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Resolves when all mirrors are given back, after the signal has aborted and all work has ended. */
  close(): Promise<void>;
}

/** What repositories are opened with. */
export interface GitOpsRepositoriesOptions extends OpenBranchOptions {
  readonly stateOf: (id: string) => RepositoryState | undefined;
  /** Calls back whenever a Repository was looked at, until the answer is called. */
  readonly onRepository: (id: string, tell: () => void) => () => void;
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
}

interface Opened {
  readonly repository: GitOpsRepository;
  users: number;
  /** Another one has taken its place: who uses it last closes it. */
  isRetired: boolean;
}

/** So long a request waits for the Repository of its namespace. */
const startMilliseconds = 10_000;

/** Opens repositories when they are used, and anew when their settings or credentials are others. */
export function createGitOpsRepositories(options: GitOpsRepositoriesOptions): GitOpsRepositories {
  const current = new Map<string, { readonly version: string; readonly opening: Promise<Opened> }>();
  const folders = createFolderCache();
  const closing = new Set<Promise<void>>();

  const open = async (settings: GitOpsSettings, state: RepositoryState, signal: AbortSignal): Promise<Opened> => {
    const { namespace, format, prefix, branch } = settings;
    const opened = await openBranch(state.repository, branch, await howOf(settings, state.id, signal), options);
    const layout: NamespaceLayout = { prefix, namespace, format };
    const isFollowed = (): boolean => isFetched(options.stateOf(state.id));
    return { repository: { settings, layout, folders, isFollowed, ...opened }, users: 0, isRetired: false };
  };

  const howOf = async ({ mode, namespace }: GitOpsSettings, id: string, signal: AbortSignal): Promise<HowToWrite> => {
    if (mode === 'commit') return { mode };
    const forge = await options.forgeOf(id, signal);
    if (forge !== undefined) return { mode, forge };
    throw plumbError('controller.gitops-invalid', 'pull requests are wanted, and it is not told at which forge', {
      where: { object: `Namespace ${namespace}` },
    });
  };

  /** A namespace that was labelled a moment ago needs another one. */
  const readyState = async (settings: GitOpsSettings, signal: AbortSignal): Promise<RepositoryState> => {
    const id = `${settings.namespace}/${madeName}`;
    const look = (): RepositoryState | undefined => {
      const state = options.stateOf(id);
      if (state?.repository.spec.url !== settings.url) return undefined;
      if (state.problems !== undefined) throw new PlumbError(state.problems);
      return state.letInBy === undefined ? undefined : state;
    };
    const listen = (tell: () => void): (() => void) => options.onRepository(id, tell);
    const state = await until(look, { listen, milliseconds: startMilliseconds, signal });
    if (state !== undefined) return state;
    throw plumbError('controller.gitops-starting', `the Repository of namespace ${settings.namespace} is not read yet`);
  };

  const retire = (opened: Opened): void => {
    opened.isRetired = true;
    if (opened.users > 0) return;
    const done = opened.repository.mirror.close().finally(() => closing.delete(done));
    closing.add(done);
  };

  const openedFor = async (settings: GitOpsSettings, signal: AbortSignal): Promise<Opened> => {
    const { namespace } = settings;
    const state = await readyState(settings, signal);
    const version = JSON.stringify([settings, state.letInBy, state.repository.metadata.uid]);
    const known = current.get(namespace);
    if (known?.version === version) return known.opening;
    const entry = { version, opening: open(settings, state, options.signal) };
    current.set(namespace, entry);
    entry.opening.catch(() => {
      if (current.get(namespace) === entry) current.delete(namespace);
    });
    if (known !== undefined) void known.opening.then(retire, () => undefined);
    signal.throwIfAborted();
    return entry.opening;
  };

  return {
    async use(settings, work, signal) {
      const opened = await openedFor(settings, signal);
      opened.users += 1;
      try {
        return await work(opened.repository);
      } finally {
        opened.users -= 1;
        if (opened.isRetired) retire(opened);
      }
    },
    async close() {
      await Promise.all(
        [...current.values()].map(async ({ opening }) =>
          opening.then(
            ({ repository }) => repository.mirror.close(),
            () => undefined,
          ),
        ),
      );
      await Promise.all(closing);
    },
  };
}

function isFetched(state: RepositoryState | undefined): boolean {
  const wanted = state === undefined ? undefined : ownWanted(state.repository);
  return wanted !== undefined && (state?.revisions?.of(wanted).state ?? 'pending') !== 'pending';
}
