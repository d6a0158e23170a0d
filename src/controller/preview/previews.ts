import { LRUCache } from 'lru-cache';
import { apiVersion, durationMilliseconds, group } from '../../api/index.ts';
import { PlumbError, type Problem, problemsOf } from '../../errors.ts';
import type { Forge, PullRequest } from '../../forge/index.ts';
import type { Preview } from '../../preview/index.ts';
import type { EventRecorder } from '../../kube/index.ts';
import type { Workqueue } from '../../workqueue.ts';
import type { Log } from '../log.ts';
import { createObservedQueue } from '../observed-queue.ts';
import type { Observer, QueueName } from '../observer.ts';
import type { Version } from '../rendering/origin.ts';
import { mayReadSubmodules, type Proposals } from '../forge/proposals.ts';
import { describeProblems } from '../status/status.ts';
import type { PullRequestNews } from '../webhooks/webhooks.ts';
import { type FollowedRepository, type Followers, followersOf, specsOf } from './concerned.ts';
import { type Ends, fetchEnds, headOf, type PreviewContext, previewPullRequest } from './preview-pull-request.ts';
import { entryKey, namesOf, newEntry, type PullRequestEntry, seenOf } from './pull-request-entry.ts';
import { isOfForge, type ReportPlace, reportPending, reportPreview } from './report.ts';

/** Previews of the open pull requests of all Repositories that want them. */
export interface Previews {
  /** A Repository is there, or has changed. */
  update(repository: string): void;
  delete(repository: string): void;
  /** A webhook has told of a pull request. */
  news(news: PullRequestNews): void;
  /** A branch of a Repository has been fetched. */
  fetched(repository: string): void;
  /** It is known what an Application reads. */
  rendered(application: string): void;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
}

/** What `createPreviews` needs. */
export interface PreviewsOptions extends PreviewContext {
  readonly repositories: ReadonlyMap<string, FollowedRepository>;
  /** The forge of a Repository as it is now; undefined where it has none. */
  readonly forgeOf: (repository: string, signal: AbortSignal) => Promise<Forge | undefined>;
  /** Other Repositories that stand for the same repository. */
  readonly siblingsOf: (repository: string) => Iterable<string>;
  readonly log: Log;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly observer?: Observer | undefined;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Pull requests worked on at the same time. */
const workers = 2;
const rememberedPreviews = 100;
const firstRetryMilliseconds = 1_000;
const lastRetryMilliseconds = 300_000;
/** A chart that never ends, in many Applications, is not waited for. */
const limitMilliseconds = 15 * 60_000;
const tooLong: Problem = { code: 'timeout', message: 'the comparison took more than 15 minutes' };

/** Ends the work on a commit that is not the newest any more. */
class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Looks after pull requests, in a queue of its own: nothing of it is ever in the way of a sync. */
export function createPreviews(options: PreviewsOptions): Previews {
  const { repositories, applications, log, observer, signal } = options;
  const entries = new Map<string, PullRequestEntry>();
  const results = new LRUCache<string, Preview>({ max: rememberedPreviews });
  const queueOptions = { workers, firstRetryMilliseconds, lastRetryMilliseconds, random: options.random, signal };
  const failed = (what: string) => (key: string, error: unknown, retry: number) => {
    const problems = problemsOf(error);
    log.warn({ [what]: key, problems, retryMilliseconds: Math.round(retry) }, 'preview failed');
    const [id = '', number] = key.split('#');
    const { metadata } = repositories.get(id)?.repository ?? {};
    if (metadata === undefined) return;
    const { namespace, name, uid } = metadata;
    options.events.record({
      about: { group, apiVersion, kind: 'Repository', namespace, name, uid },
      type: 'Warning',
      reason: 'PreviewFailed',
      message: `${number === undefined ? 'the pull requests' : `pull request ${number}`}: ${describeProblems(problems)}`,
      action: 'Preview',
    });
  };

  const modeOf = (repository: string): 'None' | 'Branches' | 'All' => {
    const { spec } = repositories.get(repository)?.repository ?? {};
    return spec === undefined || spec.suspend === true ? 'None' : (spec.forge?.preview ?? 'None');
  };

  const forget = (entry: PullRequestEntry): void => {
    entries.delete(entry.key);
    pulls.forget(entry.key);
    entry.running?.abort(new Superseded());
    const { fetched } = entry;
    const proposals = repositories.get(entry.repository)?.revisions?.proposals;
    if (fetched === undefined || proposals === undefined || signal.aborted) return;
    proposals
      .forget(fetched, signal)
      .catch((error: unknown) => log.debug({ pullRequest: entry.key, problems: problemsOf(error) }, 'not forgotten'));
  };

  /** Works on a pull request, and gives up what is being done for a commit that is not its head any more. */
  const wake = (entry: PullRequestEntry): void => {
    const head = entry.known?.head.commit;
    if (entry.at !== undefined && (entry.stale || entry.at !== head)) entry.running?.abort(new Superseded());
    pulls.add(entry.key);
  };

  const list = async (repository: string): Promise<void> => {
    const state = repositories.get(repository);
    const own = [...entries.values()].filter((entry) => entry.repository === repository);
    const forge = modeOf(repository) === 'None' ? undefined : await options.forgeOf(repository, signal);
    if (state === undefined || forge === undefined) {
      for (const entry of own) forget(entry);
      return;
    }
    const open = new Map((await forge.pullRequests({ state: 'open' }, { signal })).map((pull) => [pull.number, pull]));
    for (const entry of own) if (!open.has(entry.number)) forget(entry);
    const specs = new Map<string, string>();
    for (const pull of open.values()) {
      const key = entryKey(repository, pull.number);
      const entry = entries.get(key) ?? newEntry(repository, pull.number);
      entries.set(key, entry);
      entry.known = pull;
      entry.stale = false;
      const { branch } = pull.base;
      if (!specs.has(branch)) specs.set(branch, specsOf(followersOf(state, branch, applications)));
      if (entry.seen !== seenOf(pull, specs.get(branch) ?? '')) wake(entry);
    }
    const interval = durationMilliseconds(state.repository.spec.interval ?? '1m');
    lists.addAfter(repository, interval * (1 + options.random() / 10));
  };

  const place = (repository: string, forge: Forge, number: number, url: string): ReportPlace => {
    const others = [...options.siblingsOf(repository)].filter((id) => id !== repository && modeOf(id) !== 'None');
    const context = `${repositories.get(repository)?.repository.spec.forge?.context ?? 'plumbline'}/preview`;
    return {
      forge,
      number,
      url,
      mark: `${context} ${repository}`,
      context: others.length === 0 ? context : `${context}/${repository}`,
    };
  };

  const work = async (key: string): Promise<void> => {
    const entry = entries.get(key);
    const state = entry === undefined ? undefined : repositories.get(entry.repository);
    if (entry === undefined || state === undefined || modeOf(entry.repository) === 'None') return;
    const running = new AbortController();
    entry.running = running;
    const both = AbortSignal.any([signal, running.signal]);
    try {
      const forge = await options.forgeOf(entry.repository, both);
      if (forge !== undefined) await look(entry, state, forge, both);
    } catch (error) {
      // What has taken its place is in the queue already.
      if (!(running.signal.reason instanceof Superseded)) throw error;
    } finally {
      entry.running = undefined;
      entry.at = undefined;
    }
  };

  const look = async (
    entry: PullRequestEntry,
    state: FollowedRepository,
    forge: Forge,
    both: AbortSignal,
  ): Promise<void> => {
    if (entry.known === undefined || entry.stale) {
      entry.known = await forge.pullRequest(entry.number, { signal: both });
      entry.stale = false;
    }
    const pull = entry.known;
    if (pull.state !== 'open') return forget(entry);
    if (pull.head.fork && modeOf(entry.repository) === 'Branches') return;
    const followers = followersOf(state, pull.base.branch, applications);
    const seen = seenOf(pull, specsOf(followers));
    if (entry.seen === seen) return;
    const selector = headOf(pull);
    const proposals = state.revisions?.proposals;
    const { tip } = followers;
    // Nothing that is deployed follows the branch, or the forge does not give the head out.
    if (followers.applications.length === 0 || selector === undefined) return;
    if (proposals === undefined || tip === undefined || (await isWaiting(entry, followers))) return;
    entry.at = pull.head.commit;
    const where = place(entry.repository, forge, entry.number, state.repository.spec.url);
    entry.fetched = selector.ref ?? entry.fetched;
    const preview = await previewOf(
      entry,
      pull,
      { followers, proposals, where },
      async (within) => fetchEnds(proposals, selector, tip, within),
      both,
    );
    await reportPreview(where, preview, both);
    entry.seen = seen;
    log.info(
      { pullRequest: entry.key, commit: preview.head.commit, applications: preview.applications.length },
      'previewed',
    );
  };

  /** An Application of which it is not known what it reads yet is not rendered here: it is about to be. */
  const isWaiting = async (entry: PullRequestEntry, { applications: followers }: Followers): Promise<boolean> => {
    const unknown = followers.filter(({ rendered }) => rendered === undefined);
    // Set first: one that is rendered meanwhile is taken out of it.
    const waitingFor = new Set(unknown.map(({ id }) => id));
    entry.waitingFor = waitingFor;
    for (const { id, application } of unknown) {
      const source = await options.sourceOf(application);
      if (source.state === 'failed') waitingFor.delete(id);
    }
    return waitingFor.size > 0;
  };

  const previewOf = async (
    entry: PullRequestEntry,
    pull: PullRequest,
    at: { readonly followers: Followers; readonly proposals: Proposals; readonly where: ReportPlace },
    fetch: (within: AbortSignal) => Promise<Ends>,
    both: AbortSignal,
  ): Promise<Preview> => {
    const limit = AbortSignal.timeout(limitMilliseconds);
    const within = AbortSignal.any([both, limit]);
    try {
      const ends = await fetch(within);
      const { base, head } = ends;
      const key = JSON.stringify([entry.repository, base.content, head.content, pull.head.fork, specsOf(at.followers)]);
      const known = results.get(key);
      if (known !== undefined) return { ...known, ...namesOf(pull, ends) };
      await reportPending(at.where, head.revision, within);
      const changes = await at.proposals.changes(base, head);
      const submodules = await mayReadSubmodules(at.proposals, head, changes, pull.head.fork);
      const input = {
        repository: entry.repository,
        branch: pull.base.branch,
        followers: at.followers,
        ends,
        changes,
        filesOf: async (version: Version) => at.proposals.tree(version, { submodules }),
        isFork: pull.head.fork,
      };
      const preview = await previewPullRequest(input, options, within);
      results.set(key, preview);
      return { ...preview, ...namesOf(pull, ends) };
    } catch (error) {
      both.throwIfAborted();
      // What may pass is tried again; what is so is told.
      const isSo = error instanceof PlumbError && !error.transient && !isOfForge(error);
      if (!isSo && !limit.aborted) throw error;
      const problems: readonly Problem[] = isSo ? error.problems : [tooLong];
      const commit = { name: pull.base.branch, commit: pull.base.commit ?? '' };
      const head = { name: pull.head.branch, commit: pull.head.commit };
      return { base: commit, head, applications: [], untouched: 0, problems };
    }
  };

  const openQueue = (name: QueueName, what: string, worker: typeof work): Workqueue =>
    createObservedQueue(name, observer, { ...queueOptions, work: worker, onFailure: failed(what) });
  const pulls = openQueue('preview', 'pullRequest', work);
  const lists = openQueue('pull_requests', 'pullRequestsOf', list);

  return {
    update: (repository) => lists.add(repository),
    delete(repository) {
      lists.forget(repository);
      for (const entry of entries.values()) if (entry.repository === repository) forget(entry);
    },
    news({ repositories: ids, event }) {
      for (const repository of ids) {
        if (modeOf(repository) === 'None') continue;
        const key = entryKey(repository, event.number);
        const entry = entries.get(key) ?? newEntry(repository, event.number);
        if (event.action === 'closed' || event.action === 'merged') forget(entry);
        else {
          entries.set(key, entry);
          entry.stale = true;
          wake(entry);
        }
      }
    },
    fetched(repository) {
      for (const entry of entries.values()) {
        if (entry.repository === repository && entry.seen === undefined) pulls.add(entry.key);
      }
    },
    rendered(application) {
      for (const entry of entries.values()) {
        if (entry.waitingFor?.delete(application) === true && entry.waitingFor.size === 0) pulls.add(entry.key);
      }
    },
    ended: Promise.all([pulls.ended, lists.ended]).then(() => undefined),
  };
}
