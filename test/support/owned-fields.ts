import fc from 'fast-check';
import type { KubeObject, ManagedFieldsEntry } from '../../src/object.ts';

/** For tests only: objects as random as they can be while the server could have made them. */

type Fields = Record<string, unknown>;

/** A name of a field, an item or an object. */
const nameArbitrary = fc.constantFrom('a', 'b', 'c', 'd', 'e.f/g', 'h-i', 'übung', '"quoted"');

const scalarArbitrary = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom('', 'x', '10m', 0, -1));

/** A list that the server merges by the key `name`. */
function keyedList(value: fc.Arbitrary<unknown>): fc.Arbitrary<Fields[]> {
  return fc
    .uniqueArray(fc.tuple(nameArbitrary, fieldsOf(value)), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
    .map((items) => items.map(([name, fields]) => ({ ...fields, name })));
}

function fieldsOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> {
  return fc.dictionary(nameArbitrary, value, { minKeys: 1, maxKeys: 4 });
}

/** A value of an object: scalars, lists of scalars (which are owned as a whole), maps and keyed lists. */
const valueArbitrary: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalarArbitrary,
    fc.array(scalarArbitrary, { minLength: 1, maxLength: 3 }),
    fieldsOf(tie('value')),
    keyedList(tie('value')),
  ),
})).value;

/** The content of an object besides its identity, never empty. */
export const specArbitrary: fc.Arbitrary<Fields> = fieldsOf(valueArbitrary);

/** Whether this is a list whose items the server pairs by `name`. */
function isKeyed(value: unknown): value is Fields[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof (item as Fields).name === 'string');
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What the server would note as owned after this was applied. */
export function ownedSet(value: unknown): Fields {
  if (isKeyed(value)) {
    return Object.fromEntries(
      value.map((item) => [`k:${JSON.stringify({ name: item.name })}`, { '.': {}, ...ownedSet(item) }]),
    );
  }
  if (!isFields(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [`f:${name}`, ownedSet(field)]));
}

/** What two managers have applied, where the first goes before the second. */
export function merged(one: unknown, other: unknown): unknown {
  if (other === undefined) return one;
  if (one === undefined) return other;
  if (isKeyed(one) && isKeyed(other)) {
    const names = new Set([...one, ...other].map(({ name }) => name));
    const find = (items: Fields[], name: unknown): unknown => items.find((item) => item.name === name);
    return [...names].map((name) => merged(find(one, name), find(other, name)));
  }
  if (!isFields(one) || !isFields(other)) return one;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, merged(one[name], other[name])]));
}

/** What of `other` is not already in `one`, so that both can be applied side by side; undefined where nothing is. */
export function besides(one: unknown, other: unknown): unknown {
  if (one === undefined) return other;
  if (isKeyed(one) && isKeyed(other)) {
    const rest = other
      .map((item) => {
        const same = one.find(({ name }) => name === item.name);
        const left = besides(same, item);
        return isFields(left) ? { ...left, name: item.name } : undefined;
      })
      .filter((item) => item !== undefined);
    return rest.length === 0 ? undefined : rest;
  }
  if (!isFields(one) || !isFields(other)) return undefined;
  const rest = Object.entries(other)
    .map(([name, field]) => [name, besides(one[name], field)] as const)
    .filter(([, field]) => field !== undefined);
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

/** The `managedFields` line of a manager that applied this spec. */
export function entryOf(manager: string, spec: unknown): ManagedFieldsEntry {
  const fieldsV1 = ownedSet({ spec }) as NonNullable<ManagedFieldsEntry['fieldsV1']>;
  return { manager, operation: 'Apply', apiVersion: 'example.dev/v1', fieldsType: 'FieldsV1', fieldsV1 };
}

/** A live object that holds what managers have applied. */
export function liveObject(spec: unknown, entries: readonly ManagedFieldsEntry[], uid = 'uid'): KubeObject {
  return {
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    metadata: { name: 'x', namespace: 'n', uid, resourceVersion: '1', managedFields: entries },
    spec,
  };
}

/** Every path in a value at which the server would note a leaf. */
export function leafPaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (isKeyed(value)) return value.flatMap((item, index) => leafPaths(item, [...path, String(index)]));
  if (!isFields(value)) return [path];
  return Object.entries(value).flatMap(([name, field]) => leafPaths(field, [...path, name]));
}

/** The same value, but for what is at the path. */
export function replaced(value: unknown, path: readonly string[], change: (leaf: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === step ? replaced(item, rest, change) : (item as unknown)));
  }
  const fields = value as Fields;
  return { ...fields, [step]: replaced(fields[step], rest, change) };
}
