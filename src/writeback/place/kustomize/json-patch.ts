import type { Json } from '../../../object.ts';
import { applyEdits, existingPath, isList, valueAt } from '../field-path.ts';
import type { FieldEdit } from '../types.ts';

/** One operation of a JSON patch (RFC 6902). */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/** The operations that edits of an object come to. */
export function operationsFor(object: Json, edits: readonly FieldEdit[]): readonly Operation[] {
  const operations: Operation[] = [];
  let current: Json = object;
  for (const edit of edits) {
    const next = applyEdits(current, [edit]);
    const path = existingPath(current, edit);
    const value = valueAt(next, path);
    const pointer = pointerOf(path);
    if (edit.value === undefined) operations.push({ op: 'remove', path: pointer });
    else if (valueAt(current, path) !== undefined)
      operations.push({ op: 'replace', path: pointer, value: value ?? null });
    else operations.push({ op: 'add', path: appended(current, path), value: value ?? null });
    current = next ?? null;
  }
  return operations;
}

function appended(root: Json, path: readonly (string | number)[]): string {
  const list = valueAt(root, path.slice(0, -1));
  return isList(list) && path.at(-1) === list.length ? `${pointerOf(path.slice(0, -1))}/-` : pointerOf(path);
}

/** A path as a JSON pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
