import {
  type Application,
  group,
  parseApplication,
  parseRepository,
  type Repository,
  sourcesOf,
} from '../api/index.ts';
import { createEgress, type Egress } from '../egress.ts';
import { problemsOf } from '../errors.ts';
import { repositoryKey, type WebhookRequest } from '../forge/index.ts';
import { names } from '../names.ts';
import { type KubeClient, watchCache } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';
import type { Renderer } from '../render/index.ts';
import type { Sensitive } from '../sensitive.ts';
import { applicationId } from './application-state.ts';
import { createApplications } from './applications.ts';
import type { ReconcileContext } from './context.ts';
import { createEventRecorder } from './events.ts';
import { createFeedback } from './feedback.ts';
import { forgeConnections } from './forge-connections.ts';
import { createForges } from './forges.ts';
import type { Log } from './log.ts';
import { createMembers } from './members.ts';
import { reconcileApplication } from './reconcile-application.ts';
import { watchReferences } from './references.ts';
import { createRepositoryIndex } from './repository-index.ts';
import {
  acceptFetchRequest,
  closeRepositoryState,
  newRepositoryState,
  reconcileRepository,
  ownWanted,
  repositoryId,
  type RepositoryContext,
  type RepositoryState,
} from './repositories.ts';
import { compareLive } from './preview/live-compare.ts';
import { createPreviews } from './preview/previews.ts';
import { refusalEvent } from './refusal-event.ts';
import { selectorId, wantedBy } from './revisions.ts';
import { leaned, renewed } from './renewed.ts';
import { seedOf } from './seed.ts';
import { groupId, sourceOf, wantedGroups } from './source-of.ts';
import { noWebhookSecrets, watchWebhookSecrets } from './webhook-secrets.ts';
import { createWebhooks, type PullRequestNews, type WebhookOutcome } from './webhooks.ts';
import { createTemplates } from './templates.ts';
import { createWorkqueue, type Workqueue } from './workqueue.ts';
import { openRegistryCache } from '../registry/index.ts';

/** What a controller works with. */
export interface ControllerOptions {
  /** Lets Repositories read `file://` URLs: for a machine of one's own, never where others may create them. */
  readonly allowFileUrls?: boolean;
  /** Where this installation may connect to, besides the cluster itself; the usual rules where it is not given. */
  readonly egress?: Egress;
  /** Where people see this installation, for links: `https://plumbline.example.com`. Without it links lead to the forge. */
  readonly externalUrl?: string;
  readonly client: KubeClient;
  readonly renderer: Renderer;
  /** Renders what pull requests propose, so that nothing of it is in the way of a sync; `renderer` where left out. */
  readonly previewRenderer?: Renderer;
  /** Folder of the Git mirrors; kept between starts, and made anew where it is lost. */
  readonly mirrors: string;
  /** Folder of what comes from registries; kept between starts, and fetched anew where it is lost. */
  readonly artifacts: string;
  /** Secret of the installation from which the random values of all renders come. */
  readonly seed: Sensitive<Uint8Array>;
  /** Name of this process, for Events. */
  readonly identity: string;
  /** Version of Plumbline. */
  readonly version: string;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  /** Namespace of the controller, and of the installation's own Secrets. */
  readonly namespace: string;
  /** Looks after the Applications and Repositories of this namespace alone; of all namespaces where unset. */
  readonly watchNamespace?: string;
  /** Applications worked on at the same time. */
  readonly workers?: number;
  /** Whether `receive` will be called: the secrets that webhooks prove are watched then. */
  readonly takesWebhooks?: boolean;
  /** Told of pull requests, by webhooks that proved to know a secret. */
  readonly onPullRequest?: (news: PullRequestNews) => void;
  /** Calls back after some milliseconds, unless cancelled; the timer of this process where left out. */
  readonly schedule?: (milliseconds: number, callback: () => void) => () => void;
  readonly signal: AbortSignal;
}

/** A controller at work. */
export interface Controller {
  /** Resolves when the first look at everything has begun: watches are established. */
  readonly started: Promise<void>;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
  /** Fetches the repositories with this URL now, in whatever form it is written. */
  trigger(url: string): void;
  /** Decides what becomes of a webhook. */
  receive(request: WebhookRequest): WebhookOutcome;
}

const fieldManager = 'plumbline';

/** Keeps the cluster as the Applications say, until the signal aborts. */
export function startController(options: ControllerOptions): Controller {
  const { client, log, signal } = options;
  const applications = createApplications(options.now);
  const egress = options.egress ?? createEgress();
  const registryCache = openRegistryCache({ directory: options.artifacts, egress });
  const repositories = new Map<string, RepositoryState>();

  const members = createMembers({
    client,
    fieldManager,
    onChange: (change) => {
      // A drift is put right at once, however many Applications wait for a new commit.
      for (const id of applications.concernedByMember(change)) queue.addFirst(id);
    },
    onError: (kind, error) =>
      log.warn({ kind: `${kind.kind}.${kind.group}`, problems: problemsOf(error) }, 'watch failed'),
    signal,
  });
  const events = createEventRecorder({
    client,
    instance: options.identity,
    now: () => new Date(options.now()),
    onError: (error) => log.warn({ problems: problemsOf(error) }, 'event not written'),
    signal,
  });

  const references = watchReferences({
    client,
    ...(options.watchNamespace === undefined
      ? {}
      : { namespaces: [...new Set([options.watchNamespace, options.namespace])] }),
    onError: (kind, error) => log.warn({ kind, problems: problemsOf(error) }, 'watch failed'),
    signal,
  });

  const index = createRepositoryIndex();
  const { namespace, random } = options;
  const takesWebhooks = options.takesWebhooks === true;
  const secrets = takesWebhooks
    ? watchWebhookSecrets({ references, namespace, log, random, signal })
    : noWebhookSecrets;
  const webhooks = createWebhooks({
    index,
    secrets,
    fetch: (id, moves) => repositories.get(id)?.revisions?.trigger(moves) ?? false,
    onPullRequest: (news) => {
      previews.news(news);
      options.onPullRequest?.(news);
    },
    now: options.now,
    schedule: options.schedule ?? schedule,
  });

  const templates = createTemplates({
    systemNamespace: options.namespace,
    onProblem: (template, message) => log.warn({ template }, message),
  });
  const connections = forgeConnections({ egress, now: options.now, random });
  const repositoryOf = (id: string): Repository | undefined => repositories.get(id)?.repository;
  const forges = createForges({ repositoryOf, references, templates, connections });
  const feedback = createFeedback({
    forges,
    repositoryOf,
    ...(options.externalUrl === undefined ? {} : { externalUrl: options.externalUrl.replace(/\/+$/, '') }),
    events,
    log,
    now: options.now,
    random,
    signal,
  });

  const context: ReconcileContext = {
    client,
    members,
    renderer: options.renderer,
    events,
    feedback,
    log,
    fieldManager,
    version: options.version,
    sourceOf: (application) => {
      applications.recordWants(applicationId(application), wantedGroups(application, repositories));
      return sourceOf(application, repositories);
    },
    environment: async () => {
      const [{ gitVersion }, apiVersions] = await Promise.all([
        client.version({ signal }),
        client.discovery.apiVersions({ signal }),
      ]);
      return { kubeVersion: gitVersion, apiVersions };
    },
    seedOf: (id) => seedOf(options.seed, id),
    recordReads: (id, reads) => applications.recordReads(id, reads),
    recordClaims: (id, objects) => applications.recordClaims(id, objects),
    ownerName: (applySet) => applications.ownerName(applySet),
    requeue: (id, milliseconds) => queue.addAfter(id, milliseconds),
    now: options.now,
  };

  const repositoryContext: RepositoryContext = {
    client,
    directory: options.mirrors,
    allowFileUrls: options.allowFileUrls ?? false,
    egress,
    templates,
    connections,
    registryCache,
    fieldManager,
    random: options.random,
    now: options.now,
    log,
    requeue: (id, milliseconds) => repositoryQueue.addAfter(id, milliseconds),
    onRevision: (event) => {
      repositoryQueue.add(event.repository);
      for (const id of applications.concernedBy(event, groupId(event.repository, event.selector))) queue.add(id);
      previews.fetched(event.repository);
      feedback.judged(event);
      const refusal = refusalEvent(repositoryOf(event.repository), event.revision);
      if (refusal !== undefined) events.record(refusal);
    },
  };

  const previews = createPreviews({
    ...context,
    kinds: client.discovery,
    compareLive: (state, desired, callSignal) => compareLive(state, desired, context, callSignal),
    applications,
    repositories,
    renderer: options.previewRenderer ?? options.renderer,
    forgeOf: (id, callSignal) => forges.forgeOf(id, callSignal),
    siblingsOf: (id) => {
      const key = repositoryKey(repositories.get(id)?.repository.spec.url ?? '');
      return index.find(key === undefined ? [] : [key]);
    },
    log,
    random,
    signal,
  });

  const failed = (what: string) => (key: string, error: unknown, retry: number) =>
    log.error({ [what]: key, problems: problemsOf(error), retryMilliseconds: Math.round(retry) }, 'reconcile failed');
  const retries = { firstRetryMilliseconds: 500, lastRetryMilliseconds: 300_000, random: options.random, signal };

  const queue: Workqueue = createWorkqueue({
    ...retries,
    workers: options.workers ?? 24,
    work: async (id, workSignal) => {
      const state = applications.get(id);
      if (state === undefined) return;
      try {
        await reconcileApplication(state, context, workSignal);
      } finally {
        previews.rendered(id);
      }
    },
    onFailure: failed('application'),
  });
  const repositoryQueue: Workqueue = createWorkqueue({
    ...retries,
    workers: 8,
    work: async (id, workSignal) => {
      const state = repositories.get(id);
      if (state === undefined) return;
      await reconcileRepository(state, repositoryContext, workSignal);
      state.revisions?.retain(selectorsOf(state));
    },
    onFailure: failed('repository'),
  });

  const selectorsOf = (state: RepositoryState): Set<string> => {
    const own = ownWanted(state.repository);
    const selectors = new Set(own === undefined ? [] : [selectorId(own)]);
    for (const { application } of applications.readersOf(state.id)) {
      for (const source of sourcesOf(application)) {
        if (source.repositoryRef.name === state.repository.metadata.name)
          selectors.add(selectorId(wantedBy(source, state.repository)));
      }
    }
    return selectors;
  };

  const wakeReaders = (id: string): void => {
    for (const state of applications.readersOf(id)) queue.add(state.id);
  };

  let watching = false;
  const onRepository = (repository: Repository): void => {
    const id = repositoryId(repository);
    const before = repositories.get(id);
    webhooks.update(id, repository);
    if (before === undefined || before.repository.metadata.uid !== repository.metadata.uid) {
      if (before !== undefined) void closeRepositoryState(before);
      repositories.set(
        id,
        newRepositoryState(repository, references, (key) => repositoryQueue.add(key)),
      );
      repositoryQueue.add(id);
      wakeReaders(id);
      if (watching) previews.update(id);
      return;
    }
    const changed =
      before.repository.metadata.generation !== repository.metadata.generation ||
      // Whoever accepts a rewind waits for it.
      before.repository.metadata.annotations?.[names.acceptRewind] !==
        repository.metadata.annotations?.[names.acceptRewind];
    const asked = before.repository.metadata.annotations?.[names.requestedAt];
    before.repository = repository;
    acceptFetchRequest(before);
    // Whoever asks for a fetch wants to see everything anew.
    if (watching && (changed || asked !== repository.metadata.annotations?.[names.requestedAt])) previews.update(id);
    if (!changed) return;
    repositoryQueue.add(id);
    wakeReaders(id);
  };

  const onRepositoryGone = (id: string): void => {
    previews.delete(id);
    const gone = repositories.get(id);
    if (gone !== undefined) void closeRepositoryState(gone);
    repositories.delete(id);
    webhooks.delete(id);
    forges.forget(id);
    repositoryQueue.forget(id);
    wakeReaders(id);
  };

  const parsed = <T>(parse: (input: unknown) => T, object: KubeObject): T | undefined => {
    try {
      return parse(leaned(object));
    } catch (error) {
      log.error({ problems: problemsOf(error) }, 'resource not understood');
      return undefined;
    }
  };

  const watchKind = (kind: string, onChange: (object: KubeObject) => void, onGone: (id: string) => void) => {
    const cache = watchCache<true>({
      client,
      resource: { group, kind },
      ...(options.watchNamespace === undefined ? {} : { namespace: options.watchNamespace }),
      project: () => true,
      onChange: ({ type, key, object }) => {
        if (type === 'deleted') onGone(`${key.namespace}/${key.name}`);
        else onChange(object);
      },
      onError: (error) => log.warn({ kind, problems: problemsOf(error) }, 'watch failed'),
      signal,
    });
    return cache.synced;
  };

  const start = async (): Promise<void> => {
    await watchKind(
      'Repository',
      (object) => {
        const repository = parsed<Repository>(parseRepository, object);
        if (repository !== undefined) onRepository(repository);
      },
      onRepositoryGone,
    );
    await watchKind(
      'Application',
      (object) => {
        const known = applications.get(`${object.metadata.namespace}/${object.metadata.name}`);
        const application = renewed(known?.application, object) ?? parsed<Application>(parseApplication, object);
        if (application !== undefined && applications.update(application)) queue.add(applicationId(application));
      },
      (id) => {
        applications.delete(id);
        feedback.forget(id);
        queue.forget(id);
      },
    );
    await secrets.settled;
    // Before, it could not be told which Applications a pull request touches.
    watching = true;
    for (const id of repositories.keys()) previews.update(id);
  };

  const started = start();
  const end = async (): Promise<void> => {
    await Promise.allSettled([started]);
    await Promise.all([queue.ended, repositoryQueue.ended, feedback.ended, previews.ended, events.flush()]);
    forges.close();
    await Promise.all([...repositories.values()].map(closeRepositoryState));
    await connections.close();
    await registryCache.close();
  };

  return {
    started,
    ended: end(),
    trigger(url) {
      const key = repositoryKey(url);
      for (const id of index.find(key === undefined ? [] : [key])) repositories.get(id)?.revisions?.trigger();
    },
    receive: (request) => webhooks.receive(request),
  };
}

/** Does not keep the process from ending. */
function schedule(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds).unref();
  return () => clearTimeout(timer);
}
