import { formatFieldPath, isJsonObject, isSame, type FieldPath } from './fields.ts';

/** A field that two have changed since the same base, each to another value. */
export interface FieldConflict {
  /** As people write it: `spec.replicas`. */
  readonly field: string;
  /** What it was when both began; undefined where there was none. */
  readonly base: unknown;
  /** What this change makes of it; undefined where it removes it. */
  readonly ours: unknown;
  /** What somebody else has made of it meanwhile. */
  readonly theirs: unknown;
}

/** What two changes of the same base come to. */
export interface Merged<T> {
  /** Both changes; ours where there is a conflict. */
  readonly value: T;
  readonly conflicts: readonly FieldConflict[];
}

/**
 * Joins two changes field by field. Lists whose items are told apart by their names are joined item by item, other lists
 * are one field. What only one has changed is that one's, what both have changed alike is no conflict.
 */
export function mergeFields<T>(base: T | undefined, ours: T, theirs: T): Merged<T> {
  const conflicts: FieldConflict[] = [];
  const value = mergeAt([], base, ours, theirs, conflicts) as T;
  return { value, conflicts };
}

function mergeAt(path: FieldPath, base: unknown, ours: unknown, theirs: unknown, into: FieldConflict[]): unknown {
  if (isSame(base, theirs) || isSame(ours, theirs)) return ours;
  if (isSame(base, ours)) return theirs;
  if (isJsonObject(ours) && isJsonObject(theirs)) {
    return mergeMaps(path, isJsonObject(base) ? base : {}, ours, theirs, into);
  }
  const lists = namedLists(base, ours, theirs);
  if (lists !== undefined) return mergeLists(path, lists, into);
  into.push({ field: formatFieldPath(path), base, ours, theirs });
  return ours;
}

type Fields = { readonly [name: string]: unknown };

function mergeMaps(path: FieldPath, base: Fields, ours: Fields, theirs: Fields, into: FieldConflict[]): Fields {
  const merged: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const value = mergeAt([...path, name], base[name], ours[name], theirs[name], into);
    if (value !== undefined) merged.push([name, value]);
  }
  return Object.fromEntries(merged);
}

interface NamedLists {
  readonly base: ReadonlyMap<string, Fields>;
  readonly ours: ReadonlyMap<string, Fields>;
  readonly theirs: ReadonlyMap<string, Fields>;
}

/** Lists whose items all have a name of their own, as containers and variables have; undefined for any other. */
function namedLists(base: unknown, ours: unknown, theirs: unknown): NamedLists | undefined {
  const [first, second, third] = [base ?? [], ours, theirs].map(byName);
  return first === undefined || second === undefined || third === undefined
    ? undefined
    : { base: first, ours: second, theirs: third };
}

function byName(list: unknown): ReadonlyMap<string, Fields> | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map<string, Fields>();
  for (const item of list as readonly unknown[]) {
    const name = isJsonObject(item) ? item['name'] : undefined;
    if (typeof name !== 'string' || items.has(name)) return undefined;
    items.set(name, item as Fields);
  }
  return items;
}

function mergeLists(path: FieldPath, { base, ours, theirs }: NamedLists, into: FieldConflict[]): unknown {
  const order = mergeOrder([...base.keys()], [...ours.keys()], [...theirs.keys()]);
  if (order === undefined) {
    into.push({
      field: formatFieldPath(path),
      base: [...base.values()],
      ours: [...ours.values()],
      theirs: [...theirs.values()],
    });
    return [...ours.values()];
  }
  return order.flatMap((name) => {
    const at = [...path, `name=${name}`];
    const value = mergeAt(at, base.get(name), ours.get(name), theirs.get(name), into);
    return value === undefined ? [] : [value];
  });
}

const join = (leading: readonly string[], other: readonly string[]): readonly string[] => [
  ...leading,
  ...other.filter((name) => !leading.includes(name)),
];

/** The order of whoever changed it; undefined where both did, and not alike. New items of the other come last. */
function mergeOrder(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] | undefined {
  const keepsOrder = (list: readonly string[]): boolean =>
    isSame(
      base.filter((name) => list.includes(name)),
      list.filter((name) => base.includes(name)),
    );
  if (keepsOrder(ours)) return join(theirs, ours);
  return keepsOrder(theirs) ? join(ours, theirs) : undefined;
}
