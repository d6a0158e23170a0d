import { existsOnly, type KnownPath, listingDigest } from './record.ts';
import type { FileTree, ReadRecord } from './types.ts';

/** A tree, and what was asked of it. */
export interface ObservedTree {
  readonly tree: FileTree;
  /** Everything that a render can have seen so far: what it asked, and what it was told before it asked. */
  record(told: readonly KnownPath[]): ReadRecord;
}

/** Watches a tree, for a render that may end without telling what it read. */
export function observe(files: FileTree): ObservedTree {
  const seen = new Map<string, string>();
  const missed = new Set<string>();
  const directories = new Map<string, string>();
  const note = (path: string, found: { kind: 'file' | 'directory'; id: string } | undefined): void => {
    if (found === undefined) missed.add(path);
    else if (found.kind === 'file') seen.set(path, found.id);
    else if (!directories.has(path)) directories.set(path, existsOnly);
  };
  const tree: FileTree = {
    async stat(path) {
      const found = await files.stat(path);
      note(path, found);
      return found;
    },
    read: (path) => files.read(path),
    async list(path) {
      const entries = await files.list(path);
      if (entries !== undefined) directories.set(path, listingDigest(entries));
      return entries;
    },
    linksFollowed: async (path) => files.linksFollowed?.(path) ?? [],
    madeOf: async (path) => files.madeOf?.(path),
  };
  return {
    tree,
    record(told) {
      for (const { path, kind, id = '', entries } of told) {
        note(path, kind === 'missing' ? undefined : { kind, id });
        if (entries !== undefined) directories.set(path, listingDigest(entries));
      }
      return { files: seen, missed, directories, links: new Set() };
    },
  };
}
