import { plumbError } from '../errors.ts';
import type { BlobId, CommitId, TreeId } from './ids.ts';
import type { Objects } from './objects.ts';
import { type Destination, follow, type PathContext } from './follow-path.ts';
import { isInterpreted, isLfsPointer } from './lfs.ts';
import type { Submodules } from './submodules.ts';

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
 * Errors of all calls, as PlumbError: `git.path-outside`, `git.link-loop`, `git.submodule`, `git.damaged`, and those of
 * `Submodules.open` where submodules are read.
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

/** What is there, behind all links; undefined where nothing is. */
interface Here {
  readonly entry: Destination['entry'];
  readonly path: string;
}

/**
 * Reads the files under a root tree.
 * @param submodules reads what lies in submodules; where it is not given, a path in one is an error
 */
export function openTreeReader(
  objects: Objects,
  commit: CommitId,
  root: TreeId,
  repository: string,
  submodules?: Submodules,
): TreeReader {
  const where = { repository, commit };
  const context: PathContext = { objects, root, where, submodules: submodules !== undefined };

  /** Answers in this tree, or asks the submodule that the path leads into. */
  const answer = async <T>(
    path: string,
    own: (here: Here) => Promise<T>,
    other: (inside: TreeReader, rest: string) => Promise<T>,
  ): Promise<T> => {
    const found = await follow(context, path);
    if (found.submodule === undefined || submodules === undefined) return own(found);
    const { rest, ...place } = found.submodule;
    return other(await submodules.open(objects, { ...place, root, where }), rest);
  };

  const reader: TreeReader = {
    commit,
    root,
    async stat(path) {
      const { submodule } = await follow(context, path);
      // That it is there, and which, is known without a look into it.
      if (submodule?.rest === '') return { kind: 'directory', id: submodule.commit };
      return answer(
        path,
        async ({ entry }) =>
          entry === undefined ? undefined : { kind: entry.kind === 'directory' ? 'directory' : 'file', id: entry.id },
        (inside, rest) => inside.stat(rest),
      );
    },
    read: (path) =>
      answer(
        path,
        async ({ entry, path: real }) => {
          if (entry === undefined || entry.kind === 'directory') return undefined;
          const bytes = await objects.blob(entry.id as BlobId, real);
          if (isLfsPointer(bytes) && isInterpreted(path)) {
            throw plumbError(
              'git.lfs-pointer',
              'this file is kept in Git LFS, and only its pointer is in the repository',
              {
                where: { ...where, file: real },
              },
            );
          }
          return bytes;
        },
        (inside, rest) => inside.read(rest),
      ),
    list: (path) =>
      answer(
        path,
        async ({ entry, path: real }) => {
          if (entry === undefined || entry.kind !== 'directory') return undefined;
          const listing: TreeListing[] = [];
          for (const [name, child] of await objects.tree(entry.id as TreeId)) {
            const kind = child.kind === 'link' ? await kindBehind(reader, `${real}/${name}`) : child.kind;
            listing.push({ name, kind: kind === 'file' ? 'file' : 'directory' });
          }
          return listing.toSorted((a, b) => (a.name < b.name ? -1 : 1));
        },
        (inside, rest) => inside.list(rest),
      ),
    async linksFollowed(path) {
      const { links, path: real, submodule } = await follow(context, path);
      if (submodule === undefined || submodules === undefined) return links.length === 0 ? [] : [...links, real];
      const { rest, ...place } = submodule;
      // What is not here is not fetched for this: nothing of it was read.
      const within = await submodules.opened({ ...place, root, where })?.linksFollowed(rest);
      const below = (within ?? []).map((each) => `${place.path}/${each}`);
      // Another commit of it, or another URL, is another content.
      return [...links, '.gitmodules', place.path, ...(below.length === 0 ? [real] : below)];
    },
  };
  return reader;
}

/** A link that cannot be followed spoils nothing for those who do not read it: to them it is a file. */
async function kindBehind(reader: Pick<TreeReader, 'stat'>, path: string): Promise<'file' | 'directory'> {
  const target = await reader.stat(path).catch(() => undefined);
  return target?.kind === 'directory' ? 'directory' : 'file';
}
