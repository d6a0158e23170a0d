import { posix } from 'node:path';
import { plumbError } from '../../../errors.ts';
import type { FileChange } from '../../../git/index.ts';
import type { Json, JsonObject } from '../../../object.ts';
import type { FileTree } from '../../../render/index.ts';
import { documentsOf, editDocument } from '../edit/edit-document.ts';
import { fieldOf, isList, isObject } from '../field-path.ts';
import { readText, textChange } from '../files.ts';
import type { FieldEdit } from '../types.ts';

/** What a kustomization may be called. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A kustomization file, taken apart. */
export interface Kustomization {
  /** The folder that it stands for. */
  readonly folder: string;
  readonly file: string;
  readonly text: string;
  readonly fields: JsonObject;
}

/** The kustomization of a folder; undefined where it has none. @throws PlumbError where it cannot be read */
export async function readKustomization(tree: FileTree, folder: string): Promise<Kustomization | undefined> {
  for (const name of kustomizationNames) {
    const path = posix.join(folder, name);
    if ((await tree.stat(path))?.kind !== 'file') continue;
    const { path: file, text } = await readText(tree, path);
    const fields = documentsOf(text)[0]?.value;
    return { folder, file, text, fields: isObject(fields) ? fields : {} };
  }
  return undefined;
}

/** The kustomization that an Application renders. @throws PlumbError `writeback.cannot-place` where there is none */
export async function rootKustomization(tree: FileTree, folder: string): Promise<Kustomization> {
  const found = await readKustomization(tree, folder);
  if (found !== undefined) return found;
  throw plumbError('writeback.cannot-place', 'there is no kustomization', { where: { file: folder } });
}

/** A kustomization with fields of it changed. */
export function editKustomization({ file, text }: Kustomization, edits: readonly FieldEdit[]): FileChange {
  return textChange(file, editDocument(text, 0, edits));
}

/** The items of a list of the kustomization; none where it has no such list. */
export function itemsOf({ fields }: Kustomization, name: string): readonly Json[] {
  const items = fieldOf(fields, name);
  return isList(items) ? items : [];
}

/** A field of an item that is a text; undefined where it is none. */
export function textIn(item: Json | undefined, name: string): string | undefined {
  const value = isObject(item) ? fieldOf(item, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** What `resources` names, entry by entry, as paths of the tree; empty for what is no path. */
export function resourcePaths(kustomization: Kustomization): string[] {
  return itemsOf(kustomization, 'resources').map((item) =>
    typeof item === 'string' ? posix.join(kustomization.folder, item) : '',
  );
}

/** What a kustomization builds on, as paths of the tree; what is remote is left out. */
export function referencesOf({ folder, fields }: Pick<Kustomization, 'folder' | 'fields'>): string[] {
  return ['resources', 'bases', 'components']
    .flatMap((name) => {
      const items = fieldOf(fields, name);
      return isList(items) ? items : [];
    })
    .flatMap((item) => (typeof item === 'string' && !item.includes('://') ? [posix.join(folder, item)] : []))
    .map((path) => path.replace(/\/$/, ''));
}
