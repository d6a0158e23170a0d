import { durationMilliseconds, type Ref, type Repository } from '../api/index.ts';
import type { Egress } from '../egress.ts';
import { type Problem, problemsOf } from '../errors.ts';
import { type Mirror, openMirror, pollRepository, type RefSelector, type Resolved } from '../git/index.ts';
import type { PathChange } from '../render/index.ts';
import type { RepositoryAccess } from './credentials.ts';
import { gitOrigin, type Origin, type Version, versionOf } from './origin.ts';

/** What is known of one reference of one Repository. */
export type Revision =
  | { readonly state: 'pending' }
  | {
      readonly state: 'failed';
      readonly problems: readonly [Problem, ...Problem[]];
      readonly last: Version | undefined;
    }
  | { readonly state: 'ready'; readonly version: Version };

/** A reference moved to another commit, or could not be read, or could be again. */
export interface RevisionEvent {
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  /** Identity of the reference, as `selectorId` writes it. */
  readonly selector: string;
  readonly revision: Revision;
  /** What differs from the commit before; undefined where that is not known, so that all must look. */
  readonly changes: readonly PathChange[] | undefined;
  readonly previous: Version | undefined;
}

/** The references that are followed in one Repository. */
export interface RepositoryRevisions {
  /** Where the versions come from; undefined until it is open. */
  readonly origin: Origin | undefined;
  /** What is known of the reference; begins to follow it where nobody has asked yet. */
  of(ref: Ref | undefined): Revision;
  /** Follows no references but these from now on. */
  retain(selectors: ReadonlySet<string>): void;
  /** Fetches now. */
  trigger(): void;
  /** Is let in another way from now on, and fetches now: what failed for the old one need not wait. */
  reconnect(access: RepositoryAccess): void;
  /** Is let in no more: nothing is fetched until `reconnect`. What was seen last stays known. */
  withdraw(problems: readonly [Problem, ...Problem[]]): void;
  close(): Promise<void>;
}

/** What `followRepository` needs. */
export interface FollowOptions {
  readonly repository: Repository;
  /** How the repository lets Plumbline in. */
  readonly access: RepositoryAccess;
  /** Folder of all mirrors. */
  readonly directory: string;
  readonly allowFileUrls: boolean;
  readonly egress: Egress;
  readonly random: () => number;
  readonly onRevision: (event: RevisionEvent) => void;
  /** Told every fetch that ended, whether or not anything was new. */
  readonly onFetched: () => void;
  readonly signal: AbortSignal;
}

/** One line that tells two references apart. */
export function selectorId(ref: Ref | undefined): string {
  const entry = Object.entries(ref ?? {}).find(([, value]) => value !== undefined);
  return entry === undefined ? 'HEAD' : `${entry[0]}:${entry[1]}`;
}

/** The reference as Git is asked for it. */
export function selectorOf(ref: Ref | undefined): RefSelector {
  if (ref?.branch !== undefined) return { branch: ref.branch };
  if (ref?.tag !== undefined) return { tag: ref.tag };
  if (ref?.semver !== undefined) return { semver: ref.semver };
  if (ref?.commit !== undefined) return { commit: ref.commit };
  return {};
}

interface Reference {
  readonly id: string;
  revision: Revision;
  poll: { trigger(): void; stop(): void } | undefined;
  readonly selector: RefSelector;
}

const lastOf = (revision: Revision): Version | undefined => {
  if (revision.state === 'ready') return revision.version;
  return revision.state === 'failed' ? revision.last : undefined;
};

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
  let mirror: Mirror | undefined;
  let origin: Origin | undefined;
  let broken: readonly [Problem, ...Problem[]] | undefined;
  let { access } = options;
  let withdrawn: readonly [Problem, ...Problem[]] | undefined;

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
  const fetched = async (reference: Reference, opened: Origin, resolved: Resolved): Promise<void> => {
    const before = lastOf(reference.revision);
    const version = versionOf(resolved);
    if (before?.revision === version.revision) {
      if (reference.revision.state !== 'ready') tell(reference, { state: 'ready', version }, []);
    } else {
      const changes = before === undefined ? undefined : await opened.changes(before, version);
      tell(reference, { state: 'ready', version }, changes);
    }
    options.onFetched();
  };

  const begin = (reference: Reference, opened: Mirror, versions: Origin): void => {
    if (withdrawn !== undefined) {
      failed(reference, withdrawn);
      return;
    }
    reference.poll = pollRepository({
      mirror: opened,
      selector: reference.selector,
      intervalMilliseconds: durationMilliseconds(repository.spec.interval ?? '1m'),
      jitter: 0.1,
      random: options.random,
      signal: stopped,
      onOutcome: ({ resolved }) => {
        // One after the other: the changes are those since the outcome before.
        telling = telling.then(() => fetched(reference, versions, resolved));
      },
      onError: (error) => {
        failed(reference, problemsOf(error));
        options.onFetched();
      },
    });
  };

  const open = async (): Promise<void> => {
    try {
      mirror = await openMirror({
        url: repository.spec.url,
        directory: options.directory,
        allowFile: options.allowFileUrls,
        egress: options.egress,
        ...access,
        signal: stopped,
      });
      // It may have changed while the mirror was opened.
      mirror.reconnect(access);
      origin = gitOrigin(mirror);
      for (const reference of references.values()) begin(reference, mirror, origin);
    } catch (error) {
      if (stopped.aborted) return;
      broken = problemsOf(error);
      for (const reference of references.values()) failed(reference, broken);
    }
  };
  const opening = open();

  return {
    get origin() {
      return origin;
    },
    of(ref) {
      const selector = selectorId(ref);
      let reference = references.get(selector);
      if (reference === undefined) {
        reference = { id: selector, selector: selectorOf(ref), revision: { state: 'pending' }, poll: undefined };
        references.set(selector, reference);
        if (broken !== undefined) reference.revision = { state: 'failed', problems: broken, last: undefined };
        else if (mirror !== undefined && origin !== undefined) begin(reference, mirror, origin);
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
    trigger() {
      for (const reference of references.values()) reference.poll?.trigger();
    },
    reconnect(next) {
      access = next;
      withdrawn = undefined;
      if (mirror === undefined || origin === undefined) return;
      mirror.reconnect(access);
      for (const reference of references.values()) {
        if (reference.poll === undefined) begin(reference, mirror, origin);
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
    async close() {
      stop.abort();
      await opening;
      await mirror?.close();
    },
  };
}
