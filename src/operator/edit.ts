import type { ListSchemaReader } from '../kube/index.ts';
import { PlumbError, type Problem, throwProblems } from '../errors.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../object.ts';
import {
  checkKey,
  differences,
  type FileChange,
  type Files,
  type FolderCache,
  hasToBeJoined,
  type ListRules,
  namespaceFolder,
  type NamespaceLayout,
  type NamespaceObjects,
  namespaceObjects,
  newFile,
  overlaidFiles,
  plainSecretsIn,
  refuseRendered,
  replayed,
} from '../writeback/index.ts';
import type { WrittenObject } from './types.ts';
import type { Wish } from './wishes.ts';

/** Where objects lie in the repository. */
export interface GitLayout {
  /** Folder above those of the namespaces; empty for the root. */
  readonly prefix: string;
  readonly layout: 'object' | 'flat';
  readonly format: 'json' | 'yaml';
  /** What is known of folders by their content. */
  readonly folders: FolderCache;
}

/** What wishes come to upon a commit. */
export interface Edits {
  /** One for each file. Empty where the commit fulfils all of them. */
  readonly changes: readonly FileChange[];
  /** The objects that are changed. */
  readonly objects: readonly WrittenObject[];
}

/** Tells what tells the items of the lists of an object apart; where that is not known, it is their names. */
export type RulesOf = (object: KubeObject) => Promise<ListRules | undefined>;

/** Asks the API server. */
export function rulesFrom(lists: ListSchemaReader, signal: AbortSignal): RulesOf {
  return async ({ apiVersion, kind }) => {
    try {
      return await lists.of(apiVersion, kind, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
}

/** Objects that live in no namespace lie in a folder that no namespace can be called. */
const clusterFolder = '_cluster';

function layoutOf({ prefix, format }: GitLayout, key: ObjectKey): NamespaceLayout {
  return { prefix, namespace: key.namespace === '' ? clusterFolder : key.namespace, format };
}

function objectsIn(files: Files, layout: GitLayout, key: ObjectKey): NamespaceObjects {
  return namespaceObjects(files, layoutOf(layout, key), layout.folders);
}

/** What a commit says of an object; undefined where it has none. */
export async function readObject(files: Files, layout: GitLayout, key: ObjectKey): Promise<KubeObject | undefined> {
  checkKey(key);
  return (await objectsIn(files, layout, key).find(key))?.object;
}

/**
 * What wishes come to on top of a commit.
 * @throws PlumbError with the problems of all objects: `writeback.plain-secret`, `writeback.path-invalid`,
 * `writeback.file-invalid`, `operator.conflict`
 */
export async function editsFor(
  files: Files,
  layout: GitLayout,
  wishes: readonly Wish[],
  rulesOf: RulesOf = async () => undefined,
): Promise<Edits> {
  throwProblems(wishes.flatMap((wish) => (wish.type === 'removed' ? [] : plainSecretsIn(wish.object))));
  const changes = new Map<string, FileChange>();
  const objects: WrittenObject[] = [];
  const problems: Problem[] = [];
  for (const wish of wishes) {
    try {
      // Several objects may lie in one file: each sees what became of the others.
      const edit = await editFor(overlaidFiles(files, changes), layout, wish, rulesOf);
      if (edit === undefined) continue;
      changes.set(edit.change.path, edit.change);
      objects.push(edit.written);
    } catch (error) {
      if (!(error instanceof PlumbError)) throw error;
      problems.push(...error.problems.map(asConflict));
    }
  }
  throwProblems(problems);
  return { changes: [...changes.values()], objects };
}

/** An operator decides anew by itself: what people have to settle, it need not tell for good. */
function asConflict({ sides: _sides, ...problem }: Problem): Problem {
  return problem.code === 'writeback.conflict' ? { ...problem, code: 'operator.conflict' } : problem;
}

interface EditedObject {
  readonly change: FileChange;
  readonly written: WrittenObject;
}

async function editFor(
  files: Files,
  layout: GitLayout,
  wish: Wish,
  rulesOf: RulesOf,
): Promise<EditedObject | undefined> {
  const { key } = wish;
  checkKey(key);
  await refuseRendered(files, namespaceFolder(layoutOf(layout, key)));
  const objects = objectsIn(files, layout, key);
  const file = (await objects.find(key))?.object;
  if (wish.type === 'removed') {
    const change = await objects.remove(key);
    return change && { change, written: { ...key, apiVersion: wish.apiVersion } };
  }
  const { apiVersion } = wish.object;
  const written = { ...key, apiVersion };
  if (file === undefined) return { change: await newObject(files, layout, wish.object, key), written };
  const after = wish.type === 'whole' ? wish.object : await joined(wish, file, rulesOf);
  const changed = differences(file, after);
  if (changed.length === 0) return undefined;
  const gone = changed.flatMap(({ path, after: value }) =>
    value === undefined && path.every((step) => typeof step === 'string') ? [path] : [],
  );
  return { change: await objects.put(after, key), written: gone.length === 0 ? written : { ...written, gone } };
}

async function newObject(files: Files, layout: GitLayout, object: KubeObject, key: ObjectKey): Promise<FileChange> {
  if (layout.layout === 'flat') {
    const path = `${namespaceFolder(layoutOf(layout, key))}/${key.kind}-${key.name}.${layout.format}`;
    const isFree = (await files.stat(path)) === undefined;
    if (isFree) return { path, content: Buffer.from(newFile(object, layout.format)) };
  }
  return objectsIn(files, layout, key).put(object, key);
}

/** What the worker changed since it read the object, on top of what the file says now. */
async function joined(wish: Wish & { type: 'changed' }, file: KubeObject, rulesOf: RulesOf): Promise<KubeObject> {
  // A file often leaves the namespace to its folder.
  const { namespace } = file.metadata;
  const placed = ({ metadata: { namespace: _own, ...metadata }, ...object }: KubeObject): KubeObject => ({
    ...object,
    apiVersion: wish.object.apiVersion,
    kind: wish.object.kind,
    metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
  });
  const own = { key: wish.key, base: placed(wish.base), ours: placed(wish.object) };
  const outcome = replayed(own, file, hasToBeJoined(own, file) ? await rulesOf(wish.object) : undefined);
  return outcome.kind === 'put' ? outcome.object : file;
}

/** As `formatKey` writes them. */
export function namesOf(objects: readonly WrittenObject[]): readonly string[] {
  return objects.map(formatKey);
}
