import type { KubeObject } from '../object.ts';
import type { CommitSubject } from '../writeback/index.ts';
import type { WrittenObject } from './types.ts';
import type { Wish } from './wishes.ts';

/** One write to Git. */
export interface GitWrite {
  /** Names it; its commit bears it. */
  readonly operation: string;
  readonly subject: CommitSubject;
  readonly wishes: readonly Wish[];
  /** Called once before anything is committed, and not where nothing has to be. What it throws stops the write. */
  readonly beforeCommit: (objects: readonly WrittenObject[]) => Promise<void>;
}

/** What became of a write. */
export interface GitWritten {
  /** Full id; undefined where Git said all of it already. */
  readonly commit: string | undefined;
  readonly pullRequest?: { readonly number: number; readonly link: string };
}

/** Where GitSync puts what operators want. */
export interface GitWriter {
  /** One commit with all of it, or none. @throws PlumbError as the branch writer does, `writeback.*`, `operator.conflict` */
  write(write: GitWrite, signal: AbortSignal): Promise<GitWritten>;
  /** What became of a write of which only the name is left; undefined where it never came to Git. */
  find(operation: string, signal: AbortSignal): Promise<GitWritten | undefined>;
  /** What the newest commit of the branch says of objects; undefined for those that it does not have. */
  read(objects: readonly WrittenObject[], signal: AbortSignal): Promise<readonly (KubeObject | undefined)[]>;
  /** What became of a pull request. */
  pullRequest(number: number, signal: AbortSignal): Promise<'open' | 'merged' | 'closed'>;
  close(): Promise<void>;
}
