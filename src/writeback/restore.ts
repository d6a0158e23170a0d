import { plumbError, type Problem, problemsOf, throwProblems } from '../errors.ts';
import { type CommitId, type FileChange, type FileHistory, isWithin, type StoredFile } from '../git/index.ts';
import { formatKey, keyOf, type ObjectKey } from '../object.ts';
import { readFile } from './document.ts';
import type { Edited } from './edit.ts';
import { candidatePaths, checkKey, type NamespaceLayout, objectPath, placeOf } from './layout.ts';
import { type ByWhom, checkPlan, contentOf, messageNaming, proposal, type Trying } from './planned.ts';

/** What is put back. */
export type RestoreScope =
  | {
      readonly kind: 'objects';
      readonly layout: NamespaceLayout;
      readonly keys: readonly [ObjectKey, ...ObjectKey[]];
      /** With all that lies in the folder of each object, or without. */
      readonly sideObjects: boolean;
    }
  | {
      readonly kind: 'paths';
      /** Files and folders: those of a namespace, or of an Application. What was not there then is taken away. */
      readonly paths: readonly [string, ...string[]];
      /** What they are, for the commit: `namespace team-a`. */
      readonly name: string;
    };

/** A wish to put something back to what it was at a commit. */
export interface RestoreWish extends Trying {
  readonly scope: RestoreScope;
  /** What it was at this commit. */
  readonly target: CommitId;
  readonly by: ByWhom;
}

/**
 * The commit that puts something back to what it was at an earlier one. What was made of it since is replaced, whoever
 * made it; so it is computed anew for each tip.
 * @throws PlumbError `writeback.not-in-history`, `writeback.nothing-to-restore`, `writeback.unsupported-file`, and those
 * of `checkPlan`
 */
export async function planRestore(
  past: FileHistory,
  { scope, target, by, ...trying }: RestoreWish,
  tip: CommitId,
  signal: AbortSignal,
): Promise<Edited> {
  await requireInHistory(past, tip, target, signal);
  const files =
    scope.kind === 'paths'
      ? await pathsBack(past, scope.paths, target, tip, signal)
      : await objectsBack(past, scope, target, tip, signal);
  const plan = { past, tip, files, ...trying };
  const what = describe(scope);
  const changes = await checkPlan(plan, `restoring ${what} to ${target.slice(0, 12)}`, signal);
  const message = messageNaming(by, `Restoring ${wordOf(scope)}`, target, `Restore ${what} to ${target}`);
  const title = `Restore ${what} to ${target.slice(0, 12)}`;
  return { changes, message, author: by.author, pullRequest: proposal(title, by, target) };
}

/** @throws PlumbError `writeback.not-in-history` */
export async function requireInHistory(
  past: FileHistory,
  tip: CommitId,
  commit: CommitId,
  signal: AbortSignal,
): Promise<void> {
  const contained = await past.contains(tip, commit, { signal }).catch((error: unknown) => {
    if (problemsOf(error)[0].code === 'git.ref-not-found') return false;
    throw error;
  });
  if (contained) return;
  throw plumbError('writeback.not-in-history', `${commit} is no commit of the branch`, { where: { commit } });
}

function describe(scope: RestoreScope): string {
  return scope.kind === 'paths' ? scope.name : scope.keys.map(formatKey).join(', ');
}

/** As the actions of the field are written: `Restoring deployment`. */
function wordOf(scope: RestoreScope): string {
  if (scope.kind === 'paths') return scope.name.split(' ', 1)[0] ?? '';
  const [{ kind }, ...others] = scope.keys;
  return others.length === 0 ? kind.toLowerCase() : 'resources';
}

async function pathsBack(
  past: FileHistory,
  paths: readonly string[],
  target: CommitId,
  tip: CommitId,
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  const [then, now] = await Promise.all([past.files(target, paths, { signal }), past.files(tip, paths, { signal })]);
  if (then.size === 0) {
    throw plumbError('writeback.nothing-to-restore', `there was nothing in ${paths.join(', ')} at ${target}`);
  }
  return filesBack(past, then, now, (path) => path);
}

/** The files that make what is there now what was there then. */
async function filesBack(
  past: FileHistory,
  then: ReadonlyMap<string, StoredFile>,
  now: ReadonlyMap<string, StoredFile>,
  destination: (path: string) => string,
): Promise<readonly FileChange[]> {
  const wanted = new Map([...then.values()].map((stored) => [destination(stored.path), stored]));
  const files: FileChange[] = [];
  for (const [path, stored] of wanted) {
    const here = now.get(path);
    if (here?.id === stored.id && here.mode === stored.mode) continue;
    // What is to be replaced has to be a file, too.
    await contentOf(past, here);
    files.push(await fileOf(past, stored, path));
  }
  for (const stored of now.values()) {
    if (wanted.has(stored.path)) continue;
    await contentOf(past, stored);
    files.push({ path: stored.path, content: undefined });
  }
  return files;
}

async function fileOf(past: FileHistory, stored: StoredFile, path: string): Promise<FileChange> {
  const mode = stored.mode === '100755' ? '100755' : '100644';
  return { path, content: await contentOf(past, stored), mode };
}

type ObjectScope = Extract<RestoreScope, { kind: 'objects' }>;

async function objectsBack(
  past: FileHistory,
  scope: ObjectScope,
  target: CommitId,
  tip: CommitId,
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  const problems: Problem[] = [];
  const files = new Map<string, FileChange>();
  for (const key of scope.keys) {
    try {
      for (const file of await objectBack(past, scope, key, target, tip, signal)) files.set(file.path, file);
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return [...files.values()];
}

async function objectBack(
  past: FileHistory,
  { layout, sideObjects }: ObjectScope,
  key: ObjectKey,
  target: CommitId,
  tip: CommitId,
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  checkKey(key);
  const then = await findObject(past, layout, key, target, signal);
  if (then === undefined) {
    throw plumbError('writeback.nothing-to-restore', `it was not there at ${target}`, {
      where: { object: formatKey(key), commit: target },
    });
  }
  const now = await findObject(past, layout, key, tip, signal);
  const path = await destinationOf(past, layout, key, then.path, now?.path, tip, signal);
  const main = await fileOf(past, then, path);
  const moved = now === undefined || now.path === path ? [] : [{ path: now.path, content: undefined }];
  if (!sideObjects) return [main, ...moved];
  return [main, ...moved, ...(await sidesBack(past, layout, key, then, { path, now, target, tip }, signal))];
}

/** What lay beside an object: in its folder, and, in the older layout, nowhere. */
async function sidesBack(
  past: FileHistory,
  layout: NamespaceLayout,
  key: ObjectKey,
  then: StoredFile,
  place: {
    readonly path: string;
    readonly now: StoredFile | undefined;
    readonly target: CommitId;
    readonly tip: CommitId;
  },
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  const folderOf = (path: string): string =>
    placeOf(layout, path)?.role === 'old' ? folderIn(objectPath(layout, key)) : folderIn(path);
  const [from, to] = [folderOf(then.path), folderOf(place.path)];
  const listed = async (commit: CommitId, folder: string, mains: readonly (string | undefined)[]) => {
    const files = await past.files(commit, [folder], { signal });
    return new Map([...files].filter(([path]) => !mains.includes(path)));
  };
  const before = placeOf(layout, then.path)?.role === 'old' ? new Map() : await listed(place.target, from, [then.path]);
  const here = await listed(place.tip, to, [place.path, place.now?.path]);
  return filesBack(past, before, here, (path) => (isWithin(path, from) ? to + path.slice(from.length) : path));
}

function folderIn(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/**
 * Where an object lies at a commit. Its file has to hold it: an object of another group may have the plain folder. A
 * file that cannot be read counts as its, so that it can be put right.
 */
async function findObject(
  past: FileHistory,
  layout: NamespaceLayout,
  key: ObjectKey,
  commit: CommitId,
  signal: AbortSignal,
): Promise<StoredFile | undefined> {
  const candidates = candidatePaths(layout, key);
  const files = await past.files(commit, candidates, { signal });
  for (const candidate of candidates) {
    const stored = files.get(candidate);
    if (stored?.kind === 'file' && (await holds(past, stored, key)) !== 'no') return stored;
  }
  return undefined;
}

async function holds(past: FileHistory, stored: StoredFile, key: ObjectKey): Promise<'yes' | 'no' | 'unreadable'> {
  try {
    const { objects } = readFile(stored.path, await past.content(stored.id, stored.path));
    const found = objects.some(({ object }) => {
      const { group, kind, name } = keyOf(object);
      return group === key.group && kind === key.kind && name === key.name;
    });
    return found ? 'yes' : 'no';
  } catch {
    return 'unreadable';
  }
}

/**
 * Where the content of then is written now: to the file that the object has, and to a new one in the layout of today
 * where it has none. The ending goes with the content.
 */
async function destinationOf(
  past: FileHistory,
  layout: NamespaceLayout,
  key: ObjectKey,
  then: string,
  now: string | undefined,
  tip: CommitId,
  signal: AbortSignal,
): Promise<string> {
  const ending = then.slice(then.lastIndexOf('.'));
  if (now !== undefined) return now.slice(0, now.lastIndexOf('.')) + ending;
  const plain = objectPath(layout, key);
  const stem = plain.slice(0, plain.lastIndexOf('.'));
  const others = await past.files(
    tip,
    ['.json', '.yaml', '.yml'].map((each) => stem + each),
    { signal },
  );
  const taken = key.group !== '' && others.size > 0;
  const path = taken ? objectPath(layout, key, 'group') : plain;
  return path.slice(0, path.lastIndexOf('.')) + ending;
}
