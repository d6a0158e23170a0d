import type { Json, JsonObject } from '../../../object.ts';
import { isObject } from '../field-path.ts';

/** Names and indexes that lead to one of the values of a chart. */
export type ValuePath = readonly (string | number)[];

/** The part of a path before its first index: Helm merges maps, and takes lists as a whole. */
export function untilList(path: ValuePath): readonly string[] {
  const names: string[] = [];
  for (const step of path) {
    if (typeof step === 'number') break;
    names.push(step);
  }
  return names;
}

/** Values laid over others as Helm does it: maps by field, all else as a whole; null takes a field away. */
export function mergeValues(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const old = merged[name];
    if (value === null && old !== undefined && old !== null) delete merged[name];
    else merged[name] = isObject(old) && isObject(value) ? mergeValues(old, value) : value;
  }
  return merged;
}
