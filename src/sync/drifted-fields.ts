import type { Json, JsonObject, KubeObject, ManagedFieldsEntry } from '../object.ts';
import { partOfLabel } from './apply-set.ts';
import { canonical } from './canonical.ts';
import { isApplyOf } from './fingerprint.ts';

/** One step into an object: the name of a field, the index of an item, or the fields that tell the item. */
export type DriftStep = string | number | Readonly<Record<string, string | number | boolean>>;

/** Who wrote a field, as `managedFields` tells it. */
export interface FieldWriter {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  /** RFC 3339; empty where the server did not tell. */
  readonly time: string;
}

/** A field that is ours by what was applied, and does not hold what was applied. */
export interface DriftedField {
  readonly path: readonly DriftStep[];
  /** What Git says. */
  readonly before: Json | undefined;
  /** What is there; undefined where the field was taken away, whether or not the server has filled in a default since. */
  readonly after: Json | undefined;
  /** Who has it now. Of a field that is gone nobody has anything: then those who wrote last to the object. */
  readonly writers: readonly FieldWriter[];
}

/** What is compared, and where it goes. */
interface Walk {
  readonly live: KubeObject;
  readonly fieldManager: string;
  readonly found: DriftedField[];
}

type FieldSet = Readonly<Record<string, unknown>>;

/**
 * Finds the fields in which a live object is not what applying it anew would make of it: the fields that we would own
 * then, and those alone. Defaults, the status, and what others added beside our fields are never among them.
 * @param applied the answer of a server-side dry-run of the apply
 */
export function driftedFields(live: KubeObject, applied: KubeObject, fieldManager: string): readonly DriftedField[] {
  const own = applied.metadata.managedFields?.find((entry) => isApplyOf(entry, fieldManager));
  if (own?.fieldsV1 === undefined) return [];
  const walk: Walk = { live, fieldManager, found: [] };
  compare(own.fieldsV1, applied as unknown as Json, live as unknown as Json, [], [], walk);
  return walk.found;
}

function compare(
  set: FieldSet,
  before: Json | undefined,
  after: Json | undefined,
  path: readonly DriftStep[],
  steps: readonly string[],
  walk: Walk,
): void {
  if (before === undefined) return;
  const names = Object.keys(set).filter((name) => name !== '.');
  if (names.length === 0) compareLeaf(before, after, path, steps, walk);
  else if (Array.isArray(before) && Array.isArray(after)) {
    compareItems(set, before as readonly Json[], after as readonly Json[], path, steps, walk);
  } else if (isFields(before) && isFields(after)) {
    for (const step of names) {
      if (!step.startsWith('f:')) continue;
      const name = step.slice(2);
      if (isOurs(path, name)) continue;
      compare(set[step] as FieldSet, before[name], after[name], [...path, name], [...steps, step], walk);
    }
  } else note(before, after, path, steps, walk);
}

/** What never comes from Git: the label of the set, and the status. */
function isOurs(path: readonly DriftStep[], name: string): boolean {
  if (path.length === 0) return name === 'status';
  return path.length === 2 && path[0] === 'metadata' && path[1] === 'labels' && name === partOfLabel;
}

function compareLeaf(
  before: Json,
  after: Json | undefined,
  path: readonly DriftStep[],
  steps: readonly string[],
  walk: Walk,
): void {
  // An empty map that was applied says only that it is there: what others put into it is theirs.
  if (isFields(before) && Object.keys(before).length === 0 && isFields(after)) return;
  if (after === undefined || canonical(before) !== canonical(after)) note(before, after, path, steps, walk);
}

function compareItems(
  set: FieldSet,
  before: readonly Json[],
  after: readonly Json[],
  path: readonly DriftStep[],
  steps: readonly string[],
  walk: Walk,
): void {
  const lost: Json[] = [];
  for (const [step, inner] of Object.entries(set)) {
    if (step.startsWith('k:')) {
      const keys = JSON.parse(step.slice(2)) as Readonly<Record<string, string | number | boolean>>;
      const [one, other] = [before, after].map((items) => items.find((item) => hasKeys(item, keys)));
      compare(inner as FieldSet, one, other, [...path, keys], [...steps, step], walk);
    } else if (step.startsWith('v:')) {
      const value = canonical(JSON.parse(step.slice(2)));
      const item = before.find((each) => canonical(each) === value);
      if (item !== undefined && !after.some((each) => canonical(each) === value)) lost.push(item);
    } else if (step.startsWith('i:')) {
      const index = Number(step.slice(2));
      compare(inner as FieldSet, before[index], after[index], [...path, index], [...steps, step], walk);
    }
  }
  if (lost.length === 0) return;
  // Items of a set have no name of their own: the list is what it is without them.
  const left = before.filter((item) => !lost.includes(item));
  const others = (walk.live.metadata.managedFields ?? []).filter((entry) => !isApplyOf(entry, walk.fieldManager));
  walk.found.push({ path, before, after: left, writers: lastOf(others) });
}

function note(
  before: Json,
  after: Json | undefined,
  path: readonly DriftStep[],
  steps: readonly string[],
  walk: Walk,
): void {
  const others = (walk.live.metadata.managedFields ?? []).filter((entry) => !isApplyOf(entry, walk.fieldManager));
  const owners = others.filter((entry) => owns(entry, steps)).map(writerOf);
  if (owners.length > 0) walk.found.push({ path, before, after, writers: owners });
  // What nobody has, the server has filled in: the field was taken away.
  else walk.found.push({ path, before, after: undefined, writers: lastOf(others) });
}

function lastOf(others: readonly ManagedFieldsEntry[]): readonly FieldWriter[] {
  const writers = others.filter(({ subresource = '' }) => subresource !== 'status').map(writerOf);
  const last = writers
    .map(({ time }) => time)
    .toSorted()
    .at(-1);
  return writers.filter(({ time }) => time === last);
}

/** Whether the entry has the field, something in it, or a whole that it is part of. */
function owns({ fieldsV1 }: ManagedFieldsEntry, steps: readonly string[]): boolean {
  let node: unknown = fieldsV1;
  for (const [index, step] of steps.entries()) {
    if (!isFields(node)) return false;
    if (index > 0 && Object.keys(node).length === 0) return true;
    node = node[step];
  }
  return node !== undefined;
}

/** Who it was, by an entry of `managedFields`. */
export function writerOf({
  manager = '',
  operation = 'Update',
  subresource = '',
  time = '',
}: ManagedFieldsEntry): FieldWriter {
  return { manager, operation, subresource, time };
}

function isFields(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function hasKeys(item: Json, keys: Readonly<Record<string, unknown>>): boolean {
  return isFields(item) && Object.entries(keys).every(([name, value]) => canonical(item[name]) === canonical(value));
}
