import { posix } from 'node:path';
import type { FileChange } from '../../../git/index.ts';
import { groupOf, type Json, type JsonObject } from '../../../object.ts';
import type { FileTree } from '../../../render/index.ts';
import { documentsOf } from '../edit/edit-document.ts';
import { fieldOf, isList, isObject } from '../field-path.ts';
import { readText, textChange } from '../files.ts';
import { nameOf } from '../manifest.ts';
import { editKustomization, itemsOf, type Kustomization, textIn } from './kustomization.ts';
import type { Target } from './target.ts';

/** A document of a patch that a kustomization has already. */
export interface ExistingPatch {
  /** Where it stands, for people. */
  readonly place: string;
  readonly text: string;
  /** Index of the document in the text. */
  readonly document: number;
  readonly value: Json;
  /** How many documents the text has. */
  readonly documents: number;
  /** Writes another text in place of it; undefined takes the entry away. */
  readonly write: (text: string | undefined) => readonly FileChange[];
}

/** The patches of a kustomization that are for an object, and for no other. */
export async function patchesFor(
  root: Kustomization,
  target: Target,
  tree: FileTree,
): Promise<readonly ExistingPatch[]> {
  const found: ExistingPatch[] = [];
  for (const list of ['patches', 'patchesStrategicMerge', 'patchesJson6902']) {
    for (const [index, item] of itemsOf(root, list).entries()) {
      const text = await textOf(root, list, index, item, tree);
      if (text !== undefined) found.push(...documentsIn(text).filter((patch) => isFor(patch, item, target)));
    }
  }
  return found;
}

type PatchText = Pick<ExistingPatch, 'place' | 'text' | 'write'>;

async function textOf(
  root: Kustomization,
  list: string,
  index: number,
  item: Json,
  tree: FileTree,
): Promise<PatchText | undefined> {
  const inline = typeof item === 'string' ? (/[\n{]/.test(item) ? item : undefined) : textIn(item, 'patch');
  const name = inline === undefined ? (typeof item === 'string' ? item : textIn(item, 'path')) : undefined;
  if (inline !== undefined) {
    const path = typeof item === 'string' ? [list, index] : [list, index, 'patch'];
    const write = (text: string | undefined) => [
      editKustomization(root, [text === undefined ? { path: [list, index], value: undefined } : { path, value: text }]),
    ];
    return { place: `a patch of ${root.file}`, text: inline, write };
  }
  if (name === undefined || name.includes('://')) return undefined;
  const file = posix.join(root.folder, name);
  if ((await tree.stat(file))?.kind !== 'file') return undefined;
  const { path, text: content } = await readText(tree, file);
  const write = (text: string | undefined): FileChange[] => [
    textChange(path, text),
    ...(text === undefined ? [editKustomization(root, [{ path: [list, index], value: undefined }])] : []),
  ];
  return { place: file, text: content, write };
}

function documentsIn({ text, ...rest }: PatchText): ExistingPatch[] {
  try {
    const documents = documentsOf(text);
    return documents.map(({ value }, document) => ({ ...rest, text, document, value, documents: documents.length }));
  } catch {
    // What cannot be read is no patch that could be edited.
    return [];
  }
}

/** A selector that may mean more than one object is for others too, and is left alone. */
function isFor({ value }: ExistingPatch, item: Json, target: Target): boolean {
  const selector = isObject(item) ? fieldOf(item, 'target') : undefined;
  if (isObject(selector)) return selects(selector, target);
  return isObject(value) && isNamed(value, target);
}

function selects(selector: JsonObject, { kind, names, apiVersion }: Target): boolean {
  const { kind: wanted, name, group = groupOf(apiVersion), labelSelector, annotationSelector } = selector;
  if (labelSelector !== undefined || annotationSelector !== undefined) return false;
  return wanted === kind && typeof name === 'string' && names.includes(name) && group === groupOf(apiVersion);
}

function isNamed(value: JsonObject, { kind, names, apiVersion }: Target): boolean {
  const version = value['apiVersion'];
  const sameGroup = typeof version === 'string' && groupOf(version) === groupOf(apiVersion);
  return value['kind'] === kind && sameGroup && names.includes(nameOf(value));
}

/** Whether a patch is a list of operations. */
export function isOperations({ value }: ExistingPatch): boolean {
  return isList(value);
}
