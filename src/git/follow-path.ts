import { plumbError, type Location } from '../errors.ts';
import type { BlobId, CommitId, TreeId } from './ids.ts';
import type { Objects } from './objects.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** As many links as Linux follows. */
const maximumLinks = 40;
const maximumLinkBytes = 4096;

/** The tree that paths are looked up in. */
export interface PathContext {
  readonly objects: Objects;
  readonly root: TreeId;
  /** The repository and commit, for errors. */
  readonly where: Location;
  /** Whether a path may lead into a submodule. */
  readonly submodules: boolean;
}

/** Where a path leads. */
export interface Destination {
  /** The path in the end, with no link on the way; of what is missing, as far as it can be told. */
  readonly path: string;
  /** What is there; undefined where nothing is. */
  readonly entry: { readonly kind: 'file' | 'directory'; readonly id: BlobId | TreeId } | undefined;
  /** The paths of the links that were followed, in order. */
  readonly links: readonly string[];
  /** The submodule that the path leads into, and the way from there on. */
  readonly submodule?: { readonly path: string; readonly commit: CommitId; readonly rest: string };
}

interface Folder {
  readonly name: string;
  readonly id: TreeId;
  readonly tree: Tree;
}

/**
 * Follows a path from the root of a tree, as a file system does, and all links on the way; never out of the tree.
 * @throws PlumbError `git.path-outside`, `git.link-loop`, `git.submodule`, `git.invalid-object`
 */
export async function follow(context: PathContext, path: string): Promise<Destination> {
  const { objects, root } = context;
  const links: string[] = [];
  const way: Folder[] = [{ name: '', id: root, tree: await objects.tree(root) }];
  const rest = path.split('/').toReversed();
  for (let name = nextName(rest); name !== undefined; name = nextName(rest)) {
    if (name === '..') {
      way.pop();
      if (way.length === 0) throw outside(context, path, links.at(-1));
      continue;
    }
    const here = pathTo(way, name);
    const entry: TreeEntry | undefined = way.at(-1)?.tree.get(name);
    if (entry?.kind === 'submodule') {
      if (!context.submodules) throw inSubmodule(context, path, here);
      const beyond = namesOf(rest).join('/');
      const submodule = { path: here, commit: entry.id as CommitId, rest: beyond };
      return { path: beyond === '' ? here : `${here}/${beyond}`, entry: undefined, links, submodule };
    }
    if (entry?.kind === 'link') {
      links.push(here);
      rest.push(...(await linkTarget(context, path, entry.id as BlobId, links)).toReversed());
    } else if (entry?.kind === 'directory') {
      const id = entry.id as TreeId;
      way.push({ name, id, tree: await objects.tree(id) });
    } else {
      const beyond = namesOf(rest);
      if (entry === undefined || beyond.length > 0) return { path: missingPath(here, beyond), entry: undefined, links };
      return { path: here, entry: { kind: 'file', id: entry.id as BlobId }, links };
    }
  }
  return { path: pathTo(way), entry: { kind: 'directory', id: way.at(-1)?.id ?? root }, links };
}

/** Takes the next name that leads anywhere. */
function nextName(rest: string[]): string | undefined {
  let name = rest.pop();
  while (name === '' || name === '.') name = rest.pop();
  return name;
}

function namesOf(rest: readonly string[]): readonly string[] {
  return rest.toReversed().filter((name) => name !== '' && name !== '.');
}

function pathTo(way: readonly Folder[], name?: string): string {
  const names = way.slice(1).map((folder) => folder.name);
  return (name === undefined ? names : [...names, name]).join('/');
}

/** Behind something that is missing, `..` leads nowhere that could be told. */
function missingPath(here: string, beyond: readonly string[]): string {
  return beyond.includes('..') ? here : [here, ...beyond].join('/');
}

async function linkTarget(
  context: PathContext,
  path: string,
  id: BlobId,
  links: readonly string[],
): Promise<readonly string[]> {
  const link = links.at(-1) ?? '';
  const where = { ...context.where, file: link };
  if (links.length > maximumLinks) {
    throw plumbError('git.link-loop', `${JSON.stringify(path)} is led on by more than ${maximumLinks} symbolic links`, {
      where,
    });
  }
  const bytes = await context.objects.blob(id, link);
  if (bytes.length > maximumLinkBytes || bytes.length === 0 || bytes.includes(0)) {
    throw plumbError('git.invalid-object', 'this symbolic link holds no path', { where });
  }
  const target = bytes.toString('utf8');
  if (target.startsWith('/')) throw outside(context, path, link);
  return target.split('/');
}

function outside(context: PathContext, path: string, link: string | undefined): Error {
  if (link === undefined) {
    return plumbError('git.path-outside', `the path ${JSON.stringify(path)} leads out of the repository`, {
      where: context.where,
    });
  }
  return plumbError('git.path-outside', 'this symbolic link leads out of the repository', {
    where: { ...context.where, file: link },
  });
}

function inSubmodule(context: PathContext, path: string, at: string): Error {
  const message = path === at ? 'this is a submodule' : `${JSON.stringify(path)} lies in a submodule`;
  return plumbError('git.submodule', message, { where: { ...context.where, file: at } });
}
