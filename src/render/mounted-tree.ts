import { existsOnly } from './record.ts';
import type { FileTree, ReadRecord } from './types.ts';

/** `$values/a/b` names the file `a/b` of the tree that goes by `values`. */
const mountPattern = /^\$([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?:\/(.*))?$/s;

/** A path in one of several trees; without a name in the tree that is rendered. */
export interface MountedPath {
  readonly name: string | undefined;
  readonly path: string;
}

/** Where a path of a mounted tree leads. */
export function mountedPath(path: string, names: ReadonlySet<string>): MountedPath {
  const [, name = '', below = '.'] = mountPattern.exec(path) ?? [];
  return names.has(name) ? { name, path: below === '' ? '.' : below } : { name: undefined, path };
}

/**
 * A tree in which the files of others are found under `$name/`. They are listed nowhere: only who names one sees it, so
 * that a render of the root is the same with and without them.
 */
export function mountedTree(main: FileTree, others: ReadonlyMap<string, FileTree>): FileTree {
  if (others.size === 0) return main;
  const names = new Set(others.keys());
  const find = (path: string): { readonly tree: FileTree; readonly path: string; readonly prefix: string } => {
    const found = mountedPath(path, names);
    const tree = found.name === undefined ? undefined : others.get(found.name);
    return tree === undefined
      ? { tree: main, path, prefix: '' }
      : { tree, path: found.path, prefix: `$${found.name}/` };
  };
  return {
    async stat(path) {
      const { tree, path: below } = find(path);
      return tree.stat(below);
    },
    async read(path) {
      const { tree, path: below } = find(path);
      return tree.read(below);
    },
    async list(path) {
      const { tree, path: below } = find(path);
      return tree.list(below);
    },
    async linksFollowed(path) {
      const { tree, path: below, prefix } = find(path);
      const followed = (await tree.linksFollowed?.(below)) ?? [];
      return followed.map((each) => prefix + each);
    },
  };
}

/** What was read of each of the trees, in the paths of that tree; those of the tree that is rendered under `undefined`. */
export function splitRecord(
  record: ReadRecord,
  names: ReadonlySet<string>,
): ReadonlyMap<string | undefined, ReadRecord> {
  const records = new Map<string | undefined, ReturnType<typeof emptyRecord>>();
  const at = (path: string) => {
    const found = mountedPath(path, names);
    let own = records.get(found.name);
    if (own === undefined) records.set(found.name, (own = emptyRecord()));
    return { own, path: found.path };
  };
  for (const [file, id] of record.files) {
    const { own, path } = at(file);
    own.files.set(path, id);
  }
  for (const [directory, digest] of record.directories) {
    const { own, path } = at(directory);
    own.directories.set(path, digest);
  }
  for (const missed of record.missed) {
    const { own, path } = at(missed);
    own.missed.add(path);
  }
  for (const link of record.links) {
    const { own, path } = at(link);
    own.links.add(path);
  }
  return records;
}

function emptyRecord() {
  return {
    files: new Map<string, string>(),
    missed: new Set<string>(),
    directories: new Map<string, string>(),
    links: new Set<string>(),
  };
}

/** One record for several renders of the same tree: what concerns one of them concerns all. */
export function joinRecords(records: readonly ReadRecord[]): ReadRecord {
  const [only] = records;
  if (only !== undefined && records.length === 1) return only;
  const joined = emptyRecord();
  for (const { files, missed, directories, links } of records) {
    for (const [path, id] of files) joined.files.set(path, id);
    for (const path of missed) joined.missed.add(path);
    for (const path of links) joined.links.add(path);
    // A listing says more than that the directory exists, and wins.
    for (const [path, digest] of directories) {
      if (digest !== existsOnly || !joined.directories.has(path)) joined.directories.set(path, digest);
    }
  }
  return joined;
}
