import type { PullRequest } from '../../forge/index.ts';
import type { Preview } from '../../preview/index.ts';
import type { Ends } from './preview-pull-request.ts';

/** What is remembered of one open pull request. */
export interface PullRequestEntry {
  /** `namespace/name#12`. */
  readonly key: string;
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  readonly number: number;
  /** As the forge last told it; undefined where only a webhook has told of it. */
  known: PullRequest | undefined;
  /** True where a webhook has told of something since. */
  stale: boolean;
  /** What the last preview was made of; another one asks for another preview. */
  seen: string | undefined;
  /** Applications that have to be rendered before it can be told whether they are touched. */
  waitingFor: Set<string> | undefined;
  /** The reference that was fetched for it, to be forgotten with it. */
  fetched: string | undefined;
  /** Ends the work on it that is under way. */
  running: AbortController | undefined;
  /** The commit that is worked on. */
  at: string | undefined;
}

/** One text for a pull request of a Repository. */
export function entryKey(repository: string, number: number): string {
  return `${repository}#${number}`;
}

/** What is known of a pull request that was not heard of before. */
export function newEntry(repository: string, number: number): PullRequestEntry {
  return {
    key: entryKey(repository, number),
    repository,
    number,
    known: undefined,
    stale: true,
    seen: undefined,
    waitingFor: undefined,
    fetched: undefined,
    running: undefined,
    at: undefined,
  };
}

/** What a preview is made of, as far as it can be told without a fetch. */
export function seenOf({ head, base }: PullRequest, specs: string): string {
  return JSON.stringify([head.commit, base.branch, specs]);
}

/** The commits of this pull request, where the same trees were compared for another one. */
export function namesOf({ base, head }: PullRequest, ends: Ends): Pick<Preview, 'base' | 'head'> {
  return {
    base: { name: base.branch, commit: ends.base.revision },
    head: { name: head.branch, commit: ends.head.revision },
  };
}
