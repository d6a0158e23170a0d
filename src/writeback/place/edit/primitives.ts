import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../../object.ts';
import { applyEdits, existingPath, fieldOf, isList, isObject, valueAt } from '../field-path.ts';
import type { FieldEdit } from '../types.ts';

/** One change that touches one place of a document. */
export interface Primitive {
  readonly kind: 'set' | 'insert' | 'remove';
  readonly path: readonly (string | number)[];
  /** Undefined where something is removed. */
  readonly value: Json | undefined;
}

/**
 * What an edit comes to in a document: as little as possible, one after the other.
 * @throws PlumbError `writeback.cannot-place` where the path leads through something that has no such fields
 */
export function primitivesOf(root: Json, edit: FieldEdit): readonly Primitive[] {
  const after = applyEdits(root, [edit]);
  const at = existingPath(root, edit);
  const before = valueAt(root, at);
  const value = valueAt(after, at);
  if (edit.value === undefined) {
    return before === undefined || at.length < edit.path.length ? [] : [{ kind: 'remove', path: at, value: undefined }];
  }
  return value === undefined ? [] : changes(before, value, at);
}

function changes(before: Json | undefined, after: Json, path: Primitive['path']): readonly Primitive[] {
  if (isObject(before) && isObject(after)) return fieldChanges(before, after, path);
  if (isList(before) && isList(after)) return itemChanges(before, after, path);
  return [{ kind: 'set', path, value: after }];
}

function fieldChanges(before: JsonObject, after: JsonObject, path: Primitive['path']): Primitive[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].flatMap((name): readonly Primitive[] => {
    const old = fieldOf(before, name);
    const value = fieldOf(after, name);
    const at = [...path, name];
    if (isDeepStrictEqual(old, value)) return [];
    return value === undefined ? [{ kind: 'remove', path: at, value: undefined }] : changes(old, value, at);
  });
}

/** What stays the same in both lists stays in place; between, items become others, come and go. From the end on. */
function itemChanges(before: readonly Json[], after: readonly Json[], path: Primitive['path']): Primitive[] {
  const found: Primitive[] = [];
  for (const run of differentRuns(before, after).toReversed()) {
    const [from, removed, added] = run;
    const common = Math.min(removed, added.length);
    for (let index = removed - 1; index >= common; index -= 1) {
      found.push({ kind: 'remove', path: [...path, from + index], value: undefined });
    }
    for (const value of added.slice(common).toReversed()) {
      found.push({ kind: 'insert', path: [...path, from + common], value });
    }
    for (const [index, value] of added.slice(0, common).entries()) {
      found.push(...changes(before[from + index], value, [...path, from + index]));
    }
  }
  return found;
}

/** Index in the old list, how many old items there, and the new ones in their place. */
type Run = readonly [from: number, removed: number, added: readonly Json[]];

function differentRuns(before: readonly Json[], after: readonly Json[]): Run[] {
  const runs: Run[] = [];
  let old = 0;
  let now = 0;
  for (const [keptOld, keptNow] of [...commonItems(before, after), [before.length, after.length] as const]) {
    if (keptOld > old || keptNow > now) runs.push([old, keptOld - old, after.slice(now, keptNow)]);
    old = keptOld + 1;
    now = keptNow + 1;
  }
  return runs;
}

/** The longest common subsequence, as pairs of indexes. */
function commonItems(before: readonly Json[], after: readonly Json[]): (readonly [number, number])[] {
  const texts = [before, after].map((items) => items.map((item) => JSON.stringify(item)));
  const [old = [], now = []] = texts;
  const lengths: number[][] = [...old, ''].map(() => [...now, ''].map(() => 0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] ?? [];
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
