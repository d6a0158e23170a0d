import { posix } from 'node:path';
import type { KubeObject } from '../object.ts';
import type { Response } from './protocol.ts';
import type { FileTree, Origin, ReadRecord, RenderRequest } from './types.ts';

// A plain folder is rendered file by file: what a file gives depends on its name and its content alone, and the whole is
// that of all files, one after the other. So of a folder that was rendered before, only the files that have changed are
// read anew. Which files there are, in which order, and whether it is a plain folder still, the renderer itself says: it
// is shown the folder as it is now, with one and the same small object in each file that has not changed.

/** A render that the next of the same folder begins with. */
export interface Standing {
  readonly response: Response;
  /** The objects, parsed; nobody may change them. */
  readonly objects: readonly KubeObject[];
  /** Where each of the objects begins in the bytes, as `beginnings` gives it; undefined until it was needed. */
  starts?: Uint32Array | undefined;
}

/** A tree in which files that have not changed hold something small. */
export interface Shortened {
  readonly tree: FileTree;
  /** The files that were shown so, with their real ids. */
  readonly unchanged: ReadonlyMap<string, string>;
}

/** The files that choose what a folder is, where the request does not. */
const choosing: ReadonlySet<string> = new Set([
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
  'Chart.yaml',
]);
const manifest = /\.(?:yaml|yml|json)$/;

/** Whether a render was one of a plain folder: where the request leaves that open, all that it read says so. */
export function isPlainFolder({ path, source }: RenderRequest, { files }: ReadRecord): boolean {
  if (source.kind !== 'auto') return source.kind === 'directory';
  for (const file of files.keys()) {
    if (posix.join(posix.dirname(file), '.') !== posix.join(path, '.')) return false;
    if (choosing.has(posix.basename(file)) || !manifest.test(file)) return false;
  }
  return files.size > 0;
}

/** No content of a tree has this id. */
const unchangedId = 'unchanged';
const unchangedContent = Buffer.from('{"apiVersion":"v1","kind":"Unchanged","metadata":{"name":"unchanged"}}\n');

/** The tree with one small object in each file that is as the record has it. */
export function shorten(files: FileTree, { files: before }: ReadRecord): Shortened {
  const unchanged = new Map<string, string>();
  const isUnchanged = async (path: string): Promise<boolean> => {
    const id = before.get(path);
    if (id === undefined) return false;
    const found = await files.stat(path);
    if (found?.kind !== 'file' || found.id !== id) return false;
    unchanged.set(path, id);
    return true;
  };
  const tree: FileTree = {
    stat: async (path) => ((await isUnchanged(path)) ? { kind: 'file', id: unchangedId } : files.stat(path)),
    read: async (path) => ((await isUnchanged(path)) ? unchangedContent : files.read(path)),
    list: (path) => files.list(path),
  };
  return { tree, unchanged };
}

/** A render of a whole folder that was put together. */
export interface Joined {
  readonly frame: Uint8Array;
  readonly starts: Uint32Array;
  /** Whose objects it has. */
  readonly taken: readonly Taken[];
}

/** The whole folder; undefined where that cannot be told without rendering all of it. */
export function joinRenders(
  request: RenderRequest,
  before: Standing,
  changed: Response,
  unchanged: ReadonlyMap<string, string>,
): Joined | undefined {
  if (!isPlain(request, changed) || !isPlain(request, before.response)) return undefined;
  const taken = takeFrom(before.response.origins, changed.origins, unchanged);
  if (taken === undefined) return undefined;
  const startsBefore = (before.starts ??= beginnings(before.response));
  const startsNow = beginnings(changed);
  if (startsBefore === undefined || startsNow === undefined) return undefined;
  const sources = {
    before: { bytes: before.response.objects, starts: startsBefore },
    changed: { bytes: changed.objects, starts: startsNow },
  };
  const count = taken.reduce((sum, { from, to }) => sum + to - from, 0);
  const starts = new Uint32Array(count + 1);
  const chunks: Uint8Array[] = [open];
  let [index, length] = [0, 1];
  for (const { of, from, to } of taken) {
    const { bytes, starts: own } = sources[of];
    const begin = own[from] ?? 0;
    // Without the comma, or the bracket, behind the last.
    const chunk = bytes.subarray(begin, (own[to] ?? 0) - 1);
    for (let each = from; each < to; each += 1) starts[index++] = length + (own[each] ?? 0) - begin;
    chunks.push(chunk, comma);
    length += chunk.length + 1;
  }
  if (count > 0) chunks.pop();
  else length += 1;
  starts[count] = length;
  chunks.push(close);
  const origins = taken.flatMap(({ of, from, to }) =>
    (of === 'before' ? before.response : changed).origins.slice(from, to),
  );
  const files = new Map([...changed.record.files].map(([path, id]) => [path, unchanged.get(path) ?? id]));
  const record = { ...changed.record, files };
  return { frame: encode({ ...changed, origins, record }, chunks), starts, taken };
}

/** The objects of a joined render, of which those that have not changed are the very same as before. */
export function joinObjects<Value>(
  taken: readonly Taken[],
  before: readonly Value[],
  changed: readonly Value[],
): readonly Value[] {
  return taken.flatMap(({ of, from, to }) => (of === 'before' ? before : changed).slice(from, to));
}

/** Objects in a row, of one of two renders. */
export interface Taken {
  readonly of: 'before' | 'changed';
  readonly from: number;
  readonly to: number;
}

/** Nothing but objects came of it, all of them from files, and none of it depends on the time. */
function isPlain(request: RenderRequest, { usesNow, warnings, problems, record }: Response): boolean {
  return !usesNow && warnings.length === 0 && problems.length === 0 && isPlainFolder(request, record);
}

/** For each file of the folder its objects, in order; undefined where something is not as it must be. */
function takeFrom(
  before: readonly Origin[],
  changed: readonly Origin[],
  unchanged: ReadonlyMap<string, string>,
): readonly Taken[] | undefined {
  const [known, now] = [runsOf(before), runsOf(changed)];
  if (known === undefined || now === undefined) return undefined;
  const taken: Taken[] = [];
  for (const [file, [from, to]] of now) {
    if (!unchanged.has(file)) taken.push({ of: 'changed', from, to });
    else if (to - from !== 1) return undefined;
    else {
      const old = known.get(file);
      // A file may hold no object at all.
      if (old !== undefined) taken.push({ of: 'before', from: old[0], to: old[1] });
    }
  }
  return taken;
}

/** Where the objects of each file are; undefined where those of one are not all in a row. */
function runsOf(origins: readonly Origin[]): ReadonlyMap<string, readonly [from: number, to: number]> | undefined {
  const runs = new Map<string, [number, number]>();
  let last: string | undefined;
  for (const [index, { file }] of origins.entries()) {
    if (file === undefined) return undefined;
    const run = runs.get(file);
    if (run === undefined) runs.set(file, [index, index + 1]);
    else if (file === last) run[1] = index + 1;
    else return undefined;
    last = file;
  }
  return runs;
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\{}[]');

/** Where each object of a response begins in its bytes, and last where the bytes end; undefined where their number is another. */
function beginnings({ objects: bytes, origins }: Response): Uint32Array | undefined {
  const starts = new Uint32Array(origins.length + 1);
  let [depth, count] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
    } else if (byte === openBrace || byte === openBracket) {
      if (depth === 1) starts[count++] = at;
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  starts[origins.length] = bytes.length;
  return count === origins.length ? starts : undefined;
}

function endOfString(bytes: Uint8Array, begin: number): number {
  let at = begin + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

const [open, comma, close] = ['[', ',', ']'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

/** Writes a frame as the renderer does. */
function encode(
  { origins, warnings, problems, usesNow, record }: Response,
  objects: readonly Uint8Array[],
): Uint8Array {
  const { files, missed, directories } = record;
  const head = Buffer.from(
    JSON.stringify({
      origins,
      warnings,
      problems,
      usesNow,
      record: {
        files: Object.fromEntries(files),
        missed: [...missed],
        directories: Object.fromEntries(directories),
      },
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...objects]);
}
