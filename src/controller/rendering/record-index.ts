import { isAffected, type PathChange, type ReadRecord } from '../../render/index.ts';

/** Which Applications read which paths, so that a commit costs what it changes and not what exists. */
export interface RecordIndex {
  /** Takes the place of what was recorded for the Application before. */
  set(application: string, record: ReadRecord): void;
  delete(application: string): void;
  /** The Applications whose render may come out differently after these changes. */
  affected(changes: readonly PathChange[]): Set<string>;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

/** The path itself and every folder above it, up to the root. */
function* upwards(path: string): Generator<string> {
  yield path;
  let current = path;
  while (current !== '.') {
    current = parentOf(current);
    yield current;
  }
}

type Paths = Map<string, Set<string>>;

function link(paths: Paths, path: string, application: string): void {
  const readers = paths.get(path);
  if (readers === undefined) paths.set(path, new Set([application]));
  else readers.add(application);
}

function unlink(paths: Paths, path: string, application: string): void {
  const readers = paths.get(path);
  readers?.delete(application);
  if (readers?.size === 0) paths.delete(path);
}

/**
 * An inverted index over the records of renders: it finds who may be concerned without a look at the others,
 * and `isAffected` of the render room, which knows what a record means, decides on each of those.
 */
export function createRecordIndex(): RecordIndex {
  const records = new Map<string, ReadRecord>();
  const files: Paths = new Map();
  const missed: Paths = new Map();
  const folders: Paths = new Map();

  const each = (record: ReadRecord, act: (paths: Paths, path: string) => void): void => {
    for (const path of record.files.keys()) act(files, path);
    // What a link leads to is its content.
    for (const path of record.links) act(files, path);
    for (const path of record.missed) act(missed, path);
    for (const path of record.directories.keys()) act(folders, path);
  };

  const remove = (application: string): void => {
    const record = records.get(application);
    if (record === undefined) return;
    each(record, (paths, path) => unlink(paths, path, application));
    records.delete(application);
  };

  return {
    set(application, record) {
      remove(application);
      records.set(application, record);
      each(record, (paths, path) => link(paths, path, application));
    },
    delete: remove,
    affected(changes) {
      const found = new Set<string>();
      const take = (readers: Set<string> | undefined): void => {
        for (const reader of readers ?? []) found.add(reader);
      };
      for (const { path, change } of changes) {
        take(files.get(path));
        if (change === 'modified') continue;
        for (const above of upwards(path)) {
          take(missed.get(above));
          if (above !== path) take(folders.get(above));
          // A file may have become a folder, or a folder a file.
          take(files.get(above));
        }
        take(folders.get(path));
      }
      for (const application of found) {
        const record = records.get(application);
        if (record === undefined || !isAffected(record, changes)) found.delete(application);
      }
      return found;
    },
  };
}
