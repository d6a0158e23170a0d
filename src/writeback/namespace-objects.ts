import { LRUCache } from 'lru-cache';
import type { FileChange, TreeReader } from '../git/index.ts';
import { groupOf, type KubeObject, type ObjectKey } from '../object.ts';
import { newFile, type ObjectFile, type PlacedObject, readFile, withObject, withoutObject } from './document.ts';
import {
  candidatePaths,
  type NamespaceLayout,
  namespaceFolder,
  objectPath,
  sidePath,
  withEachEnding,
} from './layout.ts';
import { plumbError, PlumbError } from '../errors.ts';

/** The files that objects are looked for in. */
export type Files = Pick<TreeReader, 'stat' | 'read' | 'list'>;

/** An object of a namespace, and the file that holds it. */
export interface FoundObject extends PlacedObject {
  readonly file: ObjectFile;
  /** Id of the content of the file. */
  readonly blob: string;
}

/** An object of a namespace, as it is listed. */
export interface ListedObject {
  readonly key: ObjectKey;
  /** `apps/v1`. */
  readonly apiVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of its file, from the root of the repository. */
  readonly path: string;
}

/** What is remembered of an object by the content of its folder. */
interface IndexedObject extends Pick<ListedObject, 'apiVersion' | 'labels'> {
  /** From the folder. */
  readonly path: string;
}

/** What a folder holds, with all folders below it. */
interface FolderIndex {
  /** By the object in the file; the first in the order of names where several hold it. */
  readonly objects: ReadonlyMap<string, IndexedObject>;
  /** Files of any kind. */
  readonly files: number;
}

/** What is known of folders by their content, so that a commit costs a look at what it changed. */
export type FolderCache = LRUCache<string, FolderIndex>;

/** An empty cache. Ids are those of Git: one cache is good for all repositories. */
export function createFolderCache(): FolderCache {
  return new LRUCache({ max: 20_000 });
}

/** Folders deeper than this are no layout of anybody. */
const deepest = 16;
const isManifest = (name: string): boolean => /\.(?:json|ya?ml)$/.test(name);
const idOf = ({ group, kind, name }: Pick<ObjectKey, 'group' | 'kind' | 'name'>): string => `${group}/${kind}/${name}`;

/** The objects of one namespace as one commit has them. */
export interface NamespaceObjects {
  /**
   * The object, wherever below the folder of the namespace it lies; undefined where it is nowhere.
   * @throws PlumbError `writeback.file-invalid` where the file that should hold it cannot be read
   */
  find(key: ObjectKey): Promise<FoundObject | undefined>;
  /**
   * All objects without their content, in the order of their keys: a commit costs a look at what it changed. Files that
   * cannot be read are passed over.
   */
  list(): Promise<readonly ListedObject[]>;
  /** The file that writes the object down; of a new one, in a folder of its own or beside the one that it belongs to. */
  put(object: KubeObject, key: ObjectKey, belongsTo?: ObjectKey): Promise<FileChange>;
  /** The file without the object; undefined where it is nowhere. */
  remove(key: ObjectKey): Promise<FileChange | undefined>;
  /** Files of any kind in the folder of the namespace. */
  count(): Promise<number>;
}

/** Reads the objects of a namespace in the files of a commit. */
export function namespaceObjects(files: Files, layout: NamespaceLayout, cache: FolderCache): NamespaceObjects {
  const root = namespaceFolder(layout);

  const open = async (path: string): Promise<{ file: ObjectFile; blob: string } | undefined> => {
    const stat = await files.stat(path);
    if (stat?.kind !== 'file') return undefined;
    const content = await files.read(path);
    return content === undefined ? undefined : { file: readFile(path, content), blob: stat.id };
  };

  const findIn = async (path: string, key: ObjectKey): Promise<FoundObject | undefined> => {
    const opened = await open(path);
    const placed = opened?.file.objects.find(({ object }) => isThe(object, key, layout.namespace));
    return opened === undefined || placed === undefined ? undefined : { ...opened, ...placed };
  };

  const index = async (): Promise<FolderIndex> => {
    const stat = await files.stat(root);
    return stat?.kind === 'directory' ? indexFolder(root, stat.id, 0) : { objects: new Map(), files: 0 };
  };

  const indexFolder = async (folder: string, id: string, depth: number): Promise<FolderIndex> => {
    const cacheKey = `${layout.namespace}\n${id}`;
    const known = cache.get(cacheKey);
    if (known !== undefined) return known;
    const objects = new Map<string, IndexedObject>();
    let count = 0;
    for (const { name, kind } of (await files.list(folder)) ?? []) {
      const path = `${folder}/${name}`;
      if (kind === 'directory') {
        const stat = depth < deepest ? await files.stat(path) : undefined;
        if (stat?.kind !== 'directory') continue;
        const inside = await indexFolder(path, stat.id, depth + 1);
        count += inside.files;
        for (const [object, each] of inside.objects)
          if (!objects.has(object)) objects.set(object, { ...each, path: `${name}/${each.path}` });
      } else {
        count += 1;
        if (!isManifest(name)) continue;
        for (const object of await objectsAt(path)) {
          const which = idOf(keyIn(object, layout.namespace));
          if (objects.has(which)) continue;
          objects.set(which, { apiVersion: object.apiVersion, labels: labelsOf(object), path: name });
        }
      }
    }
    const found: FolderIndex = { objects, files: count };
    cache.set(cacheKey, found);
    return found;
  };

  const objectsAt = async (path: string): Promise<readonly KubeObject[]> => {
    try {
      const opened = await open(path);
      return (opened?.file.objects ?? [])
        .map(({ object }) => object)
        .filter(({ metadata }) => (metadata.namespace ?? layout.namespace) === layout.namespace);
    } catch (error) {
      if (error instanceof PlumbError && error.code === 'writeback.file-invalid') return [];
      throw error;
    }
  };

  const find = async (key: ObjectKey): Promise<FoundObject | undefined> => {
    for (const path of candidatePaths(layout, key)) {
      const found = await findIn(path, key);
      if (found !== undefined) return found;
    }
    const path = (await index()).objects.get(idOf(key))?.path;
    return path === undefined ? undefined : findIn(`${root}/${path}`, key);
  };

  /** The first of these at which nothing is, in any format: an object of another group may have the plain path. */
  const freePath = async (paths: readonly string[]): Promise<string> => {
    for (const path of paths) {
      const there = await Promise.all(withEachEnding(path).map((each) => files.stat(each)));
      if (there.every((stat) => stat === undefined)) return path;
    }
    throw plumbError('writeback.file-invalid', 'another file is where the object is to be written', {
      where: { file: paths.at(-1) ?? root },
    });
  };

  const newPath = async (key: ObjectKey, belongsTo: ObjectKey | undefined): Promise<string> => {
    const owner = belongsTo === undefined ? undefined : await find(belongsTo);
    const pathIn = (form: 'kind' | 'group'): string =>
      owner === undefined ? objectPath(layout, key, form) : sidePath(owner.file.path, layout, key, form);
    return freePath([pathIn('kind'), pathIn('group')]);
  };

  return {
    find,
    async list() {
      const { objects } = await index();
      return [...objects]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([id, { path, ...rest }]) => ({ key: keyOfId(id, layout.namespace), path: `${root}/${path}`, ...rest }));
    },
    async put(object, key, belongsTo) {
      const found = await find(key);
      const text = found === undefined ? newFile(object, layout.format) : withObject(found.file, found, object);
      const path = found?.file.path ?? (await newPath(key, belongsTo));
      return { path, content: Buffer.from(text) };
    },
    async remove(key) {
      const found = await find(key);
      if (found === undefined) return undefined;
      const text = withoutObject(found.file, found);
      return { path: found.file.path, content: text === undefined ? undefined : Buffer.from(text) };
    },
    count: async () => (await index()).files,
  };
}

/** The key of an object of a namespace, which it need not name. */
function keyIn(object: KubeObject, namespace: string): ObjectKey {
  return { group: groupOf(object.apiVersion), kind: object.kind, namespace, name: object.metadata.name };
}

function keyOfId(id: string, namespace: string): ObjectKey {
  const [group = '', kind = '', ...name] = id.split('/');
  return { group, kind, namespace, name: name.join('/') };
}

/** Labels that a file has and the API server would refuse are passed over. */
function labelsOf({ metadata }: KubeObject): ListedObject['labels'] {
  return Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([, value]) => typeof value === 'string'));
}

function isThe(object: KubeObject, key: ObjectKey, namespace: string): boolean {
  return (object.metadata.namespace ?? namespace) === namespace && idOf(keyIn(object, namespace)) === idOf(key);
}
