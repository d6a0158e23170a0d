import { plumbError, type PlumbError } from '../../errors.ts';
import type { Json, JsonObject } from '../../object.ts';
import type { FieldEdit, FieldStep, ItemKeys } from './types.ts';

/** A path as people read it: `spec.template.spec.containers[name=web].image`. */
export function formatFieldPath(path: readonly FieldStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'object') text += `[${formatKeys(step)}]`;
    else if (/^[\w$-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

function formatKeys(keys: ItemKeys): string {
  return Object.entries(keys)
    .map(([field, value]) => `${field}=${String(value)}`)
    .join(',');
}

/** True for what has named fields. */
export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** True for a list; the type of `Array.isArray` loses that it is read-only. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A field by its name, and nothing that all objects have, such as `constructor`. */
export function fieldOf(fields: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/**
 * The index of the item that has the keys, or -1. Where no item has all of them, one that lacks some and has the others
 * is meant: the server fills in what an object leaves out, such as the protocol of a port.
 */
export function indexOfItem(items: readonly unknown[], keys: ItemKeys): number {
  const fields = Object.entries(keys);
  const exact = items.findIndex((item) => isObject(item) && fields.every(([field, value]) => item[field] === value));
  if (exact >= 0) return exact;
  const fitting = items.flatMap((item, index) => (isObject(item) && fits(item, fields) ? [index] : []));
  return fitting.length === 1 ? (fitting[0] ?? -1) : -1;
}

function fits(item: JsonObject, fields: readonly (readonly [string, unknown])[]): boolean {
  const [first] = fields;
  if (first === undefined || item[first[0]] !== first[1]) return false;
  return fields.every(([field, value]) => item[field] === undefined || item[field] === value);
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(root: unknown, path: readonly FieldStep[]): Json | undefined {
  let value = root as Json | undefined;
  for (const step of path) {
    if (isList(value)) value = typeof step === 'string' ? undefined : value[itemIndex(value, step)];
    else if (isObject(value) && typeof step === 'string') value = fieldOf(value, step);
    else return undefined;
  }
  return value;
}

function itemIndex(items: readonly unknown[], step: number | ItemKeys): number {
  return typeof step === 'number' ? step : indexOfItem(items, step);
}

/** The path as names and indexes, up to the first step that leads to something that is not there. */
export function existingPath(root: Json, { path }: FieldEdit): readonly (string | number)[] {
  const found: (string | number)[] = [];
  for (const step of path) {
    const current = valueAt(root, found);
    if (current === undefined || current === null) break;
    if (typeof step !== 'object') found.push(step);
    else if (isList(current)) {
      const index = indexOfItem(current, step);
      found.push(index < 0 ? current.length : index);
    } else break;
  }
  return found;
}

/**
 * The value with edits made, one after the other. An edit of the root gives the value itself.
 * @throws PlumbError `writeback.cannot-place` where a path leads through something that has no such fields
 */
export function applyEdits(root: Json | undefined, edits: readonly FieldEdit[]): Json | undefined {
  return edits.reduce<Json | undefined>((value, edit) => applyEdit(value, edit, 0), root);
}

function applyEdit(current: Json | undefined, edit: FieldEdit, depth: number): Json | undefined {
  const step = edit.path[depth];
  if (step === undefined) return edit.value;
  if (current === undefined || current === null) return edit.value === undefined ? current : wrap(edit, depth);
  if (typeof step === 'string') {
    if (!isObject(current)) throw wrongStep(edit, depth);
    return withField(current, step, applyEdit(fieldOf(current, step), edit, depth + 1));
  }
  if (!isList(current)) throw wrongStep(edit, depth);
  const index = itemIndex(current, step);
  const item = current[index];
  if (item === undefined) {
    if (edit.value === undefined) return current;
    if (typeof step === 'number' && step !== current.length) throw wrongStep(edit, depth);
    return [...current, ...newItem(edit, depth)];
  }
  const changed = applyEdit(item, edit, depth + 1);
  return changed === undefined ? current.toSpliced(index, 1) : current.with(index, changed);
}

function withField(fields: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...fields, [name]: value };
  return Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
}

/** What the rest of a path makes where nothing is there yet. */
function wrap(edit: FieldEdit, depth: number): Json | undefined {
  const step = edit.path[depth];
  if (step === undefined) return edit.value;
  if (typeof step === 'string') return withField({}, step, wrap(edit, depth + 1));
  if (typeof step === 'number' && step !== 0) throw wrongStep(edit, depth);
  return newItem(edit, depth);
}

/** The item that an edit adds to a list. It has the keys that the path gives it. */
function newItem(edit: FieldEdit, depth: number): Json[] {
  const step = edit.path[depth];
  const inner = wrap(edit, depth + 1);
  if (typeof step !== 'object') return inner === undefined ? [] : [inner];
  if (depth + 1 === edit.path.length && !isObject(inner)) throw wrongStep(edit, depth);
  return [{ ...step, ...(isObject(inner) ? inner : {}) }];
}

function wrongStep(edit: FieldEdit, depth: number): PlumbError {
  const field = formatFieldPath(edit.path.slice(0, depth + 1));
  return plumbError('writeback.cannot-place', `there is no ${field}, and it cannot be made`, {
    where: { field: formatFieldPath(edit.path) },
  });
}
