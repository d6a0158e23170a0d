import { LRUCache } from 'lru-cache';
import { findCondition, type Repository, typeOf } from '../../api/index.ts';
import { apiVersion } from '../../names.ts';
import { PlumbError, problemsOf } from '../../errors.ts';
import type { CommitStatus, Forge } from '../../forge/index.ts';
import type { Health } from '../../health/index.ts';
import type { ApplicationState, RenderedWell } from '../application/application-state.ts';
import type { ReadySource } from '../application/context.ts';
import type { EventRecorder } from '../../kube/index.ts';
import { contextOf, refusalVerdict, type Verdict, verdictOf } from './feedback-verdict.ts';
import type { Forges } from './forges.ts';
import type { Log } from '../log.ts';
import { createObservedQueue } from '../observed-queue.ts';
import type { Observer } from '../observer.ts';
import type { RevisionEvent } from '../repository/revision.ts';
import { describeProblems, type SyncState } from '../status/status.ts';

/** What was found out about an Application, as far as a commit is concerned. */
export interface CommitFindings {
  readonly source: ReadySource;
  readonly sync: SyncState;
  readonly rendered: RenderedWell | undefined;
  readonly health: Health;
}

/** Tells forges what became of commits. Never waits, never fails its caller. */
export interface Feedback {
  /** Tells it where it is something new; otherwise costs nothing. */
  tell(state: ApplicationState, findings: CommitFindings): void;
  /** Tells that a commit is not accepted, by what its Repository asks for, and where it is after all. */
  judged(event: Pick<RevisionEvent, 'repository' | 'selector' | 'revision'>): void;
  /** Forgets an Application that is no more. */
  forget(id: string): void;
  /** Resolves when all that is under way has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
}

/** What feedback is given with. */
export interface FeedbackOptions {
  readonly forges: Pick<Forges, 'forgeOf'>;
  readonly repositoryOf: (id: string) => Repository | undefined;
  /** Where people see this installation; the pages of the forge are linked to where it is not given. */
  readonly externalUrl?: string;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  readonly observer?: Observer | undefined;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** What was last told of one source of an Application. */
export interface Told {
  readonly commit: string;
  /** What was rendered from it; the very same value as long as no commit touched it. */
  readonly desired: RenderedWell['desired'] | undefined;
  readonly verdict: Verdict;
}

interface Post {
  /** Undefined where it is about the commit as such. */
  readonly application: string | undefined;
  readonly repository: string;
  readonly commit: string;
  readonly context: string;
  readonly verdict: Verdict;
  /** True where an earlier process may have told it: the forge is asked first. */
  readonly unsure: boolean;
  failures: number;
}

const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const mostWaiting = 10_000;
const mostTries = 12;
const heldMilliseconds = 60_000;
/** What was so before for longer than this has been told by whoever ran then. */
const settledMilliseconds = 600_000;

/** Begins with nothing told: what an earlier process told is found on the Application, or asked for. */
export function createFeedback(options: FeedbackOptions): Feedback {
  const { forges, log, now, signal } = options;
  const told = new Map<string, Map<string, Told>>();
  const waiting = new Map<string, Post>();
  /** By reference: the commit that was refused last, and why. */
  const refused = new LRUCache<string, string>({ max: 10_000 });
  const held = new LRUCache<string, { readonly at: number; readonly statuses: Promise<readonly CommitStatus[]> }>({
    max: 200,
  });

  /** What the forge holds of a commit: asked for once for all the Applications that want to know. */
  const heldOf = (forge: Forge, { repository, commit }: Post, ask: AbortSignal): Promise<readonly CommitStatus[]> => {
    const key = `${repository} ${commit}`;
    const known = held.get(key);
    if (known !== undefined && now() - known.at < heldMilliseconds) return known.statuses;
    const statuses = forge.commitStatuses(commit, { signal: ask });
    held.set(key, { at: now(), statuses });
    statuses.catch(() => held.delete(key));
    return statuses;
  };

  const send = async (post: Post, ask: AbortSignal): Promise<void> => {
    const forge = await forges.forgeOf(post.repository, ask);
    if (forge === undefined) return;
    const { commit, context, verdict, application } = post;
    if (post.unsure) {
      const statuses = await heldOf(forge, post, ask);
      // Descriptions are cut by some forges: the state is what counts.
      if (statuses.some((status) => status.context === context && status.state === verdict.state)) return;
    }
    const { externalUrl } = options;
    const link =
      externalUrl === undefined || application === undefined
        ? forge.links.commit(commit)
        : `${externalUrl}/applications/${application}`;
    await forge.setCommitStatus(commit, { context, ...verdict, link }, { signal: ask });
    log.debug({ application, commit, state: verdict.state }, 'commit status set');
  };

  const fail = (key: string, error: unknown): void => {
    const post = waiting.get(key);
    if (post === undefined) return;
    post.failures += 1;
    const isFinal = (error instanceof PlumbError && !error.transient) || post.failures >= mostTries;
    const problems = problemsOf(error);
    log.warn({ application: post.application, commit: post.commit, isFinal, problems }, 'commit status not set');
    const repository = options.repositoryOf(post.repository);
    if (repository !== undefined && (isFinal || post.failures === 1)) {
      const { namespace, name, uid } = repository.metadata;
      options.events.record({
        about: { apiVersion, group: 'plumbline.dev', kind: 'Repository', namespace, name, uid },
        type: 'Warning',
        reason: 'ForgeFailed',
        action: 'SetCommitStatus',
        message: `the forge was not told of ${post.commit.slice(0, 12)} for ${post.application ?? name}: ${describeProblems(problems)}`,
      });
    }
    if (isFinal) waiting.delete(key);
  };

  const queue = createObservedQueue('commit_status', options.observer, {
    workers: 4,
    async work(key, ask) {
      const post = waiting.get(key);
      if (post === undefined) return;
      await send(post, ask);
      // A newer one may have come meanwhile; the queue runs once more for it.
      if (waiting.get(key) === post) waiting.delete(key);
    },
    onFailure: fail,
    firstRetryMilliseconds: 1_000,
    lastRetryMilliseconds: 300_000,
    random: options.random,
    signal,
  });

  const enqueue = (post: Post): void => {
    const key = `${post.repository} ${post.commit} ${post.context}`;
    if (!waiting.has(key) && waiting.size >= mostWaiting) {
      const [oldest] = waiting.keys();
      if (oldest !== undefined) waiting.delete(oldest);
      log.warn({ waiting: mostWaiting }, 'too many commit statuses wait: the oldest is given up');
    }
    waiting.set(key, post);
    queue.add(key);
  };

  return {
    tell(state, { source, sync, rendered, health }) {
      const parts = source.parts.flatMap((part) => {
        const repository = `${state.application.metadata.namespace}/${part.source.repositoryRef.name}`;
        const forge = options.repositoryOf(repository)?.spec.forge;
        // What comes from a registry has a digest, which no forge knows.
        return forge === undefined || !commitPattern.test(part.version.revision)
          ? []
          : [{ part, repository, prefix: forge.context ?? 'plumbline' }];
      });
      if (parts.length === 0) return;
      const verdict = verdictOf(sync, health);
      if (verdict === undefined) return;
      const before = told.get(state.id) ?? new Map<string, Told>();
      told.set(state.id, before);
      for (const { part, repository, prefix } of parts) {
        const version = rendered?.versions.find(({ group }) => group === part.group)?.version ?? part.version;
        const known = before.get(part.group);
        const next = nextTold(known, { commit: version.revision, desired: rendered?.desired, verdict });
        before.set(part.group, next.told);
        if (!next.isNews) continue;
        const unsure = known === undefined && state.written?.conditions !== undefined;
        if (unsure && isOldNews(state, verdict, now())) continue;
        const context = contextOf(prefix, state.id);
        enqueue({ application: state.id, repository, commit: next.told.commit, context, verdict, unsure, failures: 0 });
      }
    },
    judged({ repository, selector, revision }) {
      const of = options.repositoryOf(repository);
      if (of?.spec.forge === undefined || typeOf(of) !== 'Git') return;
      const post = { application: undefined, repository, unsure: true, failures: 0 } as const;
      // Beside the contexts of Applications: none of them is called so.
      const context = contextOf(`${of.spec.forge.context ?? 'plumbline'}/accepted`, repository);
      const key = `${repository} ${selector}`;
      if (revision.state === 'failed' && revision.refused !== undefined) {
        const commit = revision.refused.revision;
        const verdict = refusalVerdict(revision.problems);
        if (refused.get(key) === `${commit} ${verdict.description}`) return;
        refused.set(key, `${commit} ${verdict.description}`);
        enqueue({ ...post, commit, context, verdict });
      } else if (revision.state === 'ready') {
        const commit = revision.version.revision;
        const wasRefused = refused.get(key)?.startsWith(`${commit} `) === true;
        refused.delete(key);
        if (wasRefused) enqueue({ ...post, commit, context, verdict: { state: 'success', description: 'accepted' } });
      }
    },
    forget: (id) => void told.delete(id),
    ended: queue.ended,
  };
}

/**
 * What is told after this, and whether it is news. A commit that touches nothing of the Application is none of its
 * concern: what is still to be said goes to the commit that did. What was told to have succeeded does not begin again,
 * as when drift is put right.
 */
export function nextTold(known: Told | undefined, now: Told): { readonly told: Told; readonly isNews: boolean } {
  const isUntouched = known?.desired !== undefined && known.desired === now.desired;
  if (known === undefined || (!isUntouched && known.commit !== now.commit)) return { told: now, isNews: true };
  const { state, description } = now.verdict;
  const before = known.verdict;
  const isSame = before.state === state && (state !== 'failure' || before.description === description);
  const isNews = !isSame && !(before.state === 'success' && state === 'pending');
  // Rendered anew at the same commit: that is what the next commit is compared with.
  const desired = now.desired ?? known.desired;
  return { told: { commit: known.commit, desired, verdict: isNews ? now.verdict : before }, isNews };
}

/** Whether an earlier process found the same, long enough ago to have told it. */
function isOldNews({ written, rendered }: ApplicationState, verdict: Verdict, now: number): boolean {
  const ready = findCondition(written?.conditions, 'Ready');
  const isSame =
    verdict.state === 'success' &&
    ready?.status === 'True' &&
    rendered?.state === 'ok' &&
    written?.digest === rendered.desired.digest;
  return isSame && now - Date.parse(ready.lastTransitionTime) > settledMilliseconds;
}
