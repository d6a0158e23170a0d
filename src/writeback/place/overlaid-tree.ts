import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { FileChange } from '../../git/index.ts';
import type { DirectoryEntry, FileTree } from '../../render/index.ts';

/** A tree as it will be with changes made to its files. */
export function overlaidTree(tree: FileTree, changes: readonly FileChange[]): FileTree {
  if (changes.length === 0) return tree;
  const byPath = new Map(changes.map((change) => [change.path, change.content]));
  const folders = foldersOf(changes);

  /** What is meant in the end, with links followed. */
  async function locate(path: string): Promise<string> {
    if (byPath.has(path)) return path;
    return (await tree.linksFollowed?.(path))?.at(-1) ?? path;
  }

  async function list(path: string): Promise<readonly DirectoryEntry[] | undefined> {
    const folder = await locate(path);
    const below = await tree.list(folder);
    const changed = folders.get(folder);
    if (changed === undefined) return below;
    const entries = new Map((below ?? []).map((entry) => [entry.name, entry]));
    for (const name of changed) {
      const inside = posix.join(folder, name);
      const state = await stateOf(inside);
      if (state === undefined) entries.delete(name);
      else entries.set(name, { name, kind: state });
    }
    if (entries.size === 0 && folder !== '.') return undefined;
    return [...entries.values()].toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  async function stateOf(path: string): Promise<DirectoryEntry['kind'] | undefined> {
    if (byPath.has(path)) return byPath.get(path) === undefined ? undefined : 'file';
    if (!folders.has(path)) return (await tree.stat(path))?.kind;
    return (await list(path)) === undefined ? undefined : 'directory';
  }

  return {
    async stat(path) {
      const target = await locate(path);
      if (byPath.has(target)) {
        const content = byPath.get(target);
        return content === undefined ? undefined : { kind: 'file', id: idOf(content) };
      }
      if (!folders.has(target)) return tree.stat(path);
      return (await list(target)) === undefined ? undefined : { kind: 'directory', id: '' };
    },
    async read(path) {
      const target = await locate(path);
      return byPath.has(target) ? byPath.get(target) : tree.read(path);
    },
    list,
    linksFollowed: async (path) => (byPath.has(path) ? [] : ((await tree.linksFollowed?.(path)) ?? [])),
    madeOf: async (path) => (byPath.has(path) ? undefined : tree.madeOf?.(path)),
  };
}

/** The names in each folder that lead to a change. */
function foldersOf(changes: readonly FileChange[]): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const { path } of changes) {
    for (let inside = path; inside !== '.'; inside = posix.dirname(inside)) {
      const folder = posix.dirname(inside);
      const names = folders.get(folder) ?? new Set<string>();
      folders.set(folder, names.add(posix.basename(inside)));
    }
  }
  return folders;
}

function idOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
