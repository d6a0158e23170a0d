/** The products that Plumbline speaks to. Forgejo has Gitea's interface. */
export const forgeKinds = [
  'GitHub',
  'GitLab',
  'Gitea',
  'Forgejo',
  'BitbucketCloud',
  'BitbucketDataCenter',
  'AzureDevOps',
] as const;

/** One of `forgeKinds`. */
export type ForgeKind = (typeof forgeKinds)[number];

/** What Plumbline says of a commit, in a form that every forge has. */
export interface CommitStatus {
  /** What the status is about, the same for each of its states: `plumbline/team-a/web`. At most 100 characters. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** One line; cut to what the forge takes. */
  readonly description: string;
  /** Where more is to be read. */
  readonly link?: string;
}

/** A pull request, or what the forge calls one. */
export interface PullRequest {
  /** The number that people write: `#12`, `!12`. */
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  /** Login of the author. */
  readonly author: string;
  /** The commit that is proposed, and the branch that it is on; the branch may lie in a fork. */
  readonly head: { readonly branch: string; readonly commit: string; readonly fork: boolean };
  /** The branch that it would be merged into, and its commit where the forge tells it. */
  readonly base: { readonly branch: string; readonly commit?: string };
  /** A reference in the base repository that leads to `head.commit`, such as `refs/pull/12/head`; none where the forge has none. */
  readonly headRef?: string;
  readonly labels: readonly string[];
  /** The page for people. */
  readonly link: string;
  readonly updatedAt: Date;
}

/** What one person last said of a pull request. */
export interface Review {
  readonly reviewer: string;
  readonly state: 'approved' | 'changes-requested' | 'commented' | 'dismissed';
  /** The commit that was looked at, where the forge tells it. */
  readonly commit?: string;
}

/** A new pull request. */
export interface NewPullRequest {
  readonly title: string;
  readonly body: string;
  /** A branch of the same repository. */
  readonly head: string;
  readonly base: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
}

/** What may be changed of a pull request; what is left out stays. */
export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly base?: string;
}

/** How a pull request is merged. */
export interface MergeOptions {
  readonly method: 'merge' | 'squash' | 'rebase';
  /** Merges only while this is still the head. */
  readonly head: string;
  readonly message?: string;
  readonly deleteBranch?: boolean;
}

/** A comment that is found again by its mark. */
export interface MarkedComment {
  readonly mark: string;
  readonly body: string;
  /** Changes the comment where there is one, and writes none otherwise. */
  readonly onlyUpdate?: boolean;
}

/** Every call takes the caller's signal. */
export interface Call {
  readonly signal: AbortSignal;
}

/**
 * One repository on one forge. Calls wait for rate limits and try again where that changes nothing, both within bounds;
 * what then still fails is thrown.
 *
 * All throw PlumbError: `forge.auth-failed`, `forge.forbidden`, `forge.not-found`, `forge.rate-limited`,
 * `forge.unreachable`, `forge.conflict`, `forge.refused`, `forge.answer-invalid`.
 */
export interface Forge {
  readonly kind: ForgeKind;
  /** Says something of a commit; what was said before in the same context is replaced. */
  setCommitStatus(commit: string, status: CommitStatus, call: Call): Promise<void>;
  /** The newest state of each context of a commit. */
  commitStatuses(commit: string, call: Call): Promise<readonly CommitStatus[]>;
  /** All open pull requests, or those to one branch or from one. */
  pullRequests(
    filter: { readonly state?: 'open' | 'all'; readonly base?: string; readonly head?: string },
    call: Call,
  ): Promise<readonly PullRequest[]>;
  pullRequest(number: number, call: Call): Promise<PullRequest>;
  openPullRequest(wish: NewPullRequest, call: Call): Promise<PullRequest>;
  updatePullRequest(number: number, change: PullRequestChange, call: Call): Promise<PullRequest>;
  /** @throws PlumbError `forge.conflict` where it cannot be merged as it is, or its head has moved */
  mergePullRequest(number: number, options: MergeOptions, call: Call): Promise<{ readonly commit?: string }>;
  closePullRequest(number: number, call: Call): Promise<void>;
  /**
   * Writes the one comment of Plumbline's that bears this mark, or changes it in place. The mark is invisible to people.
   * Nothing is sent where the comment already says so. Text over the forge's limit is cut, and says so.
   */
  putComment(number: number, comment: MarkedComment, call: Call): Promise<'written' | 'same'>;
  /** Sets exactly these of `among`; other labels of the pull request stay. Labels that the forge lacks are made where it needs that. */
  setLabels(
    number: number,
    labels: { readonly present: readonly string[]; readonly among: readonly string[] },
    call: Call,
  ): Promise<void>;
  /** The newest word of each reviewer. */
  reviews(number: number, call: Call): Promise<readonly Review[]>;
  /** The paths that differ between base and head of a pull request. */
  changedFiles(number: number, call: Call): Promise<readonly string[]>;
  /** Where a file with the owners of code may lie, the one that counts first; none where the forge knows no such file. */
  readonly codeOwnerFiles: readonly string[];
  /** Pages for people. Pure. */
  readonly links: {
    readonly commit: (commit: string) => string;
    readonly file: (commit: string, path: string, line?: number) => string;
    readonly compare: (base: string, head: string) => string;
    readonly pullRequest: (number: number) => string;
  };
  /** Longest comment, in characters. */
  readonly commentLimit: number;
}
