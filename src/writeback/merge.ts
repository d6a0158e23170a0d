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

/** How the items of a list belong together. */
export type ListRule =
  | {
      readonly type: 'map';
      /** The fields that tell items apart, with what one has that is left out. */
      readonly keys: readonly { readonly name: string; readonly usual?: unknown }[];
    }
  | { readonly type: 'set' }
  | { readonly type: 'atomic' };

/** The rules of the lists of a kind, by their paths: `spec.template.spec.containers[].ports`. */
export type ListRules = ReadonlyMap<string, ListRule>;

/**
 * Joins two changes field by field. Lists are joined item by item where their rule says what tells items apart, or, where
 * there is no rule, all items have names; any other list is one field. What only one has changed is that one's, what
 * both have changed alike is no conflict.
 */
export function mergeFields<T>(base: T | undefined, ours: T, theirs: T, rules: ListRules = new Map()): Merged<T> {
  const conflicts: FieldConflict[] = [];
  const value = mergeAt({ path: [], at: '' }, base, ours, theirs, { rules, conflicts }) as T;
  return { value, conflicts };
}

/** Where a field stands: for people, and for the rules. */
interface Place {
  readonly path: FieldPath;
  readonly at: string;
}

interface Merging {
  readonly rules: ListRules;
  readonly conflicts: FieldConflict[];
}

function mergeAt(place: Place, base: unknown, ours: unknown, theirs: unknown, merging: Merging): unknown {
  if (isSame(base, theirs) || isSame(ours, theirs)) return ours;
  if (isSame(base, ours)) return theirs;
  if (isJsonObject(ours) && isJsonObject(theirs)) {
    return mergeMaps(place, isJsonObject(base) ? base : {}, ours, theirs, merging);
  }
  const lists = keyedLists(merging.rules.get(place.at), base, ours, theirs);
  if (lists !== undefined) return mergeLists(place, lists, merging);
  merging.conflicts.push({ field: formatFieldPath(place.path), base, ours, theirs });
  return ours;
}

type Fields = { readonly [name: string]: unknown };

function mergeMaps({ path, at }: Place, base: Fields, ours: Fields, theirs: Fields, merging: Merging): Fields {
  const merged: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const place = { path: [...path, name], at: at === '' ? name : `${at}.${name}` };
    const value = mergeAt(place, base[name], ours[name], theirs[name], merging);
    if (value !== undefined) merged.push([name, value]);
  }
  return Object.fromEntries(merged);
}

type Items = ReadonlyMap<string, unknown>;

interface KeyedLists {
  readonly base: Items;
  readonly ours: Items;
  readonly theirs: Items;
}

/** Lists whose items are told apart, by what tells them apart; undefined for any other. */
function keyedLists(rule: ListRule | undefined, base: unknown, ours: unknown, theirs: unknown): KeyedLists | undefined {
  if (rule?.type === 'atomic') return undefined;
  const [first, second, third] = [base ?? [], ours, theirs].map((list) => keyed(list, rule));
  return first === undefined || second === undefined || third === undefined
    ? undefined
    : { base: first, ours: second, theirs: third };
}

function keyed(list: unknown, rule: Exclude<ListRule, { readonly type: 'atomic' }> | undefined): Items | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map<string, unknown>();
  for (const item of list as readonly unknown[]) {
    const key = rule?.type === 'set' ? valueKey(item) : itemKey(item, rule?.keys ?? byName);
    if (key === undefined || items.has(key)) return undefined;
    items.set(key, item);
  }
  return items;
}

/** As containers and variables have it, and most lists of others. */
const byName = [{ name: 'name' }] as const;

/** What tells an item of a set apart is the item. */
function valueKey(item: unknown): string | undefined {
  return typeof item === 'string' || typeof item === 'number' ? `=${item}` : undefined;
}

/** `containerPort=80,protocol=TCP`; undefined where one of the fields is missing, and has nothing in its place. */
function itemKey(item: unknown, keys: Extract<ListRule, { readonly type: 'map' }>['keys']): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const parts: string[] = [];
  for (const { name, usual } of keys) {
    const value = item[name] ?? usual;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    // With one key a text stands as it is; more could be mistaken for one another.
    parts.push(`${name}=${keys.length > 1 && typeof value === 'string' ? value.replaceAll(/[,=\\]/g, '\\$&') : value}`);
  }
  return parts.join(',');
}

function mergeLists({ path, at }: Place, { base, ours, theirs }: KeyedLists, merging: Merging): unknown {
  const order = mergeOrder([...base.keys()], [...ours.keys()], [...theirs.keys()]);
  if (order === undefined) {
    merging.conflicts.push({
      field: formatFieldPath(path),
      base: [...base.values()],
      ours: [...ours.values()],
      theirs: [...theirs.values()],
    });
    return [...ours.values()];
  }
  return order.flatMap((key) => {
    const place = { path: [...path, key], at: `${at}[]` };
    const value = mergeAt(place, base.get(key), ours.get(key), theirs.get(key), merging);
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
