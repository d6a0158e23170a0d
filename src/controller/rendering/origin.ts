import type { Problem } from '../../errors.ts';
import type { FileTree, PathChange } from '../../render/index.ts';

/** What a source stands for at one moment. */
export interface Version {
  /** What names it for ever: the full id of a commit, or the digest of an artifact or of a chart. */
  readonly revision: string;
  /** Identity of its files: equal contents, equal files. */
  readonly content: string;
  /** What led to it: `refs/heads/main`, a tag, the version of a chart. */
  readonly ref: string;
  /** When it was made: the only clock of a render. */
  readonly at: Date;
  /** One line for people. */
  readonly subject: string;
}

/** Where versions come from. */
export interface Origin {
  /**
   * A version by its name; fetched where it is not here, and undefined where there is none.
   * @throws PlumbError where it could not be fetched
   */
  resolve(revision: string): Promise<Version | undefined>;
  /** The files of a version. */
  tree(version: Version): Promise<FileTree>;
  /** The paths that differ; undefined where that cannot be told any more, as when the old version is gone. */
  changes(from: Version, to: Version): Promise<readonly PathChange[] | undefined>;
  /** Whether one version led to another, or is it; not there where versions do not follow one another. */
  readonly isAncestor?: (older: Version, newer: Version) => Promise<boolean>;
  /** Why a version that a person names is not accepted, by what the Repository asks for; empty where it is. */
  refusal(version: Version): Promise<readonly Problem[]>;
}
