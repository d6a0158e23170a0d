import { isDeepStrictEqual } from 'node:util';
import { formatKey, type Json, keyOf, type KubeObject, type ObjectKey } from '../../object.ts';
import { editsBetween } from './edits-between.ts';
import { applyEdits, formatFieldPath, isList, isObject, valueAt } from './field-path.ts';
import { findRendered } from './find-rendered.ts';
import type { FieldStep, RenderedObject, Wish } from './types.ts';

/** What the hash of the content adds to the name of a generated object. */
const hashSuffix = /-[a-z0-9]{10}$/;

/** How many differences are told. */
const mostTold = 5;

/**
 * Why the difference between two renders is not exactly the wishes; empty where it is. A generated object may get
 * another hash at the end of its name, and what names it may follow: that is what a generator is for. No value is told.
 * @param namespace of objects that name none
 */
export function disproofs(
  before: readonly RenderedObject[],
  after: readonly RenderedObject[],
  wishes: readonly Wish[],
  namespace: string,
): readonly string[] {
  const actual = new Map(after.map(({ object }) => [formatKey(keyOf(object)), object as Json]));
  if (actual.size < after.length) return ['two objects would have the same name'];
  const was = new Map(before.map(({ object }) => [formatKey(keyOf(object)), object as Json]));
  const expected = followHashes(expectedOf(before, wishes, namespace), actual, before);
  const told = [...new Set([...expected.keys(), ...actual.keys()])].flatMap((key) =>
    differences(key, was.get(key), expected.get(key), actual.get(key)),
  );
  const more = told.length - mostTold;
  return more > 0 ? [...told.slice(0, mostTold), `and ${more} more`] : told;
}

function expectedOf(before: readonly RenderedObject[], wishes: readonly Wish[], namespace: string): Map<string, Json> {
  const expected = new Map(before.map(({ object }) => [formatKey(keyOf(object)), object as Json]));
  for (const { key, edits } of wishes) {
    const found = findRendered(before, key, namespace)?.object;
    const name = found === undefined ? undefined : formatKey(keyOf(found));
    const value = applyEdits(name === undefined ? undefined : expected.get(name), edits);
    if (name !== undefined) expected.delete(name);
    if (isObject(value)) expected.set(formatKey(keyOf(value as KubeObject)), value);
  }
  return expected;
}

function followHashes(
  expected: Map<string, Json>,
  actual: ReadonlyMap<string, Json>,
  before: readonly RenderedObject[],
): ReadonlyMap<string, Json> {
  const renamed = new Map<string, string>();
  for (const { object, origin } of before) {
    const key = keyOf(object);
    if (origin.generator === undefined || !hashSuffix.test(key.name)) continue;
    if (!expected.has(formatKey(key)) || actual.has(formatKey(key))) continue;
    const successors = [...actual.values()].flatMap((each) => {
      const other = keyOf(each as KubeObject);
      return isSuccessor(key, other) && !expected.has(formatKey(other)) ? [other.name] : [];
    });
    const [only] = successors;
    if (only !== undefined && successors.length === 1) renamed.set(key.name, only);
  }
  if (renamed.size === 0) return expected;
  const values = [...expected.values()].map((value) => withNames(value, renamed));
  return new Map(values.map((value) => [formatKey(keyOf(value as KubeObject)), value]));
}

/** Whether a name is that of a generated object with another content. */
export function isSuccessor(old: ObjectKey, other: ObjectKey): boolean {
  const base = ({ group, kind, namespace, name }: ObjectKey) => [group, kind, namespace, name.replace(hashSuffix, '')];
  return hashSuffix.test(other.name) && isDeepStrictEqual(base(old), base(other));
}

function withNames(value: Json | undefined, renamed: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return renamed.get(value) ?? value;
  if (isList(value)) return value.map((item) => withNames(item, renamed));
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withNames(field, renamed)]));
}

function differences(
  key: string,
  was: Json | undefined,
  expected: Json | undefined,
  actual: Json | undefined,
): string[] {
  if (expected === undefined)
    return actual === undefined ? [] : [`${key} would ${was === undefined ? '' : 'still '}be there`];
  if (actual === undefined) return [`${key} would not be there`];
  return editsBetween(expected, actual).map(({ path }) =>
    isDeepStrictEqual(valueAt(was, path), valueAt(expected, path))
      ? `${fieldOf(path)} of ${key} would change too`
      : `${fieldOf(path)} of ${key} would not be as it shall be`,
  );
}

function fieldOf(path: readonly FieldStep[]): string {
  return path.length === 0 ? 'the whole' : formatFieldPath(path);
}
