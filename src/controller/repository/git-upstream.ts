import { LRUCache } from 'lru-cache';
import type { Ref } from '../../api/index.ts';
import { plumbError, problemsOf } from '../../errors.ts';
import {
  asCommitId,
  asTreeId,
  type CommitId,
  openMirror,
  type RefSelector,
  type Resolved,
  type TreeId,
} from '../../git/index.ts';
import { judge, lastGood, refusalOf } from './judge.ts';
import type { Origin, Version } from '../rendering/origin.ts';
import { historyFor } from '../application/policy.ts';
import type { Proposals } from '../forge/proposals.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';

/** What a tree holds is more where submodules are read. */
const withSubmodules = ' with submodules';

/** A commit as a version. */
export function versionOf({ commit, tree, ref, committedAt, subject }: Resolved, readsSubmodules = false): Version {
  const content = readsSubmodules ? tree + withSubmodules : tree;
  return { revision: commit, content, ref, at: committedAt, subject };
}

function treeOf({ content }: Version): TreeId | undefined {
  return asTreeId(content.endsWith(withSubmodules) ? content.slice(0, -withSubmodules.length) : content);
}

/** The commit behind a version: of this origin nothing else is one. */
function commitOf({ revision }: Pick<Version, 'revision'>): CommitId {
  const commit = asCommitId(revision);
  if (commit === undefined) throw plumbError('internal', `${revision} is no commit`);
  return commit;
}

/** The reference as Git is asked for it. @throws PlumbError `controller.reference-unsupported` */
function selectorOf(ref: Ref | undefined): RefSelector {
  if (ref?.branch !== undefined) return { branch: ref.branch };
  if (ref?.tag !== undefined) return { tag: ref.tag };
  if (ref?.semver !== undefined) return { semver: ref.semver };
  if (ref?.commit !== undefined) return { commit: ref.commit };
  if (ref?.digest !== undefined)
    throw plumbError('controller.reference-unsupported', 'a digest names nothing in a Git repository');
  return {};
}

/** For how long a commit that the server does not have is not asked for again, in milliseconds. */
const absentMilliseconds = 60_000;

function isAbsent(error: unknown): boolean {
  const [{ code }] = problemsOf(error);
  return code === 'git.ref-not-found' || code === 'git.not-a-commit';
}

/** Opens the mirror of a Git repository. */
export async function openGitUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { repository, directory, allowFileUrls, egress, observer, signal } = options;
  let { policy } = options;
  const mirror = await openMirror({
    url: repository.spec.url,
    directory,
    allowFile: allowFileUrls,
    ...(egress === undefined ? {} : { egress }),
    ...(observer === undefined ? {} : { onTransfer: observer.transferred }),
    ...(repository.spec.submodules === true ? { submodules: { accessFor: options.accessFor } } : {}),
    history: historyFor(repository),
    ...options.access,
    signal,
  });
  const here = (resolved: Resolved): Version => versionOf(resolved, mirror.readsSubmodules);
  const absent = new LRUCache<CommitId, true>({ max: 100, ttl: absentMilliseconds });
  const origin: Origin = {
    async resolve(revision) {
      const commit = asCommitId(revision);
      if (commit === undefined || absent.has(commit)) return undefined;
      try {
        return here((await mirror.fetch({ commit }, { signal })).resolved);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        absent.set(commit, true);
        return undefined;
      }
    },
    tree: async (version) => mirror.tree(commitOf(version)),
    async changes(from, to) {
      const [before, after] = [treeOf(from), treeOf(to)];
      if (before === undefined || after === undefined) return undefined;
      return mirror.changes(before, after).catch(() => undefined);
    },
    isAncestor: (older, newer) => mirror.isAncestor(commitOf(older), commitOf(newer)).catch(() => false),
    refusal: (version) => refusalOf(mirror, commitOf(version), policy, signal),
  };

  const proposals: Proposals = {
    readsSubmodules: mirror.readsSubmodules,
    fetch: async (selector, caller) => here((await mirror.fetch(selector, { signal: caller })).resolved),
    async mergeBase(one, other, caller) {
      const found = await mirror.mergeBase(commitOf(one), commitOf(other), { signal: caller });
      return found === undefined ? undefined : here(found);
    },
    async changes(from, to) {
      const [before, after] = [treeOf(from), treeOf(to)];
      if (before === undefined || after === undefined) throw plumbError('internal', 'a commit has no tree');
      return mirror.changes(before, after);
    },
    tree: async (version, how) => mirror.tree(commitOf(version), how),
    forget: async (ref, caller) => mirror.forget(ref, { signal: caller }),
  };

  return {
    origin: () => origin,
    proposals,
    async fetch({ ref, chart }, caller) {
      if (chart !== undefined) throw chartless(chart);
      return here((await mirror.fetch(selectorOf(ref), { signal: caller })).resolved);
    },
    judge: (selector, version, last, caller) =>
      judge(mirror, selector, { commit: commitOf(version), ref: version.ref }, policy, last, caller),
    async lastGood(_wanted, last, caller) {
      const good = await lastGood(mirror, last, policy, caller);
      // One that was accepted before a restart may be gone for good: after a forced push and the loss of the mirror.
      return good === undefined ? undefined : origin.resolve(good).catch(() => undefined);
    },
    judgeBy: (next) => void (policy = next),
    reconnect: (access) => mirror.reconnect(access),
    close: () => mirror.close(),
  };
}

function chartless(chart: string): Error {
  return plumbError(
    'controller.reference-unsupported',
    `the chart ${chart} is named, and the Repository is not one of charts`,
    {
      hint: 'Name the folder of the chart as `path`, or make the Repository one of the type Helm.',
    },
  );
}
