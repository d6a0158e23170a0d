import { posix } from 'node:path';
import { plumbError } from '../../../errors.ts';
import type { FileTree } from '../../../render/index.ts';
import type { PlaceContext } from '../types.ts';
import { kustomizationNames, readKustomization, referencesOf } from './kustomization.ts';
import { isInside } from '../within.ts';

/** Who builds on a folder, by the tree and the folder; a tree does not change. */
const known = new WeakMap<FileTree, Map<string, Promise<readonly string[]>>>();

/** Folders are listed so many at a time. */
const parallel = 16;

/**
 * Refuses a change of anything in the Application's folder where other kustomizations build on it: they would change too,
 * and there is no overlay to hold the change.
 * @throws PlumbError `writeback.cannot-place`
 */
export async function refuseSharedFolder({ original, path }: PlaceContext): Promise<void> {
  const users = await usersOf(original, path);
  const [first, ...others] = users;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw plumbError('writeback.cannot-place', `${first}${more} builds on ${path} and would change too`, {
    where: { file: path },
    hint: 'Give the Application an overlay of its own, so that there is a place for what is its own.',
  });
}

/** Whether a file belongs to the Application alone, as far as the tree and the caller know. */
export function isOwn(file: string, { path, isShared }: PlaceContext): boolean {
  return isInside(file, path) && isShared?.(file) !== true;
}

/** The folders outside whose kustomizations build on something in the folder. */
async function usersOf(tree: FileTree, folder: string): Promise<readonly string[]> {
  const byFolder = known.get(tree) ?? new Map<string, Promise<readonly string[]>>();
  known.set(tree, byFolder);
  const found = byFolder.get(folder) ?? findUsers(tree, folder);
  byFolder.set(folder, found);
  // A failure, such as an end of patience, is no knowledge.
  found.catch(() => byFolder.delete(folder));
  return found;
}

async function findUsers(tree: FileTree, folder: string): Promise<string[]> {
  if (folder === '.') return [];
  const users: string[] = [];
  const waiting = ['.'];
  while (waiting.length > 0) {
    const batch = waiting.splice(0, parallel);
    const below = await Promise.all(batch.map((each) => look(tree, each, folder, users)));
    waiting.push(...below.flat());
  }
  return users.toSorted();
}

/** Looks at one folder, and gives those in it. */
async function look(tree: FileTree, folder: string, wanted: string, users: string[]): Promise<string[]> {
  const entries = (await tree.list(folder)) ?? [];
  const file = entries.find(({ name, kind }) => kind === 'file' && kustomizationNames.includes(name));
  if (file !== undefined && (await mentions(tree, posix.join(folder, file.name), wanted))) {
    if (await buildsOn(tree, folder, wanted)) users.push(folder);
  }
  return entries.flatMap(({ name, kind }) => {
    const inside = posix.join(folder, name);
    return kind === 'directory' && inside !== wanted && name !== '.git' ? [inside] : [];
  });
}

/** Whether a file has the folder's name in it at all; few have, and only those are read as YAML. */
async function mentions(tree: FileTree, file: string, wanted: string): Promise<boolean> {
  const content = await tree.read(file);
  return content !== undefined && Buffer.from(content).includes(posix.basename(wanted));
}

async function buildsOn(tree: FileTree, folder: string, wanted: string): Promise<boolean> {
  try {
    const found = await readKustomization(tree, folder);
    return found !== undefined && referencesOf(found).some((path) => isInside(path, wanted));
  } catch {
    // What cannot be read builds on nothing.
    return false;
  }
}
