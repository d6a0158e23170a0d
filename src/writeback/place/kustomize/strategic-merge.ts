import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../../object.ts';
import { applyEdits, valueAt } from '../field-path.ts';
import type { FieldEdit, FieldStep } from '../types.ts';
import type { Target } from './target.ts';

/**
 * How a patch takes something away: by no longer setting it, where the patch itself did, or by saying that it goes.
 */
export type Removal = 'unset' | 'delete';

/**
 * Edits of an object as edits of a strategic merge patch for it. Such a patch knows no indexes: a list whose items have
 * no keys is set as a whole.
 */
export function patchEdits(object: Json, edits: readonly FieldEdit[], removal: Removal): readonly FieldEdit[] {
  const after = applyEdits(object, edits);
  const found: FieldEdit[] = [];
  for (const { path, value } of edits) {
    const list = path.findIndex((step) => typeof step === 'number');
    const edit = list < 0 ? { path, value: written(path, value, removal) } : wholeList(after, path.slice(0, list));
    if (!found.some((other) => isDeepStrictEqual(other, edit))) found.push(edit);
  }
  return found;
}

function wholeList(after: Json | undefined, path: readonly FieldStep[]): FieldEdit {
  return { path, value: valueAt(after, path) };
}

function written(path: readonly FieldStep[], value: Json | undefined, removal: Removal): Json | undefined {
  if (value !== undefined || removal === 'unset') return value;
  const last = path.at(-1);
  return typeof last === 'object' ? { $patch: 'delete', ...last } : null;
}

/** A patch that makes edits of an object. */
export function newPatch({ apiVersion, kind, namespace }: Target, name: string, edits: readonly FieldEdit[]): Json {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return applyEdits({ apiVersion, kind, metadata }, edits) ?? null;
}

/** A patch that takes an object away. */
export function deletionPatch({ apiVersion, kind, namespace }: Target, name: string): Json {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, metadata, $patch: 'delete' };
}
