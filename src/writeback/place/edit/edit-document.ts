import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isNode, isSeq, parseDocument } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import type { Json } from '../../../object.ts';
import { applyEdits, formatFieldPath, valueAt } from '../field-path.ts';
import type { FieldEdit } from '../types.ts';
import { addPair, insertItem, replaceValue } from './change.ts';
import { type Chunk, jsonChunks, yamlChunks } from './documents.ts';
import { layoutOf } from './layout.ts';
import {
  cannot,
  countAliases,
  hasMerge,
  isNull,
  pairOf,
  refuseShared,
  rootSlot,
  type Slot,
  slotOfItem,
  slotOfPair,
  type Source,
} from './nodes.ts';
import { primitivesOf, type Primitive } from './primitives.ts';
import { removeItem, removePair } from './remove.ts';
import { applySplices, type Splice } from './text.ts';

/**
 * A file with edits made in one of its documents: YAML, or JSON objects one after the other. Nothing is written anew
 * that need not be: comments, order, quotes, block styles, indentation, line breaks and the other documents stay.
 * @param index of the document; those without content are not counted
 * @throws PlumbError `writeback.cannot-place` where it cannot be done without touching something else
 */
export function editDocument(text: string, index: number, edits: readonly FieldEdit[]): string {
  const { chunk, json } = findChunk(text, index);
  const before = text.slice(chunk.from, chunk.to);
  const after = edits.reduce((current, edit) => editChunk(current, edit, json, text), before);
  return text.slice(0, chunk.from) + after + text.slice(chunk.to);
}

/** A document of a file, as the renderer counts them. */
export interface FoundDocument {
  readonly chunk: Chunk;
  readonly json: boolean;
  /** What it holds; read when it is asked for. @throws PlumbError `writeback.cannot-place` where it cannot be read */
  readonly value: Json;
}

/** The documents of a file that have content. @throws PlumbError `writeback.cannot-place` where one cannot be read */
export function documentsOf(text: string): readonly FoundDocument[] {
  const objects = jsonChunks(text);
  const json = objects !== undefined;
  return (objects ?? yamlChunks(text)).flatMap((chunk) => {
    const own = text.slice(chunk.from, chunk.to);
    const read = (): Json => parse(own, json).document.toJS() as Json;
    const left = withoutComments(own);
    // Only what is short may be a null; a file of many documents is not read as a whole for one of them.
    if (left === '' || (left.length < 10 && read() === null)) return [];
    return [
      {
        chunk,
        json,
        get value() {
          return read();
        },
      },
    ];
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(/^(?:---|\.\.\.)?[ \t]*(?:#.*)?\r?$/gm, '').trim();
}

function findChunk(text: string, index: number): { readonly chunk: Chunk; readonly json: boolean } {
  const found = documentsOf(text)[index];
  if (found === undefined) throw cannot(`the file has no document ${index}`);
  return found;
}

function parse(text: string, json: boolean, file = text): Source {
  const document = parseDocument(text, { keepSourceTokens: true, merge: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw cannot(`the file is no plain YAML: ${error.message.split('\n')[0]?.replace(/:$/, '') ?? ''}`);
  }
  return { text, document, layout: layoutOf(text, document, json, file), aliases: countAliases(document) };
}

function editChunk(text: string, edit: FieldEdit, json: boolean, file: string): string {
  const before = parse(text, json).document.toJS() as Json;
  const after = applyEdits(before, [edit]);
  let current = text;
  for (const primitive of primitivesOf(before, edit)) {
    const source = parse(current, json, file);
    current = applySplices(current, splicesFor(source, primitive));
  }
  // Whatever a document may hold: what comes out is what was asked for, or nothing does.
  const result = readBack(current, json);
  if (!isDeepStrictEqual(result, after)) {
    throw cannot(`${formatFieldPath(edit.path)} cannot be written where it stands without changing something else`);
  }
  return current;
}

function readBack(text: string, json: boolean): unknown {
  try {
    return json ? (JSON.parse(text) as unknown) : parse(text, json).document.toJS();
  } catch {
    return undefined;
  }
}

function splicesFor(source: Source, { kind, path, value }: Primitive): readonly Splice[] {
  let slot: Slot = rootSlot(source);
  for (const [depth, step] of path.entries()) {
    const { node } = slot;
    const rest = path.slice(depth);
    refuseShared(source, node, false);
    if (isAlias(node) || isNull(node)) return writeOut(source, slot, { kind, path: rest, value });
    const isLast = rest.length === 1;
    if (isMap(node) && typeof step === 'string') {
      const pair = pairOf(node, step);
      if (pair === undefined) return addField(source, slot, node, { kind, path: rest, value });
      if (isLast && kind === 'remove') return removePair(source, slot, node, pair);
      slot = slotOfPair(source.text, node, pair);
    } else if (isSeq(node) && typeof step === 'number') {
      if (step === node.items.length || (isLast && kind === 'insert')) {
        return insertItem(source, slot, node, step, made(undefined, rest.slice(1), value));
      }
      if (isLast && kind === 'remove') return removeItem(source, slot, node, step);
      slot = slotOfItem(source.text, node, step);
    } else throw cannot(`there is no ${formatFieldPath(path.slice(0, depth + 1))}`);
  }
  return replaceValue(source, slot, value ?? null);
}

/** Puts a value of its own in place of an alias, or of nothing, with the rest of the change made in it. */
function writeOut(source: Source, slot: Slot, { kind, path, value }: Primitive): readonly Splice[] {
  const { node } = slot;
  const known = isAlias(node) ? (node.toJS(source.document) as Json) : undefined;
  return replaceValue(source, slot, made(known, path, kind === 'remove' ? undefined : value, kind));
}

/** Adds a field that is not written in the map itself; one that it has by `<<` is written out before it is changed. */
function addField(
  source: Source,
  slot: Slot,
  map: YAMLMap,
  { kind, path: [name, ...rest], value }: Primitive,
): readonly Splice[] {
  const merged = hasMerge(map) ? valueAt(toJson(map, source), [String(name)]) : undefined;
  if (kind === 'remove' && rest.length === 0) {
    throw cannot(`${String(name)} comes from what the map merges, and cannot be removed from it alone`);
  }
  return addPair(source, slot, map, String(name), made(merged, rest, value, kind));
}

function toJson(node: Node, { document }: Source): Json | undefined {
  return isNode(node) ? (node.toJS(document) as Json) : undefined;
}

function made(
  known: Json | undefined,
  path: readonly (string | number)[],
  value: Json | undefined,
  kind: Primitive['kind'] = 'set',
): Json {
  const at = path.at(-1);
  if (kind !== 'insert' || typeof at !== 'number') return applyEdits(known, [{ path, value }]) ?? null;
  const list = valueAt(known, path.slice(0, -1));
  const items = Array.isArray(list) ? (list as Json[]) : [];
  return applyEdits(known, [{ path: path.slice(0, -1), value: items.toSpliced(at, 0, value ?? null) }]) ?? null;
}
