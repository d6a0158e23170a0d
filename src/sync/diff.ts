import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { canonical } from './canonical.ts';
import { maskSecrets } from './diff-mask.ts';
import type { FieldWriter } from './drifted-fields.ts';
import {
  below,
  fieldPath,
  isFields,
  type ItemKey,
  itemSteps,
  nameOf,
  ownersIn,
  type Sets,
  setsOf,
} from './field-sets.ts';
import { saidOf } from './said-of.ts';
import { guessedKeys } from '../list-keys.ts';

/** A field that differs. */
export interface FieldChange {
  /** `spec.template.spec.containers[name=web].image`; empty for the object as a whole. */
  readonly path: string;
  /** What is there; undefined where the field is new. */
  readonly before: unknown;
  /** What would be there; undefined where the field goes. */
  readonly after: unknown;
  /** Who has set what is there, as `managedFields` tells it; left out where nobody is known, as of a default. */
  readonly owners?: readonly FieldWriter[];
}

/** How an object differs from what is desired. */
export interface ObjectDiff {
  readonly id: string;
  readonly key: ObjectKey;
  /** `recreate`: the server refuses to change it, and Git asks to delete it and make it anew. */
  readonly change: 'create' | 'update' | 'recreate' | 'delete' | 'none';
  /** In the order of the object's fields. Values of Secrets are masked. */
  readonly changes: readonly FieldChange[];
}

/** What is compared. */
export interface DiffInput {
  /** The object as Git has it; undefined where it is to go. */
  readonly desired: KubeObject | undefined;
  /** The object in the cluster; undefined where it is not there. */
  readonly live: KubeObject | undefined;
  /** The answer of a server-side dry-run of the desired object: what the cluster would hold. */
  readonly rehearsed: KubeObject | undefined;
  /** Whether it would be deleted and made anew: only what Git says of it is compared then. */
  readonly recreated?: boolean;
}

/**
 * Tells field by field what applying an object would change. Since the live object is compared with what
 * the server would make of it, defaults and fields of other managers are no differences: without any,
 * a sync would change nothing.
 *
 * Values of a Secret are never shown: equal ones get equal masks within one diff, and no more is told.
 */
export function diffObject(input: DiffInput): ObjectDiff {
  const { desired, live, rehearsed } = input;
  const named = live ?? rehearsed ?? desired;
  if (named === undefined) throw new TypeError('there is nothing to compare');
  const key = keyOf(named);
  const id = formatKey(key);
  const mask = maskSecrets();
  if (live === undefined) {
    const after = mask(withoutNoise(desired ?? named));
    return { id, key, change: 'create', changes: [{ path: '', before: undefined, after }] };
  }
  if (desired === undefined) {
    const before = mask(withoutNoise(live));
    return { id, key, change: 'delete', changes: [{ path: '', before, after: undefined }] };
  }
  const changes: FieldChange[] = [];
  if (input.recreated === true) {
    const after = withoutNoise(desired);
    compare(mask(withoutNoise(saidOf(live, desired) as KubeObject)), mask(after), '', setsOf(live), changes);
    return { id, key, change: 'recreate', changes };
  }
  const sets = [...setsOf(live), ...setsOf(rehearsed).map(({ set }) => ({ set }))];
  compare(mask(withoutNoise(live)), mask(withoutNoise(rehearsed ?? desired)), '', sets, changes);
  return { id, key, change: changes.length === 0 ? 'none' : 'update', changes };
}

/**
 * The fields in which two objects differ that no server has seen: items of lists are paired by the keys that the
 * schemas of Kubernetes have for them. Nothing is masked: that is up to the caller.
 */
export function diffFields(before: Fields, after: Fields): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, '', undefined, changes);
  return changes;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what the server alone writes. */
export function withoutNoise(object: KubeObject): Fields {
  const { status: _status, metadata, ...rest } = object;
  const {
    managedFields: _managedFields,
    resourceVersion: _resourceVersion,
    uid: _uid,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    annotations,
    ...kept
  } = metadata;
  const { [lastApplied]: _lastApplied, ...shown } = annotations ?? {};
  const { apiVersion, kind, ...body } = rest;
  const withAnnotations = Object.keys(shown).length === 0 ? kept : { ...kept, annotations: shown };
  return { apiVersion, kind, metadata: withAnnotations, ...body };
}

type Fields = Readonly<Record<string, unknown>>;

function compare(before: unknown, after: unknown, path: string, sets: Sets, changes: FieldChange[]): void {
  if (isFields(before) && isFields(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[name], after[name], fieldPath(path, name), below(sets, `f:${name}`), changes);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, path, sets, changes);
  } else if (canonical(before) !== canonical(after) || (before === undefined) !== (after === undefined)) {
    note(before, after, path, sets, changes);
  }
}

function note(before: unknown, after: unknown, path: string, sets: Sets, changes: FieldChange[]): void {
  const owners = before === undefined ? [] : ownersIn(sets);
  changes.push({ path, before, after, ...(owners.length === 0 ? {} : { owners }) });
}

/**
 * Items are paired by their keys where the server knows such for the list. Other lists of objects are
 * paired by place, and all else is shown as a whole.
 */
function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  sets: Sets,
  changes: FieldChange[],
): void {
  const keyed = sets === undefined ? guessedKeys(before, after) : itemSteps(sets);
  const old = byKey(before, keyed);
  const young = byKey(after, keyed);
  if (old !== undefined && young !== undefined) {
    const count = changes.length;
    for (const name of new Set([...old.keys(), ...young.keys()])) {
      const step = old.get(name)?.step ?? young.get(name)?.step ?? '';
      compare(old.get(name)?.item, young.get(name)?.item, `${path}[${name}]`, below(sets, step), changes);
    }
    // The same items in another order: the order may matter.
    if (changes.length === count && canonical(before) !== canonical(after)) note(before, after, path, sets, changes);
    return;
  }
  const objects = [...before, ...after].every(isFields);
  if (!objects) {
    if (canonical(before) !== canonical(after)) note(before, after, path, sets, changes);
    return;
  }
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    compare(before[index], after[index], `${path}[${index}]`, below(sets, `i:${index}`), changes);
  }
}

/** The items by a name made of their key fields; undefined unless each has one of its own. */
function byKey(
  items: readonly unknown[],
  keys: readonly ItemKey[] | ((item: Fields) => string) | undefined,
): ReadonlyMap<string, { readonly item: unknown; readonly step: string }> | undefined {
  if (typeof keys === 'function') {
    return new Map(items.filter(isFields).map((item) => [keys(item), { item, step: '' }]));
  }
  if (keys === undefined || keys.length === 0) return items.length === 0 ? new Map() : undefined;
  const found = new Map<string, { readonly item: unknown; readonly step: string }>();
  for (const item of items) {
    if (!isFields(item)) return undefined;
    const match = keys.find(({ fields }) =>
      Object.entries(fields).every(([field, value]) => canonical(item[field]) === canonical(value)),
    );
    if (match === undefined) return undefined;
    const name = nameOf(match.fields);
    if (found.has(name)) return undefined;
    found.set(name, { item, step: match.step });
  }
  return found;
}
