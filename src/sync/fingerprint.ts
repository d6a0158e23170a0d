import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../object.ts';
import { canonical, sha256, sortedKeys } from './canonical.ts';

/** A node of `fieldsV1`: what is owned below a path. */
type FieldSet = Readonly<Record<string, unknown>>;

/** A step on the way from the root of `fieldsV1` to a node. */
type FieldPath = string[];

/**
 * Says what the fields hold that `fieldManager` applied, in some 43 characters: it changes when one of those
 * values changes, is removed or is taken over by another manager, and with nothing else. No schema
 * is needed, since `managedFields` names the paths and the keys of list items.
 *
 * The uid is part of it, so that a fingerprint gives away nothing to somebody who may not read the
 * object: it cannot be guessed from a likely value.
 *
 * Where the object was read at another version than it was applied at, the paths do not fit its fields:
 * then it is `ownershipFingerprint`.
 *
 * @returns undefined where it cannot be told: no `managedFields`, or no apply by this manager.
 */
export function fingerprint(object: KubeObject, fieldManager: string): string | undefined {
  const digest = ownedDigest(object, fieldManager);
  if (digest !== undefined) return fingerprintFrom(object.metadata.uid ?? '', digest);
  return ownershipFingerprint(object, fieldManager);
}

/**
 * Says which fields the manager owns since when, and nothing of what they hold: the server takes a field
 * from us when another manager gives it another value, so that drift shows here too. It proves less
 * than a fingerprint of the values, and holds for any version that the object is read at.
 */
export function ownershipFingerprint(object: KubeObject, fieldManager: string): string | undefined {
  const own = object.metadata.managedFields?.find((entry) => isApplyOf(entry, fieldManager));
  if (own?.fieldsV1 === undefined) return undefined;
  const { apiVersion = '', time = '' } = own;
  return `o:${sha256([object.metadata.uid ?? '', apiVersion, time, canonical(own.fieldsV1)].join('\n'))}`;
}

/** The fingerprint of the object with this uid if it holds exactly what has this digest. */
export function fingerprintFrom(uid: string, digest: string): string {
  return sha256(`${uid}\n${digest}`);
}

/**
 * The digest of an object as it is desired. Where `ownedDigest` of the live object is the same, the
 * manager owns exactly the desired fields with the desired values: applying it would change nothing.
 */
export function desiredDigest(object: KubeObject): string {
  const { apiVersion, kind: _kind, metadata, ...rest } = object;
  const { name: _name, namespace: _namespace, ...ownedMetadata } = metadata;
  const body = Object.keys(ownedMetadata).length === 0 ? rest : { ...rest, metadata: ownedMetadata };
  return sha256(`${apiVersion}\n${canonical(body)}`);
}

/** The digest of what a manager's apply owns of a live object; undefined where it cannot be told. */
export function ownedDigest(object: KubeObject, fieldManager: string): string | undefined {
  const text = appliedText(object, fieldManager);
  return text === undefined ? undefined : sha256(`${object.apiVersion}\n${text}`);
}

/** The fields that a manager's apply owns of a live object, with what they hold; undefined where it cannot be told. */
export function appliedFields(object: KubeObject, fieldManager: string): JsonObject | undefined {
  const text = appliedText(object, fieldManager);
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
}

function appliedText(object: KubeObject, fieldManager: string): string | undefined {
  const entries = object.metadata.managedFields;
  const own = entries?.find((entry) => isApplyOf(entry, fieldManager));
  if (entries === undefined || own?.fieldsV1 === undefined || own.apiVersion !== object.apiVersion) return undefined;
  const others = entries.filter((entry) => entry !== own && entry.apiVersion === object.apiVersion);
  return ownedText(own.fieldsV1, object, [], others) ?? '{}';
}

/** Whether this is the manager's server-side apply of the object itself, and not of a subresource. */
export function isApplyOf(entry: ManagedFieldsEntry, fieldManager: string): boolean {
  return (
    entry.operation === 'Apply' &&
    entry.manager === fieldManager &&
    (entry.subresource === undefined || entry.subresource === '')
  );
}

/** The canonical text of the owned part of a value; undefined where the live object does not have it. */
function ownedText(
  set: FieldSet,
  value: unknown,
  path: FieldPath,
  others: readonly ManagedFieldsEntry[],
): string | undefined {
  if (value === undefined) return undefined;
  const names = sortedKeys(set);
  const first = names[0];
  if (first === undefined) return leafText(value, path, others);
  if (Array.isArray(value)) return ownedItems(set, names, value, path, others);
  if (value === null || typeof value !== 'object') return canonical(value);
  return ownedFields(set, names, value as Readonly<Record<string, unknown>>, path, others);
}

/**
 * A leaf is owned as a whole, if its type is atomic; or it was applied as an empty map. The schema would
 * tell which; without it, another manager's ownership below the leaf does.
 */
function leafText(value: unknown, path: FieldPath, others: readonly ManagedFieldsEntry[]): string {
  const open = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (open && others.some((entry) => ownsBelow(entry.fieldsV1, path))) return '{}';
  return canonical(value);
}

function ownsBelow(root: FieldSet | undefined, path: FieldPath): boolean {
  let node: FieldSet | undefined = root;
  for (const step of path) {
    node = node?.[step] as FieldSet | undefined;
    if (node === undefined) return false;
  }
  if (node === undefined) return false;
  for (const name of Object.keys(node)) if (name !== '.') return true;
  return false;
}

function ownedFields(
  set: FieldSet,
  names: readonly string[],
  fields: Readonly<Record<string, unknown>>,
  path: FieldPath,
  others: readonly ManagedFieldsEntry[],
): string {
  let text = '{';
  for (const step of names) {
    if (!step.startsWith('f:')) continue;
    const name = step.slice(2);
    path.push(step);
    const owned = ownedText(set[step] as FieldSet, fields[name], path, others);
    path.pop();
    if (owned === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(name)}:${owned}`;
  }
  return `${text}}`;
}

/** The owned items in the order in which they stand, since their order may matter. */
function ownedItems(
  set: FieldSet,
  names: readonly string[],
  items: readonly unknown[],
  path: FieldPath,
  others: readonly ManagedFieldsEntry[],
): string {
  const find = itemFinder(names);
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const step = find(item, index);
    if (step === undefined) continue;
    path.push(step);
    const owned = step.startsWith('k:') ? ownedText(set[step] as FieldSet, item, path, others) : canonical(item);
    path.pop();
    if (text.length > 1) text += ',';
    text += owned ?? 'null';
  }
  return `${text}]`;
}

/** The key of an item, as a step names it. */
interface StepKey {
  /** Names of the fields, sorted. */
  readonly fields: readonly string[];
  readonly fieldsText: string;
  /** `keyText` of the values. */
  readonly text: string;
}

/** The same few keys come with every event of every object: parsing them is most of the work. */
const stepKeys = new Map<string, StepKey>();
const stepKeysLimit = 10_000;

function stepKeyOf(step: string): StepKey {
  const known = stepKeys.get(step);
  if (known !== undefined) return known;
  const key = JSON.parse(step.slice(2)) as Readonly<Record<string, unknown>>;
  const fields = Object.keys(key).toSorted();
  const parsed = { fields, fieldsText: fields.join(), text: keyText(key, fields) };
  if (stepKeys.size >= stepKeysLimit) stepKeys.clear();
  stepKeys.set(step, parsed);
  return parsed;
}

/** Tells by which step of the set an item of a list is owned, if it is. */
function itemFinder(names: readonly string[]): (item: unknown, index: number) => string | undefined {
  const byKeys = new Map<string, { readonly fields: readonly string[]; readonly steps: Map<string, string> }>();
  const byValue = new Map<string, string>();
  for (const step of names) {
    if (step.startsWith('k:')) {
      const { fields, fieldsText, text } = stepKeyOf(step);
      let group = byKeys.get(fieldsText);
      if (group === undefined) {
        group = { fields, steps: new Map() };
        byKeys.set(fieldsText, group);
      }
      group.steps.set(text, step);
    } else if (step.startsWith('v:')) {
      byValue.set(canonical(JSON.parse(step.slice(2))), step);
    } else if (step.startsWith('i:')) {
      byValue.set(step, step);
    }
  }
  return (item, index) => {
    if (byKeys.size > 0 && item !== null && typeof item === 'object') {
      for (const { fields, steps } of byKeys.values()) {
        const step = steps.get(keyText(item as Readonly<Record<string, unknown>>, fields));
        if (step !== undefined) return step;
      }
    }
    if (byValue.size === 0) return undefined;
    return byValue.get(canonical(item)) ?? byValue.get(`i:${index}`);
  };
}

function keyText(item: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  let text = '';
  for (const field of fields) text += `${canonical(item[field])},`;
  return text;
}

/** What a combined fingerprint is made of. */
export interface Fingerprinted {
  readonly id: string;
  readonly fingerprint: string | undefined;
}

/**
 * One digest over the fingerprints of many objects, whatever their order. Kept where a restart finds
 * it, it proves without a call that none of them has drifted.
 *
 * @returns undefined where the fingerprint of one of them is not known: then nothing is proved.
 */
export function combinedFingerprint(members: Iterable<Fingerprinted>): string | undefined {
  const lines: string[] = [];
  for (const member of members) {
    if (member.fingerprint === undefined) return undefined;
    lines.push(`${member.id}\n${member.fingerprint}\n`);
  }
  return sha256(lines.toSorted().join(''));
}
