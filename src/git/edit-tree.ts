import { plumbError, problemsOf, throwProblems, type ErrorCode, type Location, type Problem } from '../errors.ts';
import type { ObjectId, TreeId } from './ids.ts';
import { newObject, type NewObject, type ObjectFormat } from './loose-objects.ts';
import { formatEntries, parseEntries, type RawEntry } from './raw-tree.ts';
import { writableNames } from './writable-path.ts';

/** What a commit does to one file. */
export interface FileChange {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** What the file holds from now on; undefined where it is removed, whether or not it is there. */
  readonly content: Uint8Array | undefined;
  /** Where it is not given, a file keeps what it has, and a new one is not executable. */
  readonly mode?: '100644' | '100755';
}

/** What a tree is edited with. */
export interface TreeSource {
  readonly format: ObjectFormat;
  /** For errors. */
  readonly where: Location;
  /** The bytes of a tree object. */
  readonly read: (id: TreeId) => Promise<Buffer>;
}

/** A tree with the changes in it. */
export interface EditedTree {
  readonly tree: TreeId;
  /** What has to be written for it. */
  readonly objects: readonly NewObject[];
}

/** A name on the way of a change. */
interface Node {
  readonly path: string;
  readonly children: Map<string, Node>;
  change: FileChange | undefined;
}

const folderMode = '40000';
const linkMode = '120000';
const submoduleMode = '160000';

/**
 * Changes files in a tree. Only the folders on their ways are read and made anew; all else stays byte for byte. Links
 * are not followed: who would change a file behind one has to name the file itself.
 * @param root undefined for a repository with nothing in it
 * @throws PlumbError `git.path-refused`, `git.path-outside`, `git.submodule`: every path that is refused
 */
export async function editTree(
  source: TreeSource,
  root: TreeId | undefined,
  changes: readonly FileChange[],
): Promise<EditedTree> {
  const problems: Problem[] = [];
  const refuse = (path: string, message: string, code: ErrorCode = 'git.path-refused'): void => {
    problems.push({
      code,
      message: `the path ${JSON.stringify(path)} ${message}`,
      where: { ...source.where, file: path },
    });
  };
  const objects = new Map<ObjectId, NewObject>();
  const add = (type: 'blob' | 'tree', content: Uint8Array): ObjectId => {
    const object = newObject(source.format, type, content);
    objects.set(object.id, object);
    return object.id;
  };

  const edit = async (folder: Node, id: TreeId | undefined): Promise<TreeId | undefined> => {
    const before = id === undefined ? [] : parseEntries(await source.read(id), source.format);
    const entries = new Map(before.map((entry) => [entry.name.toString('latin1'), entry]));
    let isChanged = false;
    for (const [name, child] of folder.children) {
      const key = Buffer.from(name).toString('latin1');
      const old = entries.get(key);
      const next = await entryFor(child, old);
      if (next?.id === old?.id && next?.mode === old?.mode) continue;
      isChanged = true;
      if (next === undefined) entries.delete(key);
      else entries.set(key, { ...next, name: Buffer.from(name) });
    }
    if (!isChanged) return id;
    return entries.size === 0 ? undefined : (add('tree', formatEntries([...entries.values()])) as TreeId);
  };

  /** What stands at a name from now on; undefined where nothing does. */
  const entryFor = async (
    node: Node,
    old: RawEntry | undefined,
  ): Promise<Pick<RawEntry, 'mode' | 'id'> | undefined> => {
    const { path, change } = node;
    if (old?.mode === submoduleMode) {
      refuse(path, 'is a submodule, into which nothing is written', 'git.submodule');
      return old;
    }
    const folder = old?.mode === folderMode ? (old.id as TreeId) : undefined;
    if (change?.content !== undefined) {
      // What is removed below it need not have been there.
      const rest = await edit(node, folder);
      if (rest !== undefined) refuse(path, 'is a folder, and not a file');
      else if (old?.mode === linkMode) refuse(path, 'is a symbolic link: name the file that it leads to');
      return { mode: change.mode ?? modeOf(old), id: add('blob', change.content) };
    }
    if (change !== undefined && folder !== undefined) refuse(path, 'is a folder, and not a file');
    const isThere = old !== undefined && folder === undefined && change === undefined;
    if (isThere && old.mode === linkMode) {
      refuse(path, 'is a symbolic link: name the folder that it leads to');
      return old;
    }
    const tree = await edit(node, folder);
    if (isThere && tree !== undefined) refuse(path, 'is a file, and not a folder');
    if (isThere) return old;
    return tree === undefined ? undefined : { mode: folderMode, id: tree };
  };

  const nodes = nodesOf(changes, source.where, problems);
  const tree = await edit(nodes, root);
  throwProblems(problems);
  return { tree: tree ?? (add('tree', Buffer.alloc(0)) as TreeId), objects: [...objects.values()] };
}

/** Old tools wrote other permissions than 644 and 755: who may run a file is all that is kept. */
function modeOf(old: RawEntry | undefined): string {
  const isExecutable = old?.mode.startsWith('100') === true && (Number.parseInt(old.mode, 8) & 0o100) !== 0;
  return isExecutable ? '100755' : '100644';
}

function nodesOf(changes: readonly FileChange[], where: Location, problems: Problem[]): Node {
  const root: Node = { path: '', children: new Map(), change: undefined };
  for (const change of changes) {
    try {
      let node = root;
      for (const name of writableNames(change.path, where)) {
        const path = node.path === '' ? name : `${node.path}/${name}`;
        const next = node.children.get(name) ?? { path, children: new Map(), change: undefined };
        node.children.set(name, next);
        node = next;
      }
      if (node.change !== undefined) {
        throw plumbError('git.path-refused', `the path ${JSON.stringify(change.path)} is changed twice in one commit`, {
          where,
        });
      }
      node.change = change;
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  return root;
}
