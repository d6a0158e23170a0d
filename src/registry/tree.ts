import { createHash } from 'node:crypto';
import type { FileMap } from './file-map.ts';

/** What is at a path of an artifact. */
export interface ArtifactPathState {
  readonly kind: 'file' | 'directory';
  /** SHA-256 of a file's bytes; of a folder, of the names and contents in it. */
  readonly id: string;
}

/** One name in a folder of an artifact. */
export interface ArtifactDirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/** A path that differs between two artifacts. */
export interface ArtifactPathChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'modified';
}

/**
 * The files of one artifact, in memory; they never change. Paths are from the root, with forward slashes; `.` and the
 * empty path are the root. There are no links: each was replaced by what it leads to.
 */
export interface ArtifactTree {
  /** Two trees with the same id hold the same files. */
  readonly id: string;
  /** All bytes that it keeps in memory. */
  readonly bytes: number;
  readonly files: FileMap;
  stat(path: string): Promise<ArtifactPathState | undefined>;
  read(path: string): Promise<Uint8Array | undefined>;
  list(path: string): Promise<readonly ArtifactDirectoryEntry[] | undefined>;
}

interface Folder {
  readonly names: Map<string, 'file' | 'directory'>;
  readonly id: () => string;
}

/** Makes a tree of files. */
export function artifactTree(files: FileMap): ArtifactTree {
  const folders = foldersOf(files);
  const bytes = [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  const root = folders.get('');
  return {
    id: root?.id() ?? '',
    bytes,
    files,
    async stat(path) {
      const clean = cleanPath(path);
      if (clean === undefined) return undefined;
      const file = files.get(clean);
      if (file !== undefined) return { kind: 'file', id: file.id };
      const folder = folders.get(clean);
      return folder === undefined ? undefined : { kind: 'directory', id: folder.id() };
    },
    async read(path) {
      const clean = cleanPath(path);
      return clean === undefined ? undefined : files.get(clean)?.bytes;
    },
    async list(path) {
      const clean = cleanPath(path);
      const folder = clean === undefined ? undefined : folders.get(clean);
      if (folder === undefined) return undefined;
      return [...folder.names].map(([name, kind]) => ({ name, kind })).toSorted((a, b) => byBytes(a.name, b.name));
    },
  };
}

function foldersOf(files: FileMap): ReadonlyMap<string, Folder> {
  const folders = new Map<string, Folder>();
  const folder = (path: string): Folder => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    let id: string | undefined;
    const made: Folder = { names: new Map(), id: () => (id ??= folderId(path, made, files, folders)) };
    folders.set(path, made);
    return made;
  };
  folder('');
  for (const path of files.keys()) {
    const parts = path.split('/');
    for (let depth = 0; depth < parts.length; depth += 1) {
      const kind = depth === parts.length - 1 ? 'file' : 'directory';
      folder(parts.slice(0, depth).join('/')).names.set(parts[depth] ?? '', kind);
    }
  }
  return folders;
}

function folderId(path: string, { names }: Folder, files: FileMap, folders: ReadonlyMap<string, Folder>): string {
  const hash = createHash('sha256');
  for (const [name, kind] of [...names].toSorted(([a], [b]) => byBytes(a, b))) {
    const below = path === '' ? name : `${path}/${name}`;
    const id = kind === 'file' ? files.get(below)?.id : folders.get(below)?.id();
    hash.update(`${kind}\0${name}\0${id ?? ''}\0`);
  }
  return hash.digest('hex');
}

/** A path in the form that files are kept by; undefined where it leads out. */
export function cleanPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** As Git sorts and Go compares. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The paths of files that differ between two artifacts, in order. */
export function changedPaths(from: ArtifactTree, to: ArtifactTree): readonly ArtifactPathChange[] {
  const changes: ArtifactPathChange[] = [];
  if (from.id === to.id) return changes;
  for (const [path, { id }] of from.files) {
    const now = to.files.get(path);
    if (now === undefined) changes.push({ path, change: 'removed' });
    else if (now.id !== id) changes.push({ path, change: 'modified' });
  }
  for (const path of to.files.keys()) if (!from.files.has(path)) changes.push({ path, change: 'added' });
  return changes.toSorted((a, b) => byBytes(a.path, b.path));
}
