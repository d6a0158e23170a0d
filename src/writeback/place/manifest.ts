import { plumbError } from '../../errors.ts';
import { groupOf, type Json, type JsonObject, type KubeObject } from '../../object.ts';
import { applySplices, lineBreakOf } from './edit/text.ts';
import { documentsOf, editDocument } from './edit/edit-document.ts';
import { blockLines, fieldsOf, type Layout, layoutOfFile, usualLayout } from './edit/layout.ts';
import { isList, isObject } from './field-path.ts';
import type { FieldEdit } from './types.ts';

/** Where an object stands in a file. */
export interface ManifestPlace {
  /** Index of the document, without those that are empty. */
  readonly document: number;
  /** Path of the object in its document: empty, or that of an item of a List. */
  readonly path: readonly (string | number)[];
  /** The object as it is written. */
  readonly written: JsonObject;
}

/** What tells an object in a file; it may be written under a shorter name than it is rendered under. */
export type Likeness = Pick<KubeObject, 'apiVersion' | 'kind'> & { readonly metadata: { readonly name: string } };

/**
 * Finds a rendered object in the file that it came from.
 * @throws PlumbError `writeback.cannot-place` where it is not there, or two may be meant
 */
export function findInManifest(text: string, document: number, object: Likeness): ManifestPlace {
  const written = documentsOf(text)[document]?.value;
  if (!isObject(written)) throw notThere(object);
  const { kind, items } = written;
  if (!isList(items) || typeof kind !== 'string' || !kind.endsWith('List')) return { document, path: [], written };
  const alike = items.flatMap((item, index) => (isLike(item, written, object) ? [{ item, index }] : []));
  const longest = Math.max(...alike.map(({ item }) => nameOf(item).length));
  const [found, ...others] = alike.filter(({ item }) => nameOf(item).length === longest);
  if (found === undefined || !isObject(found.item)) throw notThere(object);
  if (others.length > 0) throw plumbError('writeback.cannot-place', 'two items of the List may be meant');
  return { document, path: ['items', found.index], written: found.item };
}

function isLike(item: Json, list: JsonObject, { apiVersion, kind, metadata }: Likeness): boolean {
  if (!isObject(item)) return false;
  const ownKind = item['kind'] ?? (list['kind'] === `${kind}List` ? kind : undefined);
  const ownVersion = item['apiVersion'] ?? list['apiVersion'];
  const sameGroup = typeof ownVersion === 'string' && groupOf(ownVersion) === groupOf(apiVersion);
  return ownKind === kind && sameGroup && nameOf(item) !== '' && metadata.name.includes(nameOf(item));
}

/** The name that an object is written under; empty where it has none. */
export function nameOf(written: Json): string {
  const metadata = isObject(written) ? written['metadata'] : undefined;
  const name = isObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

function notThere({ kind, metadata }: Likeness) {
  return plumbError('writeback.cannot-place', `${kind} ${metadata.name} does not stand where the render found it`);
}

/** A file with an object in it changed. */
export function editInManifest(text: string, { document, path }: ManifestPlace, edits: readonly FieldEdit[]): string {
  return editDocument(
    text,
    document,
    edits.map((edit) => ({ ...edit, path: [...path, ...edit.path] })),
  );
}

/** A file without one of its objects; undefined where none is left in it. */
export function removeFromManifest(text: string, { document, path }: ManifestPlace): string | undefined {
  const documents = documentsOf(text);
  const found = documents[document];
  if (found === undefined) return undefined;
  const items = isObject(found.value) ? found.value['items'] : undefined;
  if (path.length > 0 && isList(items) && items.length > 1)
    return editDocument(text, document, [{ path, value: undefined }]);
  if (documents.length === 1) return undefined;
  const { from, to } = found.chunk;
  const gap = found.json ? (/^\s*/.exec(text.slice(to))?.[0].length ?? 0) : 0;
  return applySplices(text, [{ from, to: to + gap, text: '' }]);
}

/** The text of a new file with one object, or what is added to a file as its last document. */
export function manifestText(object: Json, json: boolean, like?: string): string {
  const layout: Layout = like === undefined ? usualLayout : layoutOfFile(like);
  const ordered = isObject(object) ? inUsualOrder(object) : object;
  const lines = json ? JSON.stringify(ordered, undefined, 2).split('\n') : blockLines(ordered, 0, layout);
  return lines.map((line) => line + layout.lineBreak).join('');
}

/** A file with one more document at its end. */
export function withDocument(text: string, object: Json, json: boolean): string {
  const lineBreak = lineBreakOf(text);
  const ended = text === '' || text.endsWith('\n') ? text : text + lineBreak;
  const marker = json || text.trim() === '' ? '' : `---${lineBreak}`;
  return ended + marker + manifestText(object, json, text);
}

/** What people expect first, comes first. */
function inUsualOrder(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  const first = isObject(metadata) ? fieldsOf(metadata).toSorted(byName) : undefined;
  const head = { apiVersion, kind, metadata: first === undefined ? metadata : Object.fromEntries(first) };
  return Object.fromEntries([...fieldsOf(head), ...fieldsOf(rest)]);
}

function byName([a]: readonly [string, Json], [b]: readonly [string, Json]): number {
  return rankOf(a) - rankOf(b);
}

function rankOf(name: string): number {
  return ['name', 'namespace'].indexOf(name) + 1 || 3;
}
