import type { Egress } from '../egress.ts';
import type { PathChange } from './changes.ts';
import type { Connection } from './credentials.ts';
import type { FileHistory } from './file-history.ts';
import type { History } from './history.ts';
import type { FetchOutcome } from './fetch-and-compare.ts';
import type { CommitId, TreeId } from './ids.ts';
import type { Limits } from './limits.ts';
import type { MadeCommit, NewCommit } from './new-commit.ts';
import type { NewTip, PushOutcome } from './push.ts';
import type { TrailerSearch } from './trailers.ts';
import type { SigningKey } from './signing-key.ts';
import type { Resolved } from './resolve.ts';
import type { RefSelector } from './selector.ts';
import type { SubmoduleOptions } from './submodules.ts';
import type { Transfer } from './transfer.ts';
import type { TreeCache } from './tree-cache.ts';
import type { TreeReader } from './tree-reader.ts';
import type { UrlOptions } from './url.ts';
import type { Verification, VerifyRequest } from './verify.ts';

/** How a mirror is opened. */
export interface MirrorOptions extends Connection, UrlOptions {
  /** Where the repository is: see docs/repositories.md. */
  readonly url: string;
  /** Folder that holds all mirrors; made where it does not exist. May be deleted whenever no process uses it. */
  readonly directory: string;
  /**
   * Whose credentials these are, such as `namespace/name` of their Secret. Mirrors are shared by those who name the
   * same URL and the same identity, and by nobody else; a renewed token keeps its mirror.
   */
  readonly identity?: string;
  /** Ends everything that this mirror does. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<Limits>;
  /**
   * `full` where it is not given. A full mirror stays what it is, also for who asks for a shallow one; a shallow one is
   * fetched anew as a full one with the next fetch. Of those who share a mirror, who wants more gets it.
   */
  readonly history?: History;
  /** Where this installation may connect to; the usual rules where it is not given. */
  readonly egress?: Egress;
  /** A cache that several mirrors share; a mirror has its own where it is not given. */
  readonly treeCache?: TreeCache;
  /** Lets paths lead into submodules, which are fetched when somebody reads in them. Not read where it is not given. */
  readonly submodules?: SubmoduleOptions;
  /** Told of each fetch and push of the mirror, whoever of those that share it asked for it. */
  readonly onTransfer?: (transfer: Transfer) => void;
}

/** A bare copy of one repository on this machine. It is shared: close it once for each time that it was opened. */
export interface Mirror {
  /** The URL in its normal form; never holds credentials. */
  readonly url: string;
  /** One and the same for all who share the mirror: what is remembered of it may hang on this. */
  readonly key: object;
  /** Whether paths may lead into submodules. */
  readonly readsSubmodules: boolean;
  /**
   * Fetches what a selector stands for, and nothing else. Those who ask while a fetch runs share the next one. A
   * commit that is here already is not fetched.
   * @param options.since what the caller saw last; where it is not given, `previous` is what the mirror held before
   * @throws PlumbError `git.ref-not-found`, `git.auth-failed`, `git.unreachable` and more, see the catalogue
   */
  fetch(
    selector: RefSelector,
    options: { readonly signal: AbortSignal; readonly since?: CommitId },
  ): Promise<FetchOutcome>;
  /** What a selector stands for in the mirror, without asking the server; undefined where it was not fetched. */
  resolve(selector: RefSelector): Promise<Resolved | undefined>;
  /**
   * Where a branch is as far as is known here, and nobody is asked: as it was fetched last, or as it was pushed from
   * here since. Undefined where it was never fetched.
   */
  tip(branch: string): Promise<CommitId | undefined>;
  /**
   * The files of a commit, and those of its submodules where the mirror reads such at all.
   * @throws PlumbError `git.ref-not-found` where the mirror does not have it
   */
  tree(commit: CommitId, how?: { readonly submodules: boolean }): Promise<TreeReader>;
  /** The files that differ between two trees. @throws PlumbError `git.too-large` */
  changes(from: TreeId, to: TreeId): Promise<readonly PathChange[]>;
  /** The commit where two lines of history parted; undefined where they have nothing in common. */
  mergeBase(one: CommitId, other: CommitId, options: { readonly signal: AbortSignal }): Promise<Resolved | undefined>;
  /** Follows a reference no more, of which `fetch` was asked by its full name: what only it led to is let go in time. */
  forget(ref: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Whether a commit is the other one or is contained in it. A shallow mirror that cannot tell becomes a full one first.
   * @throws PlumbError `git.ref-not-found`; as `fetch`, where the history has to be fetched
   */
  isAncestor(ancestor: CommitId, descendant: CommitId): Promise<boolean>;
  /**
   * Reaches the server in this way from now on, as when a token was renewed. What was fetched stays, a fetch that is
   * under way goes on as it began. For all who share the mirror: they name the same identity.
   */
  reconnect(connection: Connection): void;
  /**
   * Has Git verify the signatures that a mode asks for. That something is refused is told, and not thrown.
   * @throws PlumbError where it could not be verified at all, see `verifyRevision`
   */
  verify(request: VerifyRequest, options: { readonly signal: AbortSignal }): Promise<Verification>;
  /** What happened to files: a mirror that is shallow becomes a full one when it is first asked. */
  readonly past: FileHistory;
  /**
   * Makes a commit in the mirror, without a work tree; nothing is pushed. Whoever never pushes it leaves nothing behind
   * that anybody would see.
   * @throws PlumbError `git.path-refused`, `git.path-outside`, `git.submodule`, `git.too-large`, `git.commit-invalid`,
   * `git.signing-failed`, `git.disk-full`; `git.ref-not-found` where the parent is not here
   */
  commit(
    wish: NewCommit,
    options: { readonly signal: AbortSignal; readonly signingKey?: SigningKey },
  ): Promise<MadeCommit>;
  /**
   * Moves a branch of the server's on from where it is expected to be; never by force, and never from elsewhere.
   * @throws PlumbError `git.push-protected`, `git.push-refused`, `git.push-forbidden`, `git.server-full`,
   * `git.push-unknown` and those of the way to the server
   */
  push(wish: NewTip, options: { readonly signal: AbortSignal }): Promise<PushOutcome>;
  /** Asks the server for its branches, by their short names, or for those that begin so. @throws PlumbError */
  branches(options: { readonly signal: AbortSignal; readonly prefix?: string }): Promise<ReadonlyMap<string, CommitId>>;
  /** The values of a trailer in the messages of commits. @throws PlumbError */
  trailers(search: TrailerSearch, options: { readonly signal: AbortSignal }): Promise<ReadonlyMap<string, CommitId>>;
  /** Opens the mirror once more, without its submodules: for work that goes on when this one is closed. */
  again(options: { readonly signal: AbortSignal }): Mirror;
  /** Gives the mirror back; the last one to do so ends its processes. What is on the disk stays. */
  close(): Promise<void>;
}
