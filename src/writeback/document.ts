import { type Document, isMap, isSeq, parseAllDocuments, stringify } from 'yaml';
import { PlumbError, plumbError } from '../errors.ts';
import { isKubeObject, isJsonObject, type FieldPath, differences, isSame } from './fields.ts';
import type { Json, KubeObject } from '../object.ts';
import { editDocument } from './place/edit/edit-document.ts';

/** What a file is written in. */
export type FileFormat = 'json' | 'yaml';

/** One object in a file, and where in the file it stands. */
export interface PlacedObject {
  readonly object: KubeObject;
  /** Number of the YAML document in the file, from 0. */
  readonly document: number;
  /** Number of the item where the document is a List. */
  readonly item?: number;
}

/** A file that was read. */
export interface ObjectFile {
  readonly path: string;
  readonly text: string;
  readonly objects: readonly PlacedObject[];
  /** Documents in it, those without an object among them. */
  readonly documents: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
// What tools of Kubernetes read as YAML 1.1 has to be quoted, though YAML 1.2 need not: yes, on, 0777.
const writing = { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** What a path's ending says of its format. */
export function formatOf(path: string): FileFormat {
  return path.endsWith('.json') ? 'json' : 'yaml';
}

/** The text of a new file that holds one object. */
export function newFile(object: KubeObject, format: FileFormat): string {
  return format === 'json' ? `${JSON.stringify(object, undefined, 2)}\n` : stringify(object, writing);
}

/**
 * The objects in a file; documents that are none are passed over.
 * @throws PlumbError `writeback.file-invalid` where it is no YAML or JSON
 */
export function readFile(path: string, content: Uint8Array): ObjectFile {
  const text = decode(path, content);
  const values = formatOf(path) === 'json' ? [parseJson(path, text)] : parseYaml(path, text).map(valueOf(path));
  const objects = values.flatMap((value, document) => objectsIn(value, document));
  return { path, text, objects, documents: values.length };
}

function objectsIn(value: unknown, document: number): readonly PlacedObject[] {
  if (isKubeObject(value)) return [{ object: value, document }];
  if (!isList(value)) return [];
  return value.items.flatMap((object, item) => (isKubeObject(object) ? [{ object, document, item }] : []));
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return (
    isJsonObject(value) &&
    typeof value['kind'] === 'string' &&
    value['kind'].endsWith('List') &&
    Array.isArray(value['items'])
  );
}

/**
 * The text of the file once one object in it is another: of what is the same nothing changes, comments and order among
 * it. What came of it is read again, and has to be what was wished.
 * @throws PlumbError `writeback.file-invalid` where the file is written so that it cannot be edited
 */
export function withObject(file: ObjectFile, place: PlacedObject, object: KubeObject): string {
  const changes = differences(place.object, object);
  if (changes.length === 0) return file.text;
  const inside: FieldPath = place.item === undefined ? [] : ['items', place.item];
  const placed = changes.map(({ path, after }) => ({ path: [...inside, ...path], after }));
  const others = file.objects.map((each) => (isAt(each, place) ? object : each.object));
  const isWished = (text: string): boolean => {
    const read = readFile(file.path, new TextEncoder().encode(text)).objects.map((each) => each.object);
    return isSame(read, others);
  };
  const inPlace = editedInPlace(file, place, placed);
  if (inPlace !== undefined && isWished(inPlace)) return inPlace;
  const text = writtenAnew(file, place, placed);
  if (isWished(text)) return text;
  throw plumbError('writeback.file-invalid', 'the file cannot be edited: its objects depend on one another', {
    where: { file: file.path },
  });
}

interface PlacedChange {
  readonly path: FieldPath;
  /** Undefined: the field is taken away. */
  readonly after: unknown;
}

/** The file with nothing else changed; undefined where that cannot be done. */
function editedInPlace(file: ObjectFile, place: PlacedObject, changes: readonly PlacedChange[]): string | undefined {
  if (formatOf(file.path) === 'json') return undefined;
  // Documents without content are counted here, and not there.
  const before = parseYaml(file.path, file.text).slice(0, place.document);
  const index = before.filter((document) => (document.toJS({ maxAliasCount: 100 }) ?? undefined) !== undefined).length;
  try {
    return editDocument(
      file.text,
      index,
      changes.map(({ path, after }) => ({ path, value: after as Json | undefined })),
    );
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'writeback.cannot-place') return undefined;
    throw error;
  }
}

const isAt = (one: PlacedObject, other: PlacedObject): boolean =>
  one.document === other.document && one.item === other.item;

/** The file as it is written by a writer of YAML or JSON: what it means stays, and not all of how it looks. */
function writtenAnew(file: ObjectFile, place: PlacedObject, changes: readonly PlacedChange[]): string {
  if (formatOf(file.path) === 'json') {
    const value = parseJson(file.path, file.text);
    for (const { path, after } of changes) setJson(value, path, after);
    return `${JSON.stringify(value, undefined, indentOf(file.text))}\n`;
  }
  const documents = parseYaml(file.path, file.text);
  for (const { path, after } of changes) setYaml(documents[place.document], path, after);
  return joined(documents, file.text);
}

/** The text of the file without one object; undefined where none is left. */
export function withoutObject(file: ObjectFile, place: PlacedObject): string | undefined {
  if (file.objects.length === 1) return undefined;
  if (formatOf(file.path) === 'json') {
    const value = parseJson(file.path, file.text);
    setJson(value, ['items', place.item ?? 0], undefined);
    return `${JSON.stringify(value, undefined, indentOf(file.text))}\n`;
  }
  const documents = parseYaml(file.path, file.text);
  if (place.item === undefined) documents.splice(place.document, 1);
  else documents[place.document]?.deleteIn(['items', place.item]);
  return joined(documents, file.text);
}

function decode(path: string, content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch {
    throw plumbError('writeback.file-invalid', 'the file is not in UTF-8', { where: { file: path } });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the text, which may be anything.
    throw plumbError('writeback.file-invalid', 'the file is no JSON', { where: { file: path } });
  }
}

function parseYaml(path: string, text: string): Document.Parsed[] {
  const documents = parseAllDocuments(text, { merge: true, prettyErrors: false, logLevel: 'silent' });
  if ('empty' in documents) return [];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error === undefined) continue;
    const before = text.slice(0, error.pos[0]).split('\n');
    throw plumbError('writeback.file-invalid', `the file is no YAML (${error.code})`, {
      where: { file: path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    });
  }
  return documents;
}

function valueOf(path: string): (document: Document.Parsed) => unknown {
  return (document) => {
    try {
      return document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch {
      throw plumbError('writeback.file-invalid', 'the anchors of the file cannot be followed', {
        where: { file: path },
      });
    }
  };
}

function joined(documents: readonly Document.Parsed[], before: string): string {
  const indentSeq = !/^( *)[^\s#-][^\n]*:[^\S\n]*\n\1- /m.test(before);
  const texts = documents.map((document) => document.toString({ ...writing, indentSeq }));
  return texts
    .map((text, number) => (number > 0 && !/^(?:%|---)/m.test(text.split('\n', 1)[0] ?? '') ? `---\n${text}` : text))
    .join('');
}

function indentOf(text: string): number | string {
  const indent = /^\{\n([ \t]+)/.exec(text)?.[1];
  return indent ?? 2;
}

function setJson(value: unknown, path: FieldPath, after: unknown): void {
  let parent = value as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (after !== undefined) parent[last] = after;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}

function setYaml(document: Document.Parsed | undefined, path: FieldPath, after: unknown): void {
  if (document === undefined) return;
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  // An alias is shared: what is set through it would be set elsewhere too.
  if (!isMap(parent) && !isSeq(parent))
    throw plumbError('writeback.file-invalid', 'the field lies behind an alias of the file');
  if (after === undefined) parent.delete(path.at(-1));
  else parent.set(path.at(-1), document.createNode(after, { aliasDuplicateObjects: false }));
}
