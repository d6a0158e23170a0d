import type { CommitId, FileChange, Signature, TreeReader } from '../git/index.ts';

/** The files of a tip; nothing lies in those of a repository that has no commit yet. */
export type TipFiles = Pick<TreeReader, 'stat' | 'read' | 'list' | 'linksFollowed'>;

/** What an edit is made upon. */
export interface Tip {
  /** Undefined where the repository has no commit yet. */
  readonly commit: CommitId | undefined;
  readonly files: TipFiles;
  /** Set where it is not the branch, but what is proposed to it already. */
  readonly isProposed?: true;
}

/** What an edit wants committed. */
export interface Edited {
  readonly changes: readonly FileChange[];
  /** The whole message. The trailer with the operation is added where it is not in it. */
  readonly message: string;
  /** The service account: author and committer of the commit. */
  readonly author: Signature;
  /** What a pull request for it is called, where it becomes one; the first line of the message where it is not given. */
  readonly pullRequest?: { readonly title: string; readonly body: string };
}

/**
 * A change as a function of what it changes. It is called again for each tip that the change is to be made upon, so it
 * must look at the tip and at nothing that it has seen before; undefined where nothing is to be done.
 * @throws PlumbError to refuse: what it throws is told to whoever asked for the change, and to nobody else
 */
export type Edit = (tip: Tip, signal: AbortSignal) => Promise<Edited | undefined>;

/** What became of an edit. */
export interface Written {
  /** The commit that holds the change; where nothing had to be changed, the one that was looked at. */
  readonly commit: CommitId;
  readonly changed: boolean;
  /** The pull request that proposes it, where it is only proposed. */
  readonly pullRequest?: { readonly number: number; readonly link: string };
}

/** How an edit is written. */
export interface WriteOptions {
  /** Takes the edit out as long as its push has not begun; from then on its outcome is waited for. */
  readonly signal: AbortSignal;
  /** Who names the same operation again, also after a restart, gets the commit that was made the first time. */
  readonly operation?: string;
  /** Where changes are proposed: adds this one to an earlier pull request, as long as that is open and all Plumbline's. */
  readonly onto?: Onto;
}

/** An operation that was proposed before. */
export interface Onto {
  /** The one that its branch is called after. */
  readonly operation: string;
  /** Where Plumbline left that branch: elsewhere, somebody else has pushed to it. */
  readonly commit: string;
}

/** Writes edits to one branch of one repository. */
export interface BranchWriter {
  /**
   * Writes an edit. Edits of many callers are pushed together, each as a commit of its own.
   * @throws PlumbError what the edit refused with; `git.push-protected`, `git.push-refused`, `git.push-forbidden`,
   * `git.server-full`, `writeback.contended`, `writeback.pull-request-closed` and those of the way to the server, where
   * nothing was changed; `git.push-unknown` where that is not known (see `findOperation`)
   */
  write(edit: Edit, options: WriteOptions): Promise<Written>;
  /**
   * Looks in Git what became of an operation, as after a restart. Fetches first.
   * A change that was pushed to a branch of its own, and not proposed, is proposed now.
   * @param options.on the operation on whose branch it was proposed, where that is another one
   * @returns undefined where it is not among the newest 10,000 commits of the branch, nor proposed
   * @throws PlumbError where the server cannot be asked
   */
  findOperation(
    operation: string,
    options: { readonly signal: AbortSignal; readonly on?: string },
  ): Promise<Written | undefined>;
}
