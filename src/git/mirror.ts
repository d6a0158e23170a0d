import { LRUCache } from 'lru-cache';
import { createEgress, type Egress } from '../egress.ts';
import { plumbError } from '../errors.ts';
import { changesBetween, type PathChange } from './changes.ts';
import { exclusively, openGeneration, type Core } from './core.ts';
import type { Connection } from './credentials.ts';
import { createFetchQueue, type FetchQueue } from './fetch-batch.ts';
import { type FileHistory, historyOfMirror } from './file-history.ts';
import type { History } from './history.ts';
import { containsForSure, parting } from './contains.ts';
import { fetchAndCompare, type FetchOutcome } from './fetch-and-compare.ts';
import type { CommitId, TreeId } from './ids.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { branchesOf } from './list-refs.ts';
import { checkGit } from './git-version.ts';
import type { Objects } from './objects.ts';
import { objectsOf } from './read-objects.ts';
import { makeCommit, type MadeCommit, type NewCommit } from './new-commit.ts';
import { createFreshCommits } from './fresh-commits.ts';
import { push, type NewTip, type PushOutcome } from './push.ts';
import { dropRef } from './refs.ts';
import { findTrailers, type TrailerSearch } from './trailers.ts';
import type { SigningKey } from './signing-key.ts';
import { repackWhenNeeded } from './repack.ts';
import { resolveTarget, type Resolved } from './resolve.ts';
import { parseSelector, type RefSelector, targetKey } from './selector.ts';
import { storeFor } from './store.ts';
import { createSubmodules, type SubmoduleOptions } from './submodules.ts';
import { sweepHomes, type SweepOptions, touchMirror } from './sweep.ts';
import { createTreeCache, type TreeCache } from './tree-cache.ts';
import { openTreeReader, type TreeReader } from './tree-reader.ts';
import { parseRepositoryUrl, type UrlOptions } from './url.ts';
import type { Verification, VerifyRequest } from './verify.ts';
import { verifyHere } from './verify-mirror.ts';

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
}

/** A bare copy of one repository on this machine. It is shared: close it once for each time that it was opened. */
export interface Mirror {
  /** The URL in its normal form; never holds credentials. */
  readonly url: string;
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
  /** Gives the mirror back; the last one to do so ends its processes. What is on the disk stays. */
  close(): Promise<void>;
}

interface Shared {
  readonly core: Core;
  readonly objects: Objects;
  readonly past: FileHistory;
  readonly queue: FetchQueue;
  users: number;
}

/** The mirrors of this process: two that write to the same folder would only wait for each other. */
const shared = new Map<string, Shared>();

const usualEgress = createEgress();

/**
 * Opens the mirror of a repository. Nothing is fetched yet. Where it is open already, the one that is open is shared,
 * and uses the credentials given here from now on.
 * @throws PlumbError `git.url-invalid`, `git.url-credentials`, `git.protocol-refused`, `git.missing`, `egress.refused`
 */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  options.signal.throwIfAborted();
  await checkGit(options.signal);
  const url = parseRepositoryUrl(options.url, options);
  if (url.transport !== 'file') (options.egress ?? usualEgress).checkHost(url.host);
  const store = storeFor(options.directory, url.text, options.identity ?? '');
  await touchMirror(store.home, new Date());
  const remote = {
    url,
    connection: connectionOf(options),
    limits: { ...defaultLimits, ...options.limits },
    egress: options.egress ?? usualEgress,
    history: options.history ?? 'full',
  };
  const open = shared.get(store.home);
  if (open !== undefined) {
    const { history } = open.core.remote;
    open.core.remote = history === 'full' ? { ...remote, history } : remote;
    open.users += 1;
    return handle(open, options);
  }
  const core: Core = {
    store,
    remote,
    trees: options.treeCache ?? createTreeCache(remote.limits.treeCacheBytes),
    closed: new AbortController(),
    generation: undefined,
    writing: Promise.resolve(),
    known: new LRUCache({ max: 500 }),
    wanted: new LRUCache({ max: 500 }),
    fresh: createFreshCommits(),
    healing: undefined,
    tips: undefined,
    quick: undefined,
  };
  const objects = objectsOf(core);
  const past = historyOfMirror(core, objects);
  const entry: Shared = { core, objects, past, queue: createFetchQueue(core), users: 1 };
  shared.set(store.home, entry);
  return handle(entry, options);
}

/** Removes the mirrors that nobody has used for a while, see `sweepHomes`; those that are open here stay. */
export async function sweepMirrors(options: SweepOptions): Promise<number> {
  return sweepHomes(new Set(shared.keys()), options);
}

function connectionOf({ credentials, certificateAuthority, clientCertificate, proxy }: Connection): Connection {
  return {
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

function handle(entry: Shared, options: MirrorOptions): Mirror {
  const { signal } = options;
  const { core, objects } = entry;
  const closed = new AbortController();
  const either = AbortSignal.any([signal, closed.signal]);
  const submodules =
    options.submodules === undefined
      ? undefined
      : createSubmodules({ ...options, submodules: options.submodules, signal: either }, openMirror);
  const close = async (): Promise<void> => {
    if (closed.signal.aborted) return;
    signal.removeEventListener('abort', onAbort);
    closed.abort(plumbError('cancelled', 'the mirror is closed'));
    await submodules?.close();
    await giveBack(entry);
  };
  const onAbort = (): void => void close();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    url: core.remote.url.text,
    readsSubmodules: submodules !== undefined,
    async fetch(selector, { signal: caller, since }) {
      return fetchAndCompare(entry, parseSelector(selector), AbortSignal.any([either, caller]), since);
    },
    async resolve(selector) {
      either.throwIfAborted();
      return resolveTarget(core, objects, parseSelector(selector));
    },
    async tree(commit, how = { submodules: true }) {
      either.throwIfAborted();
      const { tree } = await objects.commit(commit);
      return openTreeReader(objects, commit, tree, core.remote.url.text, how.submodules ? submodules : undefined);
    },
    changes: (from, to) => changesBetween(objects, from, to, core.remote.limits.changes),
    async mergeBase(one, other, { signal: caller }) {
      return parting(core, objects, one, other, AbortSignal.any([either, caller]));
    },
    async forget(ref, { signal: caller }) {
      const target = parseSelector({ ref });
      core.wanted.delete(targetKey(target));
      const generation = await openGeneration(core);
      const both = AbortSignal.any([either, caller]);
      if (generation !== undefined) await exclusively(core, both, () => dropRef(generation.directory, ref, both));
    },
    isAncestor: (ancestor, descendant) => containsForSure(core, objects, ancestor, descendant, either),
    reconnect(connection) {
      core.remote = { ...core.remote, connection: connectionOf(connection) };
      submodules?.reconnect(connection);
    },
    past: entry.past,
    verify: (request, { signal: caller }) => verifyHere(entry, request, AbortSignal.any([either, caller])),
    commit: (wish, { signal: caller, ...rest }) =>
      makeCommit(core, objects, wish, { ...rest, signal: AbortSignal.any([either, caller]) }),
    async push(wish, { signal: caller }) {
      const outcome = await push(entry, wish, AbortSignal.any([either, caller]));
      repackWhenNeeded(core);
      return outcome;
    },
    branches: ({ signal: caller, prefix = '' }) => branchesOf(core, prefix, AbortSignal.any([either, caller])),
    trailers: (search, { signal: caller }) => findTrailers(core, search, AbortSignal.any([either, caller])),
    close,
  };
}

async function giveBack(entry: Shared): Promise<void> {
  entry.users -= 1;
  if (entry.users > 0) return;
  const { core } = entry;
  shared.delete(core.store.home);
  core.closed.abort(plumbError('cancelled', 'the mirror is closed'));
  const ended = core.generation?.reader.close();
  core.quick?.server.close();
  await ended;
  await core.writing;
}
