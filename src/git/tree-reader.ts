import { plumbError } from '../errors.ts';
import type { BlobId, CommitId, TreeId } from './ids.ts';
import type { Objects } from './objects.ts';
import { follow, type PathContext } from './follow-path.ts';
import { isInterpreted, isLfsPointer } from './lfs.ts';

/** What is at a path. */
export interface TreeStat {
  readonly kind: 'file' | 'directory';
  /** Id of the blob or tree, behind all links: two answers with the same id have the same content. */
  readonly id: string;
}

/** One name in a folder. */
export interface TreeListing {
  readonly name: string;
  /** What a link leads to; a submodule is a directory; a link that leads nowhere is a file, and reading it says so. */
  readonly kind: 'file' | 'directory';
}

/**
 * The files of one commit, straight from Git's objects. Paths are relative to the root, with forward slashes; the
 * empty path and `.` are the root itself. Symbolic links are followed inside the tree and never out of it.
 *
 * Errors of all calls, as PlumbError: `git.path-outside`, `git.link-loop`, `git.submodule`, `git.damaged`.
 */
export interface TreeReader {
  readonly commit: CommitId;
  readonly root: TreeId;
  /** What is at the path, or undefined where nothing is. */
  stat(path: string): Promise<TreeStat | undefined>;
  /**
   * The content of a file, or undefined where there is none.
   * @throws PlumbError also `git.too-large`; `git.lfs-pointer` for a manifest or chart that is kept in LFS
   */
  read(path: string): Promise<Uint8Array | undefined>;
  /** The names in a folder, sorted, or undefined where there is no folder. */
  list(path: string): Promise<readonly TreeListing[] | undefined>;
  /**
   * The other paths that decide what `stat`, `read` and `list` answer for this one: those of the links on the way,
   * and the one in the end, whether or not anything is there. Empty where no link is on the way. Whoever keeps a
   * record of the paths that were read, to compare it with `changes`, adds these to it.
   */
  linksFollowed(path: string): Promise<readonly string[]>;
}

/** Reads the files under a root tree. */
export function openTreeReader(objects: Objects, commit: CommitId, root: TreeId, repository: string): TreeReader {
  const context: PathContext = { objects, root, where: { repository, commit } };
  return {
    commit,
    root,
    async stat(path) {
      const { entry } = await follow(context, path);
      if (entry === undefined) return undefined;
      return { kind: entry.kind === 'directory' ? 'directory' : 'file', id: entry.id };
    },
    async read(path) {
      const { entry, path: real } = await follow(context, path);
      if (entry === undefined || entry.kind === 'directory') return undefined;
      const bytes = await objects.blob(entry.id as BlobId, real);
      if (isLfsPointer(bytes) && isInterpreted(path)) {
        throw plumbError('git.lfs-pointer', 'this file is kept in Git LFS, and only its pointer is in the repository', {
          where: { ...context.where, file: real },
        });
      }
      return bytes;
    },
    async list(path) {
      const { entry, path: real } = await follow(context, path);
      if (entry === undefined || entry.kind !== 'directory') return undefined;
      const listing: TreeListing[] = [];
      for (const [name, child] of await objects.tree(entry.id as TreeId)) {
        const kind = child.kind === 'link' ? await kindBehind(context, real, name) : child.kind;
        listing.push({ name, kind: kind === 'file' ? 'file' : 'directory' });
      }
      return listing.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    async linksFollowed(path) {
      const { links, path: real } = await follow(context, path);
      return links.length === 0 ? [] : [...links, real];
    },
  };
}

/** A link that cannot be followed spoils nothing for those who do not read it: to them it is a file. */
async function kindBehind(context: PathContext, folder: string, name: string): Promise<'file' | 'directory'> {
  const target = await follow(context, `${folder}/${name}`).catch(() => undefined);
  return target?.entry?.kind === 'directory' ? 'directory' : 'file';
}
