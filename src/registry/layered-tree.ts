import { memoryFile, type MemoryFile } from './file-map.ts';
import { byBytes, cleanPath, type ArtifactDirectoryEntry, type ArtifactPathState } from './tree.ts';

/** Files as a render reads them: of a commit, of an artifact, of a folder. */
export interface ReadableTree {
  stat(path: string): Promise<ArtifactPathState | undefined>;
  read(path: string): Promise<Uint8Array | undefined>;
  list(path: string): Promise<readonly ArtifactDirectoryEntry[] | undefined>;
  linksFollowed?(path: string): Promise<readonly string[]>;
  madeOf?(path: string): Promise<MadeOf | undefined>;
}

/** What a file that lies in no commit was made of: what was read of the tree, and which folders were listed. */
export interface MadeOf {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** A file to lay over a tree. */
export interface LayeredFile {
  readonly bytes: Uint8Array;
  /** What of the tree it was made of, where it was. */
  readonly madeOf?: MadeOf;
}

/**
 * A tree with further files in it; one of them takes the place of what lies at its path. The tree below is not
 * changed, and is read as before.
 */
export function layeredTree(base: ReadableTree, files: ReadonlyMap<string, LayeredFile>): ReadableTree {
  const added = new Map<string, MemoryFile & Pick<LayeredFile, 'madeOf'>>();
  const folders = new Map<string, Map<string, 'file' | 'directory'>>();
  for (const [path, { bytes, madeOf }] of files) {
    const clean = cleanPath(path) ?? '';
    added.set(clean, { ...memoryFile(bytes), ...(madeOf === undefined ? {} : { madeOf }) });
    const parts = clean.split('/');
    for (let depth = 0; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      const names = folders.get(folder) ?? new Map<string, 'file' | 'directory'>();
      folders.set(folder, names.set(parts[depth] ?? '', depth === parts.length - 1 ? 'file' : 'directory'));
    }
  }
  const at = (path: string) => added.get(cleanPath(path) ?? '..');
  const folderAt = (path: string) => folders.get(cleanPath(path) ?? '..');

  return {
    async stat(path) {
      const file = at(path);
      if (file !== undefined) return { kind: 'file', id: file.id };
      const below = await base.stat(path);
      if (folderAt(path) === undefined) return below;
      // What lies in it is told by a listing; its own identity is that there is a folder.
      return { kind: 'directory', id: below?.kind === 'directory' ? below.id : '' };
    },
    async read(path) {
      return at(path)?.bytes ?? (folderAt(path) === undefined ? base.read(path) : undefined);
    },
    async list(path) {
      if (at(path) !== undefined) return undefined;
      const names = folderAt(path);
      const below = await base.list(path);
      if (names === undefined) return below;
      const entries = [
        ...(below ?? []).filter(({ name }) => !names.has(name)),
        ...[...names].map(([name, kind]) => ({ name, kind })),
      ];
      return entries.toSorted((a, b) => byBytes(a.name, b.name));
    },
    async linksFollowed(path) {
      return at(path) === undefined ? ((await base.linksFollowed?.(path)) ?? []) : [];
    },
    async madeOf(path) {
      const file = at(path);
      return file === undefined ? base.madeOf?.(path) : file.madeOf;
    },
  };
}
