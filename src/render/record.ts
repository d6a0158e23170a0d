import { createHash } from 'node:crypto';
import type { DirectoryEntry, FileTree, ReadRecord } from './types.ts';

/** Stands for a directory of which nothing but its existence was asked. */
export const existsOnly = 'exists';

/** One path that differs between two trees. */
export interface PathChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'modified';
}

/** One short value for a whole listing; it changes with any name that comes, goes or changes its kind. */
export function listingDigest(entries: readonly DirectoryEntry[]): string {
  const hash = createHash('sha256');
  for (const { name, kind } of entries) hash.update(`${name}\0${kind}\0`);
  return hash.digest('hex');
}

/**
 * Whether a change of these paths can change the result of the render that made the record. Never false where it can;
 * true without need only where a name comes or goes somewhere below a directory that was listed.
 */
export function isAffected(record: ReadRecord, changes: readonly PathChange[]): boolean {
  return changes.some(({ path, change }) => {
    if (record.files.has(path) || record.missed.has(path) || record.links.has(path)) return true;
    if (change === 'modified') return false;
    if (record.directories.has(path)) return true;
    // A name that comes or goes can make or end every folder above it.
    for (const folder of foldersAbove(path)) {
      if (record.files.has(folder) || record.missed.has(folder)) return true;
      const digest = record.directories.get(folder);
      if (digest !== undefined && (digest !== existsOnly || change === 'removed')) return true;
    }
    return false;
  });
}

/** The folders that a path lies in, from the nearest to the root (`.`). */
function* foldersAbove(path: string): Generator<string> {
  let end = path.lastIndexOf('/');
  while (end > 0) {
    yield path.slice(0, end);
    end = path.lastIndexOf('/', end - 1);
  }
  yield '.';
}

/** The record with all in it that decides what the paths in it hold: links, and what files were made of. */
export async function withLinks(record: ReadRecord, tree: FileTree): Promise<ReadRecord> {
  return withLinksFollowed(await withMade(record, tree), tree);
}

/** The record with what its files were made of, where they lie in no commit. */
async function withMade(record: ReadRecord, tree: FileTree): Promise<ReadRecord> {
  if (tree.madeOf === undefined) return record;
  const files = new Map(record.files);
  const missed = new Set(record.missed);
  const directories = new Map(record.directories);
  for (const path of record.files.keys()) {
    const made = await tree.madeOf(path);
    for (const part of made?.files ?? []) {
      const found = await tree.stat(part);
      if (found?.kind === 'file') files.set(part, found.id);
      else if (found === undefined) missed.add(part);
    }
    for (const folder of made?.directories ?? []) {
      const entries = await tree.list(folder);
      if (entries !== undefined) directories.set(folder, listingDigest(entries));
    }
  }
  return { files, missed, directories, links: record.links };
}

/** The record with the links of the tree in it, and with what they lead to under its own path. */
async function withLinksFollowed(record: ReadRecord, tree: FileTree): Promise<ReadRecord> {
  if (tree.linksFollowed === undefined) return record;
  const files = new Map(record.files);
  const missed = new Set(record.missed);
  const directories = new Map(record.directories);
  const links = new Set<string>();
  for (const path of [...record.files.keys(), ...record.missed, ...record.directories.keys()]) {
    const followed = await tree.linksFollowed(path);
    const real = followed.at(-1);
    if (real === undefined) continue;
    for (const link of followed.slice(0, -1)) links.add(link);
    const id = record.files.get(path);
    const digest = record.directories.get(path);
    if (id !== undefined) files.set(real, id);
    if (digest !== undefined && digest !== existsOnly) directories.set(real, digest);
    else if (digest !== undefined && !directories.has(real)) directories.set(real, digest);
    if (record.missed.has(path)) missed.add(real);
  }
  return links.size === 0 ? record : { files, missed, directories, links };
}

/** What a render will be told of one path before it asks. */
export interface KnownPath {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'missing';
  readonly id?: string;
  /** A directory's entries, where it is to be listed. */
  readonly entries?: readonly DirectoryEntry[];
}

/** What a tree now holds at the paths of a record, and whether that is the same. */
export interface Comparison {
  readonly same: boolean;
  readonly known: readonly KnownPath[];
}

/** Looks up every path of a record in a tree. With `full` false it stops at the first difference. */
export async function compare(record: ReadRecord, files: FileTree, full: boolean): Promise<Comparison> {
  const known: KnownPath[] = [];
  let same = true;
  const note = (state: KnownPath, unchanged: boolean): void => {
    known.push(state);
    same &&= unchanged;
  };
  for (const [path, id] of record.files) {
    const found = await files.stat(path);
    note(stateOf(path, found), found?.kind === 'file' && found.id === id);
    if (!same && !full) return { same, known };
  }
  for (const path of record.missed) {
    const found = await files.stat(path);
    note(stateOf(path, found), found === undefined);
    if (!same && !full) return { same, known };
  }
  for (const [path, digest] of record.directories) {
    const state = await directoryState(path, digest === existsOnly, files);
    const unchanged = digest === existsOnly ? state.kind === 'directory' : digestOf(state) === digest;
    note(state, unchanged);
    if (!same && !full) return { same, known };
  }
  return { same, known };
}

function stateOf(path: string, found: { kind: 'file' | 'directory'; id: string } | undefined): KnownPath {
  if (found === undefined) return { path, kind: 'missing' };
  return found.kind === 'file' ? { path, kind: 'file', id: found.id } : { path, kind: 'directory' };
}

async function directoryState(path: string, existenceOnly: boolean, files: FileTree): Promise<KnownPath> {
  const entries = existenceOnly ? undefined : await files.list(path);
  if (entries !== undefined) return { path, kind: 'directory', entries };
  return stateOf(path, await files.stat(path));
}

function digestOf(state: KnownPath): string | undefined {
  return state.entries === undefined ? undefined : listingDigest(state.entries);
}
