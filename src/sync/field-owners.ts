import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { partOfLabel } from './apply-set.ts';
import { canonical } from './canonical.ts';
import { withoutNoise } from './diff.ts';
import { type FieldWriter, writerOf } from './drifted-fields.ts';
import {
  below,
  fieldPath,
  isFields,
  type ItemKey,
  itemSteps,
  nameOf,
  type Sets,
  setsOf,
  sourcesIn,
} from './field-sets.ts';
import { isApplyOf } from './fingerprint.ts';

/** A field of a live object that is not Git's alone. */
export interface OwnedField {
  /** `spec.template.spec.containers[name=web].image` */
  readonly path: string;
  /**
   * `unmanaged`: Git does not give it. `foreign`: Git gives it, and somebody else has it in its place. `shared`: Git gives
   * it, and somebody else has it as well.
   */
  readonly state: 'unmanaged' | 'foreign' | 'shared';
  /** Who has it; left out where nobody does, as of a default of the API server. */
  readonly owner?: FieldWriter;
}

/** The fields of a live object that are not Git's alone. */
export interface ObjectOwners {
  readonly id: string;
  readonly key: ObjectKey;
  /** By owner, in the order of the object's fields; those that nobody has come last. */
  readonly fields: readonly OwnedField[];
}

interface Walk {
  readonly fieldManager: string;
  readonly found: OwnedField[];
}

/**
 * Lists the fields of a live object that Git does not give, or that another manager has, by manager. The status, and
 * what the server alone writes, are left out. No value is told.
 */
export function ownersOf(desired: KubeObject, live: KubeObject, fieldManager: string): ObjectOwners {
  const key = keyOf(live);
  const walk: Walk = { fieldManager, found: [] };
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...body } = withoutNoise(live);
  const {
    name: _name,
    namespace: _namespace,
    ownerReferences: _owners,
    ...shown
  } = metadata as object as Record<string, unknown>;
  const given = desired as unknown as Readonly<Record<string, unknown>>;
  const sets = setsOf(live).filter(({ entry }) => entry?.subresource !== 'status');
  const own = Object.keys(shown).length === 0 ? body : { metadata: shown, ...body };
  visit(own, given, '', sets, walk);
  const groups = Map.groupBy(walk.found, ({ owner }) =>
    JSON.stringify([owner?.manager, owner?.operation, owner?.subresource]),
  );
  const fields = [...groups.values()].toSorted(
    (a, b) => Number(a[0]?.owner === undefined) - Number(b[0]?.owner === undefined),
  );
  return { id: formatKey(key), key, fields: fields.flat() };
}

function visit(live: unknown, given: unknown, path: string, sets: Sets, walk: Walk): void {
  if (path === `metadata.labels[${JSON.stringify(partOfLabel)}]`) return;
  if (isFields(live) && Object.keys(live).length > 0) {
    for (const [name, value] of Object.entries(live)) {
      visit(value, isFields(given) ? given[name] : undefined, fieldPath(path, name), below(sets, `f:${name}`), walk);
    }
  } else if (Array.isArray(live) && itemSteps(sets ?? []).length > 0) {
    visitItems(live, Array.isArray(given) ? given : [], path, sets, walk);
  } else leaf(given, path, sets, walk);
}

function visitItems(live: readonly unknown[], given: readonly unknown[], path: string, sets: Sets, walk: Walk): void {
  const keys = itemSteps(sets ?? []);
  for (const item of live) {
    const key = keys.find((each) => hasKey(item, each));
    if (key === undefined) continue;
    const named = `${path}[${nameOf(key.fields)}]`;
    const wanted = given.find((each) => hasKey(each, key)) ?? likeIt(given, key);
    if (wanted !== undefined) visit(item, wanted, named, below(sets, key.step), walk);
    else leaf(undefined, named, below(sets, key.step), walk);
  }
}

/** Git leaves out of the keys what the server fills in: the protocol of a port. */
function likeIt(given: readonly unknown[], { fields }: ItemKey): unknown {
  return given.find(
    (each) =>
      isFields(each) &&
      Object.entries(fields).some(([name]) => each[name] !== undefined) &&
      Object.entries(fields).every(
        ([name, value]) => each[name] === undefined || canonical(each[name]) === canonical(value),
      ),
  );
}

function hasKey(item: unknown, { fields }: ItemKey): boolean {
  return isFields(item) && Object.entries(fields).every(([name, value]) => canonical(item[name]) === canonical(value));
}

/** A field, or an item that Git does not have as a whole. */
function leaf(given: unknown, path: string, sets: Sets, { fieldManager, found }: Walk): void {
  const entries = sourcesIn(sets);
  const others = entries.filter((entry) => !isApplyOf(entry, fieldManager));
  const isOurs = others.length < entries.length;
  const state = given === undefined ? 'unmanaged' : isOurs ? 'shared' : 'foreign';
  if (entries.length === 0 && given === undefined) found.push({ path, state });
  for (const entry of others) found.push({ path, state, owner: writerOf(entry) });
}
