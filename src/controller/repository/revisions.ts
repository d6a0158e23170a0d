import { durationMilliseconds, typeOf } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import type { RefMove } from '../../forge/index.ts';
import type { PathChange } from '../../render/index.ts';
import { signatureReason } from './acceptance.ts';
import { chartCompleter, type CompleteChart } from '../rendering/complete-chart.ts';
import { isNews } from '../application/concerns.ts';
import type { RepositoryAccess } from '../access/credentials.ts';
import type { Accepted } from './judge.ts';
import { type Policy, policyId } from '../application/policy.ts';
import type { Origin, Version } from '../rendering/origin.ts';
import { type Poll, poll } from './poll.ts';
import type { Proposals } from '../forge/proposals.ts';
import { lastOf, type Revision, type RevisionEvent, selectorId } from './revision.ts';
import { openUpstream, type Upstream, type UpstreamOptions, type Wanted } from './upstream.ts';

/** The references that are followed in one Repository. */
export interface RepositoryRevisions {
  /** Where the versions come from, of a chart where there are charts; undefined until it is open. */
  origin(chart: string | undefined): Origin | undefined;
  /** For what is only proposed, in pull requests; undefined until it is open, while nothing may be fetched, and of other types than Git. */
  readonly proposals: Proposals | undefined;
  /** Finds the charts that a chart of it needs. */
  readonly completeChart: CompleteChart;
  /** What is known of the reference; begins to follow it where nobody has asked yet. */
  of(wanted: Wanted): Revision;
  /** Follows no references but these from now on. */
  retain(selectors: ReadonlySet<string>): void;
  /** Fetches now: every reference, or those of which this may be news. False where there is nothing to fetch. */
  trigger(moves?: readonly RefMove[]): boolean;
  /** Is let in another way from now on, and fetches now: what failed for the old one need not wait. */
  reconnect(access: RepositoryAccess): void;
  /** Is let in no more: nothing is fetched until `reconnect`. What was seen last stays known. */
  withdraw(problems: readonly [Problem, ...Problem[]]): void;
  /** Accepts by this policy from now on; what was fetched last is judged anew. */
  judgeBy(policy: Policy): void;
  /** Whether a reference is followed, by what `selectorId` writes. */
  follows(selector: string): boolean;
  /** What is known of all references. */
  all(): readonly Revision[];
  /** The references whose newest commit is not accepted, and why. */
  refusals(): readonly { readonly selector: string; readonly problems: readonly [Problem, ...Problem[]] }[];
  close(): Promise<void>;
}

/** What `followRepository` needs. */
export interface FollowOptions extends UpstreamOptions {
  /** What was accepted last of a reference, also before a restart. */
  readonly acceptedOf: (selector: string) => Accepted | undefined;
  /** Remembers what was accepted; nobody is told of it before that has ended. */
  readonly onAccepted: (accepted: Accepted) => Promise<void>;
  readonly random: () => number;
  readonly onRevision: (event: RevisionEvent) => void;
  /** Told every fetch that ended, whether or not anything was new. */
  readonly onFetched: () => void;
}

interface Reference {
  readonly id: string;
  revision: Revision;
  /** What was fetched last, accepted or not. */
  seen: Version | undefined;
  /** What the refused versions would have changed: who was told of them has to hear when that is over. */
  refusedChanges: readonly PathChange[];
  poll: Poll | undefined;
  readonly wanted: Wanted;
}

/** Paths of refused versions that are remembered; of more, not everybody is told that they are over. */
const rememberedChanges = 10_000;

/**
 * Follows the references of one Repository that anybody asks for: each is polled, and fetched at once when
 * triggered. A failure keeps the last known commit, so that nothing that depends on it is undone.
 */
export function followRepository(options: FollowOptions): RepositoryRevisions {
  const { repository, signal } = options;
  const id = `${repository.metadata.namespace}/${repository.metadata.name}`;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const references = new Map<string, Reference>();
  let upstream: Upstream | undefined;
  let broken: readonly [Problem, ...Problem[]] | undefined;
  let { access } = options;
  let withdrawn: readonly [Problem, ...Problem[]] | undefined;
  let { policy } = options;
  const isGit = typeOf(repository) === 'Git';

  const tell = (reference: Reference, revision: Revision, changes: readonly PathChange[] | undefined): void => {
    const previous = lastOf(reference.revision);
    reference.revision = revision;
    options.onRevision({ repository: id, selector: reference.id, revision, changes, previous });
  };

  const failed = (reference: Reference, problems: readonly [Problem, ...Problem[]]): void => {
    // Said once: a repository that stays away is no news at every poll.
    if (reference.revision.state === 'failed' && reference.revision.problems[0].message === problems[0].message) return;
    tell(reference, { state: 'failed', problems, last: lastOf(reference.revision) }, []);
  };

  let telling = Promise.resolve();
  const fetched = async (reference: Reference, opened: Upstream, version: Version): Promise<void> => {
    reference.seen = version;
    const judgement = await opened.judge(reference.id, version, options.acceptedOf(reference.id), stopped);
    if (judgement.verdict === 'refused') await refused(reference, opened, version, judgement.problems);
    else {
      if (judgement.accepted !== undefined) await options.onAccepted(judgement.accepted);
      await accepted(reference, opened.origin(reference.wanted.chart), version);
    }
    options.onFetched();
  };

  const accepted = async (reference: Reference, versions: Origin, version: Version): Promise<void> => {
    const before = lastOf(reference.revision);
    const heard = reference.refusedChanges;
    reference.refusedChanges = [];
    if (before?.revision === version.revision) {
      if (reference.revision.state !== 'ready') tell(reference, { state: 'ready', version }, heard);
    } else {
      const changes = before === undefined ? undefined : await versions.changes(before, version);
      tell(reference, { state: 'ready', version }, changes === undefined ? undefined : [...changes, ...heard]);
    }
  };

  /** The cluster stays at what was accepted last, if that is accepted still. */
  const refused = async (
    reference: Reference,
    opened: Upstream,
    version: Version,
    problems: readonly [Problem, ...Problem[]],
  ): Promise<void> => {
    const last = await opened.lastGood(reference.wanted, options.acceptedOf(reference.id), stopped);
    const before = reference.revision;
    const isKnown =
      before.state === 'failed' &&
      before.refused?.revision === version.revision &&
      before.last?.revision === last?.revision &&
      before.problems[0].message === problems[0].message;
    if (isKnown) return;
    // Who would have been changed by it is told that it is not to be.
    const changes =
      last === undefined || last.revision !== lastOf(before)?.revision
        ? undefined
        : await opened.origin(reference.wanted.chart).changes(last, version);
    reference.refusedChanges = [...reference.refusedChanges, ...(changes ?? [])].slice(-rememberedChanges);
    tell(reference, { state: 'failed', problems, last, refused: version }, changes);
  };

  /** One after the other: the changes are those since the outcome before. */
  const enqueue = (reference: Reference, opened: Upstream, version: Version): void => {
    telling = telling
      .then(() => fetched(reference, opened, version))
      .catch((error: unknown) => {
        // The status could not be written, say: the next poll tries again.
        if (!stopped.aborted) failed(reference, problemsOf(error));
      });
  };

  const begin = (reference: Reference, opened: Upstream): void => {
    if (withdrawn !== undefined) {
      failed(reference, withdrawn);
      return;
    }
    reference.poll = poll({
      ask: (asked) => opened.fetch(reference.wanted, asked),
      intervalMilliseconds: durationMilliseconds(repository.spec.interval ?? '1m'),
      jitter: 0.1,
      random: options.random,
      signal: stopped,
      onOutcome: (version) => enqueue(reference, opened, version),
      onError: (error) => {
        failed(reference, problemsOf(error));
        options.onFetched();
      },
    });
  };

  const open = async (): Promise<void> => {
    try {
      const opened = await openUpstream({ ...options, access, policy, signal: stopped });
      // Both may have changed meanwhile.
      opened.reconnect(access);
      opened.judgeBy(policy);
      upstream = opened;
      for (const reference of references.values()) begin(reference, opened);
    } catch (error) {
      if (stopped.aborted) return;
      broken = problemsOf(error);
      for (const reference of references.values()) failed(reference, broken);
    }
  };
  const opening = open();

  return {
    origin: (chart) => upstream?.origin(chart),
    get proposals() {
      return withdrawn === undefined ? upstream?.proposals : undefined;
    },
    completeChart: chartCompleter(options.registryCache, options.accessFor),
    of(wanted) {
      const selector = selectorId(wanted);
      let reference = references.get(selector);
      if (reference === undefined) {
        reference = {
          id: selector,
          wanted,
          revision: { state: 'pending' },
          seen: undefined,
          refusedChanges: [],
          poll: undefined,
        };
        references.set(selector, reference);
        if (broken !== undefined) reference.revision = { state: 'failed', problems: broken, last: undefined };
        else if (upstream !== undefined) begin(reference, upstream);
      }
      return reference.revision;
    },
    retain(selectors) {
      for (const [selector, reference] of references) {
        if (selectors.has(selector)) continue;
        reference.poll?.stop();
        references.delete(selector);
      }
    },
    trigger(moves) {
      const concerned = [...references.values()].filter(
        ({ wanted, seen }) => moves === undefined || moves.some((move) => isNews(wanted.ref, seen, move)),
      );
      for (const reference of concerned) reference.poll?.trigger();
      return concerned.length > 0;
    },
    reconnect(next) {
      access = next;
      withdrawn = undefined;
      if (upstream === undefined) return;
      upstream.reconnect(access);
      for (const reference of references.values()) {
        if (reference.poll === undefined) begin(reference, upstream);
        else reference.poll.trigger();
      }
    },
    withdraw(problems) {
      withdrawn = problems;
      for (const reference of references.values()) {
        reference.poll?.stop();
        reference.poll = undefined;
        failed(reference, problems);
      }
    },
    judgeBy(next) {
      if (policyId(next) === policyId(policy)) return;
      policy = next;
      if (upstream === undefined) return;
      upstream.judgeBy(policy);
      for (const reference of references.values()) {
        // What comes from a registry is judged where it is fetched.
        if (isGit && reference.seen !== undefined) enqueue(reference, upstream, reference.seen);
        else reference.poll?.trigger();
      }
    },
    follows: (selector) => references.has(selector),
    all: () => [...references.values()].map(({ revision }) => revision),
    refusals() {
      return [...references.values()].flatMap(({ id: selector, revision }) =>
        revision.state === 'failed' &&
        (revision.refused !== undefined || signatureReason(revision.problems) !== undefined)
          ? [{ selector, problems: revision.problems }]
          : [],
      );
    },
    async close() {
      stop.abort();
      await opening;
      await upstream?.close();
    },
  };
}
