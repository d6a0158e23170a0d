import { plumbError } from '../errors.ts';
import type { TreeId } from './ids.ts';
import type { Objects } from './objects.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** One path that differs between two trees. Folders are not told, only what lies in them. */
export interface PathChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'modified';
}

/**
 * The files, links and submodules that differ between two trees, sorted folder by folder. Equal folders are passed over by
 * their id, so that the cost is that of the change and not of the repository. A rename is a removal and an addition;
 * a file that only became executable is no change, since what is read from it is the same.
 * @param limit the most changes that are told
 * @throws PlumbError `git.too-large` where there are more
 */
export async function changesBetween(
  objects: Objects,
  from: TreeId,
  to: TreeId,
  limit: number,
): Promise<readonly PathChange[]> {
  const changes: PathChange[] = [];
  const add = (path: string, change: PathChange['change']): void => {
    if (changes.length >= limit)
      throw plumbError('git.too-large', `more than ${limit} files differ between ${from} and ${to}`);
    changes.push({ path, change });
  };
  const load = (entry: TreeEntry | undefined): Promise<Tree> =>
    entry?.kind === 'directory' ? objects.tree(entry.id as TreeId) : Promise.resolve(new Map());

  const compare = async (prefix: string, old: Tree, now: Tree): Promise<void> => {
    for (const name of differingNames(old, now)) {
      const before = old.get(name);
      const after = now.get(name);
      const path = prefix + name;
      const wasLeaf = before !== undefined && before.kind !== 'directory';
      const isLeaf = after !== undefined && after.kind !== 'directory';
      if (wasLeaf && isLeaf) add(path, 'modified');
      else if (wasLeaf) add(path, 'removed');
      else if (isLeaf) add(path, 'added');
      if (before?.kind === 'directory' || after?.kind === 'directory') {
        const [oldTree, newTree] = await Promise.all([load(before), load(after)]);
        await compare(`${path}/`, oldTree, newTree);
      }
    }
  };
  if (from !== to) await compare('', await objects.tree(from), await objects.tree(to));
  return changes;
}

function differingNames(old: Tree, now: Tree): readonly string[] {
  const names: string[] = [];
  for (const [name, before] of old) {
    const after = now.get(name);
    if (before.id !== after?.id || before.kind !== after.kind) names.push(name);
  }
  for (const name of now.keys()) if (!old.has(name)) names.push(name);
  return names.toSorted();
}
