import type { RefSelector } from '../../git/index.ts';
import type { FileTree, PathChange } from '../../render/index.ts';
import type { Version } from '../rendering/origin.ts';

/** Reads commits that are proposed and followed by nobody. */
export interface Proposals {
  /** Whether paths may lead into submodules at all. */
  readonly readsSubmodules: boolean;
  fetch(selector: RefSelector, signal: AbortSignal): Promise<Version>;
  /** Where two lines of history parted; undefined where they have nothing in common. */
  mergeBase(one: Version, other: Version, signal: AbortSignal): Promise<Version | undefined>;
  /** @throws PlumbError `git.too-large` */
  changes(from: Version, to: Version): Promise<readonly PathChange[]>;
  /** The files of a version, and those of its submodules where that is wished. */
  tree(version: Version, how: { readonly submodules: boolean }): Promise<FileTree>;
  /** Follows a reference no more. */
  forget(ref: string, signal: AbortSignal): Promise<void>;
}

const statLimit = 1_000;

/**
 * Whether the submodules of a proposed commit may be read. Where `.gitmodules` differs, they may be anywhere, and what
 * is read there would be shown: with the credentials of others, at the word of whoever proposes. A stranger may not
 * choose the commit in them either.
 */
export async function mayReadSubmodules(
  proposals: Proposals,
  head: Version,
  changes: readonly PathChange[],
  isFork: boolean,
): Promise<boolean> {
  if (!proposals.readsSubmodules || changes.some(({ path }) => path === '.gitmodules')) return false;
  if (!isFork) return true;
  if (changes.length > statLimit) return false;
  const tree = await proposals.tree(head, { submodules: true });
  // What differs is told file by file: a folder among it is a submodule.
  const states = await Promise.all(changes.map(({ path }) => tree.stat(path).catch(() => undefined)));
  return !states.some((state) => state?.kind === 'directory');
}
