import { PlumbError, plumbError, throwProblems } from '../errors.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import {
  candidatePaths,
  checkKey,
  differences,
  type FileChange,
  mergeFields,
  newFile,
  type NamespaceLayout,
  type ObjectFile,
  objectPath,
  type PlacedObject,
  plainSecretsIn,
  readFile,
  withObject,
  withoutObject,
} from '../writeback/index.ts';
import type { WrittenObject } from './types.ts';
import type { Wish } from './wishes.ts';

/** The files of a commit, as much of them as is needed. */
export interface Files {
  read(path: string): Promise<Uint8Array | undefined>;
}

/** Where objects lie in the repository. */
export interface GitLayout {
  /** Folder above those of the namespaces; empty for the root. */
  readonly prefix: string;
  readonly layout: 'object' | 'flat';
  readonly format: 'json' | 'yaml';
}

/** What a wish comes to in Git. */
export interface EditedObject {
  /** As `formatKey` writes it. */
  readonly name: string;
  readonly change: FileChange;
  readonly written: WrittenObject;
}

/** Objects that live in no namespace lie in a folder that no namespace can be called. */
const clusterFolder = '_cluster';

function layoutOf({ prefix, format }: GitLayout, key: ObjectKey): NamespaceLayout {
  return { prefix, namespace: key.namespace === '' ? clusterFolder : key.namespace, format };
}

/** Where a new object goes. The folder names the group where one of another group has its place. */
function newPath(layout: GitLayout, key: ObjectKey, isTaken: boolean): string {
  const own = layoutOf(layout, key);
  if (layout.layout === 'object') return objectPath(own, key, isTaken ? 'group' : 'kind');
  const folder = objectPath(own, key).split('/').slice(0, -3).join('/');
  return `${folder}/${key.kind}-${key.name}.${layout.format}`;
}

interface Found {
  readonly file: ObjectFile;
  readonly place: PlacedObject;
}

function isAbout(placed: KubeObject, key: ObjectKey): boolean {
  const found = keyOf(placed);
  return (
    found.group === key.group &&
    found.kind === key.kind &&
    found.name === key.name &&
    (found.namespace === '' || found.namespace === key.namespace)
  );
}

/** The file that has the object, and whether one of another group lies where it would go. */
async function find(
  files: Files,
  layout: GitLayout,
  key: ObjectKey,
): Promise<{ readonly found?: Found; readonly isTaken: boolean }> {
  let isTaken = false;
  for (const path of candidatePaths(layoutOf(layout, key), key)) {
    const content = await files.read(path);
    if (content === undefined) continue;
    const file = readFile(path, content);
    const place = file.objects.find(({ object }) => isAbout(object, key));
    if (place !== undefined) return { found: { file, place }, isTaken };
    isTaken = true;
  }
  return { isTaken };
}

/** What a commit says of an object; undefined where it has none. */
export async function readObject(files: Files, layout: GitLayout, key: ObjectKey): Promise<KubeObject | undefined> {
  checkKey(key);
  return (await find(files, layout, key)).found?.place.object;
}

/**
 * What wishes come to on top of a commit; nothing for those that it fulfils.
 * @throws PlumbError with the problems of all objects: `writeback.plain-secret`, `operator.conflict`, `writeback.path-invalid`
 */
export async function editsFor(
  files: Files,
  layout: GitLayout,
  wishes: readonly Wish[],
): Promise<readonly EditedObject[]> {
  throwProblems(wishes.flatMap((wish) => (wish.type === 'removed' ? [] : plainSecretsIn(wish.object))));
  const edits: EditedObject[] = [];
  const problems = [];
  for (const wish of wishes) {
    try {
      const edit = await editFor(files, layout, wish);
      if (edit !== undefined) edits.push(edit);
    } catch (error) {
      if (!(error instanceof PlumbError)) throw error;
      problems.push(...error.problems);
    }
  }
  throwProblems(problems);
  return edits;
}

async function editFor(files: Files, layout: GitLayout, wish: Wish): Promise<EditedObject | undefined> {
  const { key } = wish;
  checkKey(key);
  const { found, isTaken } = await find(files, layout, key);
  if (wish.type === 'removed') {
    return found && edited(wish, { path: found.file.path, content: withoutObject(found.file, found.place) });
  }
  if (found === undefined) {
    return edited(wish, { path: newPath(layout, key, isTaken), content: newFile(wish.object, layout.format) });
  }
  const { object: before } = found.place;
  const after = wish.type === 'whole' ? wish.object : merged(wish, before);
  const changes = differences(before, after);
  if (changes.length === 0) return undefined;
  return edited(wish, { path: found.file.path, content: withObject(found.file, found.place, after) }, goneIn(changes));
}

function edited(
  wish: Wish,
  { path, content }: { readonly path: string; readonly content: string | undefined },
  gone: readonly (readonly string[])[] = [],
): EditedObject {
  const { apiVersion } = wish.type === 'removed' ? wish : wish.object;
  return {
    name: formatKey(wish.key),
    change: { path, content: content === undefined ? undefined : Buffer.from(content) },
    written: { ...wish.key, apiVersion, ...(gone.length === 0 ? {} : { gone }) },
  };
}

/** What the worker changed since it read the object, on top of what the file says now. */
function merged(wish: Wish & { type: 'changed' }, file: KubeObject): KubeObject {
  // The namespace is often left to the folder.
  const { namespace: _namespace, ...metadata } = wish.object.metadata;
  const namespace = file.metadata.namespace === undefined ? {} : { namespace: file.metadata.namespace };
  const place = <T extends KubeObject>(object: T): T => ({ ...object, metadata: { ...object.metadata, ...namespace } });
  const bare = (object: KubeObject): KubeObject => {
    const { namespace: _own, ...rest } = object.metadata;
    return place({ ...object, metadata: rest });
  };
  const { value, conflicts } = mergeFields(bare(wish.base), place({ ...wish.object, metadata }), file);
  const [first] = conflicts;
  if (first === undefined) return value;
  throw plumbError(
    'operator.conflict',
    `Git has ${JSON.stringify(first.theirs)} here, and the operator, which read ${JSON.stringify(first.base)}, wants ${JSON.stringify(first.ours)}`,
    { where: { object: formatKey(wish.key), field: first.field } },
  );
}

function goneIn(changes: ReturnType<typeof differences>): readonly (readonly string[])[] {
  return changes.flatMap(({ path, after }) =>
    after === undefined && path.every((step) => typeof step === 'string') ? [path] : [],
  );
}
