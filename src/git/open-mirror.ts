import { LRUCache } from 'lru-cache';
import { createEgress } from '../egress.ts';
import { plumbError } from '../errors.ts';
import { changesBetween } from './changes.ts';
import { exclusively, openGeneration, type Core } from './core.ts';
import type { Connection } from './credentials.ts';
import { createFetchQueue, type FetchQueue } from './fetch-batch.ts';
import { type FileHistory, historyOfMirror } from './file-history.ts';
import { containsForSure, parting } from './contains.ts';
import { fetchAndCompare } from './fetch-and-compare.ts';
import { defaultLimits } from './limits.ts';
import { branchesOf } from './list-refs.ts';
import { checkGit } from './git-version.ts';
import type { Objects } from './objects.ts';
import { objectsOf } from './read-objects.ts';
import { makeCommit } from './new-commit.ts';
import { createFreshCommits } from './fresh-commits.ts';
import { push } from './push.ts';
import { createPushedTips, notePushed, tipHere } from './pushed-tips.ts';
import { dropRef } from './refs.ts';
import { findTrailers } from './trailers.ts';
import { repackWhenNeeded } from './repack.ts';
import { resolveTarget } from './resolve.ts';
import { parseSelector, targetKey } from './selector.ts';
import type { Mirror, MirrorOptions } from './mirror.ts';
import { storeFor } from './store.ts';
import { createSubmodules } from './submodules.ts';
import { sweepHomes, type SweepOptions, touchMirror } from './sweep.ts';
import { toldTransfer } from './transfer.ts';
import { createTreeCache } from './tree-cache.ts';
import { openTreeReader } from './tree-reader.ts';
import { parseRepositoryUrl } from './url.ts';
import { verifyHere } from './verify-mirror.ts';

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
    ...(options.onTransfer === undefined ? {} : { onTransfer: options.onTransfer }),
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
    pushed: createPushedTips(),
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
    key: entry,
    readsSubmodules: submodules !== undefined,
    async fetch(selector, { signal: caller, since }) {
      return fetchAndCompare(entry, parseSelector(selector), AbortSignal.any([either, caller]), since);
    },
    async resolve(selector) {
      either.throwIfAborted();
      return resolveTarget(core, objects, parseSelector(selector));
    },
    async tip(branch) {
      either.throwIfAborted();
      return tipHere(core, objects, branch);
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
      const both = AbortSignal.any([either, caller]);
      const outcome = await toldTransfer(core.remote.onTransfer, 'push', both, {
        run: () => push(entry, wish, both),
        outcomeOf: ({ state }) => (state === 'pushed' ? 'succeeded' : 'moved'),
      });
      if (outcome.state === 'pushed') notePushed(core, wish);
      repackWhenNeeded(core);
      return outcome;
    },
    branches: ({ signal: caller, prefix = '' }) => branchesOf(core, prefix, AbortSignal.any([either, caller])),
    trailers: (search, { signal: caller }) => findTrailers(core, search, AbortSignal.any([either, caller])),
    again({ signal: other }) {
      either.throwIfAborted();
      const { submodules: _submodules, ...rest } = options;
      entry.users += 1;
      return handle(entry, { ...rest, signal: other });
    },
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
