import type { Problem } from '../errors.ts';
import { asCommitId, asTreeId, type CommitId, type Mirror, type Resolved, type TreeId } from '../git/index.ts';
import type { FileTree, PathChange } from '../render/index.ts';

/** What a source stands for at one moment. */
export interface Version {
  /** What names it for ever: the full id of a commit. */
  readonly revision: string;
  /** Identity of its files: equal contents, equal files. */
  readonly content: string;
  /** What led to it: `refs/heads/main`. */
  readonly ref: string;
  /** When it was made: the only clock of a render. */
  readonly at: Date;
  /** One line for people. */
  readonly subject: string;
}

/** Where versions come from. */
export interface Origin {
  /** A version by its name, where it is here. */
  resolve(revision: string): Promise<Version | undefined>;
  /** The files of a version. */
  tree(version: Version): Promise<FileTree>;
  /** The paths that differ; undefined where that cannot be told any more, as when the old version is gone. */
  changes(from: Version, to: Version): Promise<readonly PathChange[] | undefined>;
  /** Why a version that a person names is not accepted, by what the Repository asks for; empty where it is. */
  refusal(version: Version): Promise<readonly Problem[]>;
}

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

function commitOf(revision: string): CommitId | undefined {
  return asCommitId(revision);
}

/**
 * The versions of a Git repository.
 * @param refusal why a commit that a person names is not accepted
 */
export function gitOrigin(mirror: Mirror, refusal: (commit: CommitId) => Promise<readonly Problem[]>): Origin {
  return {
    async resolve(revision) {
      const commit = commitOf(revision);
      const resolved = commit === undefined ? undefined : await mirror.resolve({ commit });
      return resolved === undefined ? undefined : versionOf(resolved, mirror.readsSubmodules);
    },
    async tree({ revision }) {
      return mirror.tree(revision as CommitId);
    },
    async changes(from, to) {
      const [before, after] = [treeOf(from), treeOf(to)];
      if (before === undefined || after === undefined) return undefined;
      return mirror.changes(before, after).catch(() => undefined);
    },
    refusal: ({ revision }) => refusal(revision as CommitId),
  };
}
