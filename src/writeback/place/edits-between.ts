import { isDeepStrictEqual } from 'node:util';
import { guessedKeyFields } from '../../list-keys.ts';
import type { Json, JsonObject } from '../../object.ts';
import { fieldOf, isList, isObject } from './field-path.ts';
import type { FieldEdit, FieldStep, ItemKeys } from './types.ts';

/**
 * The edits that make one value of another, each as deep as it can be: what is equal is in none of them. Items of lists
 * are named by their keys where they have some. A list whose items change their order is replaced as a whole.
 */
export function editsBetween(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly FieldStep[] = [],
): readonly FieldEdit[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) return editsOfFields(before, after, path);
  if (isList(before) && isList(after)) return editsOfItems(before, after, path) ?? [{ path, value: after }];
  return [{ path, value: after }];
}

function editsOfFields(before: JsonObject, after: JsonObject, path: readonly FieldStep[]): FieldEdit[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => editsBetween(fieldOf(before, field), fieldOf(after, field), [...path, field]));
}

function editsOfItems(
  before: readonly Json[],
  after: readonly Json[],
  path: readonly FieldStep[],
): FieldEdit[] | undefined {
  const fields = guessedKeyFields(before, after);
  return fields === undefined ? editsByIndex(before, after, path) : editsByKeys(before, after, fields, path);
}

/** Where nothing tells the items apart: items changed in place, or some added or taken away at the end. */
function editsByIndex(
  before: readonly Json[],
  after: readonly Json[],
  path: readonly FieldStep[],
): FieldEdit[] | undefined {
  const common = Math.min(before.length, after.length);
  const same = before.slice(0, common).filter((item, index) => isDeepStrictEqual(item, after[index])).length;
  const inPlace = before.length === after.length;
  if (!inPlace && same < common) return undefined;
  const edits = after.flatMap((item, index) => editsBetween(before[index], item, [...path, index]));
  const removed = before.slice(common).map((_, index) => ({ path: [...path, common + index], value: undefined }));
  return [...edits, ...removed.toReversed()];
}

function editsByKeys(
  before: readonly Json[],
  after: readonly Json[],
  fields: readonly string[],
  path: readonly FieldStep[],
): FieldEdit[] | undefined {
  const keysOf = (item: Json): ItemKeys => keysIn(item, fields);
  const names = after.map((item) => JSON.stringify(keysOf(item)));
  const left = before.filter((item) => names.includes(JSON.stringify(keysOf(item))));
  // New items go to the end; any other order is not what single edits would make.
  const kept = left.every((item, index) => JSON.stringify(keysOf(item)) === names[index]);
  if (!kept) return undefined;
  const removed = before
    .filter((item) => !left.includes(item))
    .map((item): FieldEdit => ({ path: [...path, keysOf(item)], value: undefined }));
  const changed = after.flatMap((item, index) => editsBetween(left[index], item, [...path, keysOf(item)]));
  return [...removed, ...changed];
}

function keysIn(item: Json, fields: readonly string[]): ItemKeys {
  const found: Record<string, string | number> = {};
  for (const field of fields) {
    const value = isObject(item) ? item[field] : undefined;
    if (typeof value === 'string' || typeof value === 'number') found[field] = value;
  }
  return found;
}
