import { filesOfCommits, type FileEdit } from './commit-files.ts';
import type { CommitId } from './ids.ts';
import type { Objects } from './objects.ts';
import { commitsTouching, type HistoryPlace, mergeTouches, type Touch } from './touching.ts';
import { isWithin } from './within.ts';

/** The commits that touched what is at some paths now, and all the paths that it had. */
export interface PathHistory {
  /** Newest first. */
  readonly touches: readonly Touch[];
  /** The paths that were asked for, and those that were renamed to them. */
  readonly paths: readonly string[];
}

/** As many renames are followed back, one after the other and side by side. */
const mostRenames = 20;
/** Of so many commits each is looked at; of longer lists only the oldest, which is where it began nearly always. */
const mostLookedAt = 500;
/** So many files that came from here and there are followed one by one. */
const mostFiles = 50;

/**
 * As `commitsTouching`, and goes on where a path came to be by a rename: with the path before, from that commit on back.
 */
export async function historyOf(
  place: HistoryPlace,
  objects: Objects,
  tip: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<PathHistory> {
  let touches = await commitsTouching(place, tip, paths, signal);
  const all = new Set(paths);
  const waiting = paths.map((path) => ({ path, list: touches }));
  for (let followed = 0; followed < mostRenames;) {
    const next = waiting.shift();
    if (next === undefined) break;
    for (const commit of await originsOf(objects, next.list, next.path)) {
      if (followed >= mostRenames) break;
      const sources = await sourcesOf(place.directory, objects, commit, next.path, signal);
      const before = sources.filter((source) => ![...all].some((known) => isWithin(source, known)));
      if (before.length === 0) continue;
      followed += 1;
      const list = await commitsTouching(place, `${commit}^@`, before, signal);
      for (const path of before) {
        all.add(path);
        waiting.push({ path, list });
      }
      const at = touches.findIndex((touch) => touch.commit === commit) + 1;
      touches = [...touches.slice(0, at), ...mergeTouches(touches.slice(at), list)];
    }
  }
  return { touches, paths: [...all] };
}

/** The commits of a list in which a path came to be. */
async function originsOf(objects: Objects, list: readonly Touch[], path: string): Promise<readonly CommitId[]> {
  const candidates = list.length <= mostLookedAt ? list : list.slice(-1);
  const origins: CommitId[] = [];
  for (const { commit } of candidates) {
    const { parents } = await objects.commit(commit);
    const [parent] = parents;
    if (parent === undefined) continue;
    if ((await exists(objects, commit, path)) && !(await exists(objects, parent, path))) origins.push(commit);
  }
  return origins;
}

async function exists(objects: Objects, commit: CommitId, path: string): Promise<boolean> {
  let tree = await objects.tree((await objects.commit(commit)).tree);
  const names = path.split('/').filter((name) => name !== '');
  for (const [index, name] of names.entries()) {
    const entry = tree.get(name);
    if (entry === undefined) return false;
    if (index === names.length - 1) return true;
    if (entry.kind !== 'directory') return false;
    tree = await objects.tree(entry.id as Parameters<Objects['tree']>[0]);
  }
  return true;
}

/** Where a path was before a commit that renamed it: the folder that all of it was in, or else its files. */
async function sourcesOf(
  directory: string,
  objects: Objects,
  commit: CommitId,
  path: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [parent] = (await objects.commit(commit)).parents;
  const edits = (await filesOfCommits(directory, [{ commit, parent }], signal)).get(commit) ?? [];
  return sourcesIn(edits, path);
}

/** The paths that became a path, as far as the edits of one commit tell. */
export function sourcesIn(edits: readonly FileEdit[], path: string): readonly string[] {
  const folders = new Set<string>();
  const files = new Set<string>();
  for (const { from, path: to } of edits) {
    if (from === undefined || !isWithin(to, path) || isWithin(from, path)) continue;
    const rest = to.slice(path.length);
    // What keeps its name below was moved with its folder; in the root of the repository there is no folder to follow.
    if (rest !== '' && from.endsWith(rest) && from.length > rest.length) folders.add(from.slice(0, -rest.length));
    else files.add(from);
  }
  const alone = [...files].filter((file) => ![...folders].some((folder) => isWithin(file, folder)));
  return [...folders, ...alone].slice(0, mostFiles);
}
