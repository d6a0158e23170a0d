import { problemsOf } from '../../errors.ts';
import { createListSchemas } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { createOperations, type Operations } from '../changes/operations.ts';
import { isPending, type RecoverContext, recoverOperations, removeOutdated } from '../changes/recover.ts';
import type { FilesContext } from '../changes/submit-files.ts';
import { submit, type SubmitContext } from '../changes/submit.ts';
import type { Seal } from '../changes/git-wishes.ts';
import type { UnderWay } from '../changes/finish.ts';
import type { ChangeRequest, ChangeResult, SubmitOptions } from '../changes/types.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { Branches } from '../repository/branches.ts';
import type { PushWaits } from '../repository/open-branch.ts';
import { placeIn } from './sync-place.ts';
import { createGitObjects, type GitObjects } from './git-objects.ts';
import { createListeners } from './listeners.ts';
import { isMade, madeName } from './made-objects.ts';
import { createGitOpsNamespaces, type GitOpsNamespacesOptions, settingsIn } from './namespaces.ts';
import { createGitOpsRepositories, type GitOpsRepositories, type GitOpsRepositoriesOptions } from './repositories.ts';
import type { GitOpsSettings } from './settings.ts';
import { type GitOpsStatus, gitOpsStatus } from './status.ts';
import { createObservedQueue } from '../observed-queue.ts';

/** Changes that people and programs ask for. */
export interface NamespaceChanges {
  /**
   * Makes a change, in Git where Git maintains the namespace, else in the cluster.
   * @throws PlumbError `writeback.*`, `kube.*`, `git.*`, `controller.gitops-*`
   */
  submit(request: ChangeRequest, options: SubmitOptions): Promise<ChangeResult>;
  /** What became of changes. */
  readonly operations: Pick<Operations, 'get' | 'list'>;
}

/** The namespaces that Git maintains. */
export interface GitOps {
  /**
   * How Git maintains a namespace; undefined where it does not.
   * @throws PlumbError `controller.gitops-unknown`, `controller.gitops-invalid`
   */
  settingsOf(namespace: string): GitOpsSettings | undefined;
  /** How that goes; undefined where there is no such namespace. */
  status(namespace: string): GitOpsStatus | undefined;
  /** The repositories, for whoever reads or writes more of them than objects. */
  readonly repositories: Pick<GitOpsRepositories, 'use'>;
  readonly objects: GitObjects;
}

/** What is started. */
export interface StartedGitOps {
  readonly changes: Pick<NamespaceChanges, 'operations'> & {
    /**
     * Makes a change as the settings of its namespace say, in the cluster where there are none.
     * @throws PlumbError `writeback.*`, `kube.*`, `git.*`, `controller.gitops-starting`
     */
    submit(request: ChangeRequest, settings: GitOpsSettings | undefined, options: SubmitOptions): Promise<ChangeResult>;
  };
  readonly gitops: GitOps;
  /**
   * As `settingsOf`, of what the namespace says at this moment: the watch may not have shown yet that its label came or
   * went.
   */
  settingsNow(namespace: string, signal: AbortSignal): Promise<GitOpsSettings | undefined>;
  /** For whoever changes files of Applications, and makes Operations of another kind. */
  readonly files: FilesContext & Pick<SubmitContext, 'lists'>;
  /** Takes what a watch shows of Repositories and Applications. */
  shown(object: KubeObject): void;
  gone(id: string): void;
  /** For whoever hands in changes on other ways. */
  readonly operations: Pick<Operations, 'nameFor' | 'get'>;
  /** Calls back whenever a Repository was looked at, until the answer is called. */
  onRepository(id: string, tell: () => void): () => void;
  /** A Repository or an Application was looked at. */
  looked(kind: 'Repository' | 'Application', id: string): void;
  /** Begins to watch; resolves when all namespaces were shown. */
  start(): Promise<void>;
  /** Looks for what was left behind before a restart; to be called when Repositories and Applications are known. */
  recover(): void;
  /** Resolves when all work has ended, after the signal has aborted. */
  end(): Promise<void>;
}

/** What GitOps namespaces are started with. */
export interface StartGitOpsOptions
  extends Omit<GitOpsNamespacesOptions, 'enqueue'>, Omit<GitOpsRepositoriesOptions, 'onRepository'> {
  readonly applicationOf: (id: string) => ApplicationState | undefined;
  readonly branches: Branches;
  readonly pushWaits?: PushWaits | undefined;
  readonly seal?: Seal;
  /** Told as an Operation (`namespace/name`) is made, finished or let go. */
  readonly onOperation: (id: string, type: 'changed' | 'deleted') => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const retries = { firstRetryMilliseconds: 500, lastRetryMilliseconds: 300_000 };
/** Old Operations are let go so long after the last one that was finished. */
const cleanMilliseconds = 30_000;

/** Looks after GitOps namespaces, and takes changes. */
export function startGitOps(options: StartGitOpsOptions): StartedGitOps {
  const { client, log, signal, now, pushWaits } = options;
  const listeners = createListeners();
  const underWay = new Map<string, UnderWay>();
  const operations = createOperations({ client, now, onOperation: options.onOperation });
  const namespaces = createGitOpsNamespaces({ ...options, enqueue: (namespace) => queue.add(`make ${namespace}`) });
  const repositories = createGitOpsRepositories({
    ...options,
    onRepository: (id, tell) => listeners.add(`Repository ${id}`, tell),
  });

  const missed = new Map<string, number>();

  /** The branch of an Operation, as its Repository is let in now. */
  const useBranch: RecoverContext['useBranch'] = ({ metadata, spec }, work, call) => {
    const { repositoryRef = madeName, repository: url, branch, mode } = spec;
    const repository = options.stateOf(`${metadata.namespace}/${repositoryRef}`)?.repository;
    if (repository?.spec.url !== url || repository === undefined || branch === undefined || mode === 'direct')
      return undefined;
    return options.branches.use(repository, branch, mode, ({ writer }) => work(writer), call);
  };

  const recover = async (namespace: string, call: AbortSignal): Promise<void> => {
    const again = await recoverOperations(
      namespace,
      { client, useBranch, operations, underWay, missed, now, elapsed: () => performance.now(), pushWaits },
      call,
    );
    if (again !== undefined) queue.addAfter(`recover ${namespace}`, again);
  };

  /** The namespaces with Operations: those that nobody works on are brought to their end, and old ones let go. */
  const findLeft = async (call: AbortSignal): Promise<void> => {
    const all = await operations.list(options.namespace, call);
    for (const namespace of new Set(all.map(({ metadata }) => metadata.namespace))) {
      const own = all.filter(({ metadata }) => metadata.namespace === namespace);
      if (own.some(isPending)) queue.add(`recover ${namespace}`);
      queue.addAfter(`clean ${namespace}`, cleanMilliseconds);
    }
  };

  const queue = createObservedQueue('gitops', options.observer, {
    ...retries,
    workers: 4,
    random: options.random,
    signal,
    work: async (key, call) => {
      const [what, namespace = ''] = key.split(' ');
      if (what === 'make') await namespaces.reconcile(namespace, call);
      else if (what === 'find') await findLeft(call);
      else if (what === 'recover') await recover(namespace, call);
      else await removeOutdated(namespace, operations, call);
    },
    onFailure: (key, error, retry) =>
      log.error({ gitops: key, problems: problemsOf(error), retryMilliseconds: Math.round(retry) }, 'work failed'),
  });

  const context: SubmitContext = {
    client,
    namespaces,
    repositories,
    operations,
    underWay,
    lists: createListSchemas(client),
    news: {
      placeOf: (id) => placeIn(options.applicationOf(id)),
      onLooked: (id, tell) => listeners.add(`Application ${id}`, tell),
    },
    isFollowed(namespace) {
      const made = options.applicationOf(`${namespace}/${madeName}`)?.application;
      return made !== undefined && isMade(made);
    },
    fetchNow: (namespace) => void options.stateOf(`${namespace}/${madeName}`)?.revisions?.trigger(),
    onFinished(namespace, isKnown) {
      if (!isKnown) queue.add(`recover ${namespace}`);
      queue.addAfter(`clean ${namespace}`, cleanMilliseconds);
    },
    ...(options.seal === undefined ? {} : { seal: options.seal }),
    now,
    signal,
  };

  return {
    changes: { submit: (request, settings, how) => submit(request, settings, context, how), operations },
    gitops: {
      settingsOf: (namespace) => settingsIn(namespaces.get(namespace), namespace),
      status: (namespace) => gitOpsStatus(namespace, { ...options, namespaces }),
      repositories,
      objects: createGitObjects(repositories),
    },
    settingsNow: async (namespace, call) => settingsIn(await namespaces.look(namespace, call), namespace),
    files: {
      ...context,
      branches: options.branches,
      fetchRepository: (id) => void options.stateOf(id)?.revisions?.trigger(),
    },
    shown: (object) => namespaces.shown(object),
    gone(id) {
      namespaces.gone(id);
      listeners.tell(`Application ${id}`);
    },
    operations,
    onRepository: (id, tell) => listeners.add(`Repository ${id}`, tell),
    looked: (kind, id) => listeners.tell(`${kind} ${id}`),
    start: () => namespaces.start(),
    recover: () => queue.add('find all'),
    async end() {
      await queue.ended;
      await Promise.allSettled([...underWay.values()].map(({ result }) => result));
      await repositories.close();
    },
  };
}
