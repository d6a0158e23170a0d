import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, KubeObject } from '../object.ts';

/** The way to a field: names of fields, and numbers of list items. */
export type FieldPath = readonly (string | number)[];

/** A field whose value is another one; undefined where it is not there. */
export interface FieldDifference {
  readonly path: FieldPath;
  readonly before: unknown;
  readonly after: unknown;
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value names itself as an object of Kubernetes does. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isJsonObject(value) || typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string')
    return false;
  const { metadata } = value;
  return isJsonObject(metadata) && typeof metadata['name'] === 'string' && metadata['name'] !== '';
}

/** Equal as JSON: a field that is undefined is none. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isJsonObject(one) && isJsonObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isSame(one[name], other[name]));
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, number) => isSame(item, other[number]));
  }
  return isDeepStrictEqual(one, other);
}

/**
 * The fields in which two values differ, as few and as small as there are: lists of the same length item by item, other
 * lists as a whole.
 */
export function differences(before: unknown, after: unknown, path: FieldPath = []): readonly FieldDifference[] {
  if (isSame(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => differences(before[name], after[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, number) => differences(item, after[number], [...path, number]));
  }
  return [{ path, before, after }];
}

/** The way to a field as people write it: `spec.template.spec.containers[0].image`, `metadata.labels["a/b"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else if (/^[\w-]+=/.test(step)) text += `[${step}]`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
