import type { Repository } from '../api/index.ts';
import { createEgress } from '../egress.ts';
import { problemsOf } from '../errors.ts';
import { repositoryKey } from '../forge/index.ts';
import { formatKey } from '../object.ts';
import { openRegistryCache } from '../registry/index.ts';
import { createHolds } from './admission/holds.ts';
import { startAdmission } from './admission/review.ts';
import { keepAdmission } from './admission/keep.ts';
import { createApplications } from './application/applications.ts';
import { watchAskingProof } from './admission/asking-proof.ts';
import type { Controller, ControllerOptions } from './controller-options.ts';
import { openDependencies } from './depends/open-dependencies.ts';
import { endInOrder } from './deletion/end-in-order.ts';
import { createExplainer } from './health/explainer.ts';
import { openEvents } from './status/open-events.ts';
import { openForgeSide } from './forge/forge-side.ts';
import { createRuleBook } from './health/health-rules.ts';
import { createHolders } from './deletion/holders.ts';
import { createIgnoreBook } from './drift/ignore-rules.ts';
import { createMembers } from './application/members.ts';
import { createMissingKinds } from './syncing/missing-kinds.ts';
import type { OpenBranchOptions } from './repository/open-branch.ts';
import { compareLive } from './preview/live-compare.ts';
import { createPreviews } from './preview/previews.ts';
import { reconcileContextOf } from './application/reconcile-context.ts';
import { watchReferences } from './access/references.ts';
import { refusalEvent } from './status/refusal-event.ts';
import type { RepositoryContext, RepositoryState } from './repository/repositories.ts';
import { schedule } from './schedule.ts';
import { createRepositorySet } from './repository/repository-set.ts';
import { groupId } from './rendering/source-of.ts';
import { sweepDaily } from './repository/sweep.ts';
import { selectorsOf } from './repository/selectors-of.ts';
import { createNews } from './views/news.ts';
import { createViews } from './views/views.ts';
import { watchResources } from './watch-resources.ts';
import { openWayUp } from './way-up.ts';
import { openApplicationQueue, openRepositoryQueue } from './work-queues.ts';

const fieldManager = 'plumbline';

/** Keeps the cluster as the Applications say, until the signal aborts. */
export function startController(options: ControllerOptions): Controller {
  const { client, log, random, signal } = options;
  const applications = createApplications(options.now);
  const news = createNews(options);
  const egress = options.egress ?? createEgress();
  const registryCache = openRegistryCache({ directory: options.artifacts, egress });
  const watchFailed = (of: object, error: unknown): void =>
    log.warn({ ...of, problems: problemsOf(error) }, 'watch failed');
  const ruleBook = createRuleBook(options.healthRules);
  const ignoreBook = createIgnoreBook(options.ignoreRules);
  const members = createMembers({
    client,
    fieldManager,
    judge: (object) => ruleBook.judge(object),
    ignoredOf: (object) => ignoreBook.ignoredOf(object),
    onChange: (change) => {
      // A drift is put right at once, however many Applications wait for a new commit.
      for (const id of applications.concernedByMember(change)) queue.addFirst(id);
    },
    onError: ({ kind, group }, error) => watchFailed({ kind: `${kind}.${group}` }, error),
    onKnown: (id) => queue.add(id),
    onDown: (id) => queue.add(id),
    signal,
  });
  const missingKinds = createMissingKinds({
    client,
    onServed: (id) => queue.add(id),
    onError: ({ kind }, error) => watchFailed({ kind }, error),
    schedule,
    signal,
  });
  const events = openEvents(options, news);
  const references = watchReferences({
    client,
    ...(options.watchNamespace === undefined
      ? {}
      : { namespaces: [...new Set([options.watchNamespace, options.namespace])] }),
    onError: (kind, error) => watchFailed({ kind }, error),
    signal,
  });

  const wakeReaders = (id: string): void => {
    for (const state of applications.expect(id)) queue.add(state.id);
  };
  let watching = false;
  const repositories = createRepositorySet({
    references,
    enqueue: (id) => repositoryQueue.add(id),
    wakeReaders,
    onShown: (id, repository) => webhooks.update(id, repository),
    onChanged(id) {
      if (watching) previews.update(id);
    },
    onGone(id) {
      news.add('Repository', id, 'deleted');
      previews.delete(id);
      webhooks.delete(id);
      forges.forget(id);
      repositoryQueue.forget(id);
    },
  });

  const stateOf = (id: string): RepositoryState | undefined => repositories.states.get(id);
  const repositoryOf = (id: string): Repository | undefined => stateOf(id)?.repository;
  const { webhooks, secrets, index, templates, connections, forges, forgeOf, feedback, ...forgeSide } = openForgeSide({
    ...options,
    egress,
    events,
    references,
    repositoryOf,
    fetch: (id, moves) => stateOf(id)?.revisions?.trigger(moves) ?? false,
    onPullRequest: (told) => {
      previews.news(told);
      options.onPullRequest?.(told);
    },
    onSecret: (id) => repositoryQueue.add(id),
  });
  /** How repositories are reached. */
  const { allowFileUrls = false, mirrors: directory, observer, pushWaits } = options;
  const common = { client, observer, random, signal };
  const access: OpenBranchOptions = { ...common, templates, connections, directory, allowFileUrls, egress, pushWaits };
  const explainer = createExplainer({
    client,
    now: options.now,
    onFound: (id) => queue.add(id),
    lookAgain: (id, milliseconds) => queue.addAfter(id, milliseconds),
    onError: ({ id }, error) => log.debug({ object: id, problems: problemsOf(error) }, 'not explained'),
    signal,
  });
  for (const rules of [options.healthRules, options.ignoreRules]) {
    rules?.onChange(() => {
      for (const { id } of applications.values()) queue.add(id);
    }, signal);
  }
  const dependencies = openDependencies(applications, repositories.states, (id) => queue.add(id));
  const holders = createHolders({
    onGone: (id) => queue.add(id),
    onError: (key, error) => watchFailed({ object: formatKey(key) }, error),
    signal,
  });
  const context = reconcileContextOf({
    ...options,
    explainer,
    members,
    missingKinds,
    ruleBook,
    ignoreBook,
    dependencies,
    holders,
    events,
    feedback,
    fieldManager,
    applications,
    repositories: repositories.states,
    enqueue: (id) => queue.add(id),
    requeue: (id, milliseconds) => queue.addAfter(id, milliseconds),
    onStatus: (id) => news.add('Application', id, 'changed'),
    writeCapture: (id) => captures.add(id),
  });
  const repositoryContext: RepositoryContext = {
    ...access,
    registryCache,
    fieldManager,
    now: options.now,
    log,
    webhookProblems: (id) => secrets.problems(id),
    requeue: (id, milliseconds) => repositoryQueue.addAfter(id, milliseconds),
    onRevision: (event) => {
      repositoryQueue.add(event.repository);
      // All of them know of it before the first one looks at the others.
      const concerned = [...applications.concernedBy(event, groupId(event.repository, event.selector))];
      for (const id of [...concerned, ...dependencies.waitersOfReaders(event.repository)]) queue.add(id);
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
    repositories: repositories.states,
    renderer: options.previewRenderer ?? options.renderer,
    forgeOf,
    siblingsOf: (id) => {
      const key = repositoryKey(repositoryOf(id)?.spec.url ?? '');
      return index.find(key === undefined ? [] : [key]);
    },
    log,
    random,
    signal,
  });

  const trigger = (url: string): void => {
    const key = repositoryKey(url);
    for (const id of index.find(key === undefined ? [] : [key])) stateOf(id)?.revisions?.trigger();
  };
  const { captures, gitops, past, changes } = openWayUp({
    ...access,
    context,
    applications,
    namespace: options.watchNamespace,
    references,
    events,
    log,
    stateOf,
    applicationOf: (id) => applications.get(id),
    repositoryOf,
    onOperation: (id, type) => news.add('Operation', id, type),
    forgeOf,
    fetchUrl: trigger,
    now: options.now,
  });

  const holds = createHolds({ onEnd: (id) => queue.addFirst(id), now: options.now });
  const admission = startAdmission({ client, gitops, holds, stateOf, log, signal });
  const queue = openApplicationQueue({
    ...options,
    applications,
    context,
    holds,
    onLooked(id) {
      dependencies.looked(id);
      previews.rendered(id);
      gitops.looked('Application', id);
    },
  });
  const repositoryQueue = openRepositoryQueue({
    ...options,
    stateOf,
    context: repositoryContext,
    onLooked(id, state, isAnew) {
      gitops.looked('Repository', id);
      // What is begun anew follows nothing before the Applications ask for it.
      if (isAnew) wakeReaders(id);
      state.revisions?.retain(selectorsOf(state, applications.readersOf(id)));
    },
  });

  const start = async (): Promise<void> => {
    await watchResources({
      ...options,
      applications,
      dependencies,
      repositories,
      queue,
      missingKinds,
      news,
      feedback,
      gitops,
      ruleBook,
      ignoreBook,
      holders,
      askingProof: watchAskingProof(options),
    });
    await gitops.start();
    gitops.recover();
    await secrets.settled;
    // Before, it could not be told which Applications a pull request touches.
    watching = true;
    for (const id of repositories.states.keys()) previews.update(id);
  };

  const started = start();
  const keeping = keepAdmission({ ...options, admission: options.admission });
  const sweeping = sweepDaily({ mirrors: options.mirrors, log, now: options.now, schedule, signal });
  const working = [queue, repositoryQueue, captures, feedback, previews].map(({ ended }) => ended);
  const ended = endInOrder(
    started,
    [...working, sweeping, keeping],
    [
      () => events.flush(),
      () => admission.end(),
      () => gitops.end(),
      () => repositories.close(),
      () => forgeSide.close(),
      () => registryCache.close(),
    ],
  );

  return {
    started,
    ended,
    trigger,
    receive: (request) => webhooks.receive(request),
    changes,
    gitops: gitops.gitops,
    admission,
    past,
    views: createViews({ applications, repositories: repositories.states, context, ...news, now: options.now }),
  };
}
