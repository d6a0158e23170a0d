import type { KubeObject } from '../../object.ts';
import { partOfLabel } from '../apply-set.ts';
import { canonical } from '../canonical.ts';
import type { FieldPlace } from './path-expression.ts';

/** Which parts of a value are ignored. */
export interface Mark {
  /** Whether all of it is. */
  all: boolean;
  readonly below: Map<string | number, Mark>;
}

type Fields = Readonly<Record<string, unknown>>;

/** A mark of nothing. */
export function noMark(): Mark {
  return { all: false, below: new Map() };
}

/** Whether anything is marked. */
export function isMarked(mark: Mark | undefined): boolean {
  return mark !== undefined && (mark.all || [...mark.below.values()].some(isMarked));
}

/** Marks a place; what is not there is not marked. */
export function markPlace(root: Mark, value: unknown, place: FieldPlace): void {
  let mark = root;
  let node = value;
  for (const step of place) {
    node = isContainer(node) ? (node as Readonly<Record<string | number, unknown>>)[step] : undefined;
    if (node === undefined) return;
    mark = below(mark, step);
  }
  mark.all = true;
}

function below(mark: Mark, step: string | number): Mark {
  const known = mark.below.get(step);
  if (known !== undefined) return known;
  const made = noMark();
  mark.below.set(step, made);
  return made;
}

/** Marks what a node of `fieldsV1` owns; never the fields by which the items of a list are told apart. */
export function markOwned(mark: Mark, value: unknown, set: Fields): void {
  const names = Object.keys(set).filter((name) => name !== '.');
  if (names.length === 0) {
    if (set['.'] === undefined) mark.all = true;
    return;
  }
  if (Array.isArray(value)) markItems(mark, value, set, names);
  else if (isFields(value)) {
    for (const step of names) {
      const name = step.slice(2);
      if (step.startsWith('f:') && value[name] !== undefined) {
        markOwned(below(mark, name), value[name], set[step] as Fields);
      }
    }
  }
}

function markItems(mark: Mark, items: readonly unknown[], set: Fields, names: readonly string[]): void {
  for (const step of names) {
    if (step.startsWith('k:')) {
      const keys = JSON.parse(step.slice(2)) as Fields;
      const index = items.findIndex((item) => fitsKeys(item, keys));
      if (index === -1) continue;
      const item = items[index] as Fields;
      const inner = below(mark, index);
      markOwned(inner, item, set[step] as Fields);
      for (const name of Object.keys(keys)) inner.below.delete(name);
      const others = Object.keys(item).filter((name) => !(name in keys));
      const isWhole = (set[step] as Fields)['.'] !== undefined;
      if (isWhole && others.every((name) => withoutMarked(item[name], inner.below.get(name)) === undefined))
        inner.all = true;
    } else if (step.startsWith('v:')) {
      const value = canonical(JSON.parse(step.slice(2)));
      const index = items.findIndex((item) => canonical(item) === value);
      if (index !== -1) below(mark, index).all = true;
    } else if (step.startsWith('i:') && Number(step.slice(2)) < items.length) {
      below(mark, Number(step.slice(2))).all = true;
    }
  }
}

/** Whether an item is the one that these keys tell; what it does not say, the server fills in. */
export function fitsKeys(item: unknown, keys: Fields): boolean {
  if (!isFields(item)) return false;
  const said = Object.entries(keys).filter(([name]) => item[name] !== undefined);
  return said.length > 0 && said.every(([name, value]) => canonical(item[name]) === canonical(value));
}

const identity = new Set(['name', 'namespace']);

/** What makes an object this object of this set is never ignored, whatever a rule says. */
export function protectIdentity(root: Mark, object: KubeObject): Mark {
  spread(root, object);
  for (const name of ['apiVersion', 'kind']) root.below.delete(name);
  const metadata = root.below.get('metadata');
  if (metadata === undefined) return root;
  spread(metadata, object.metadata);
  for (const name of identity) metadata.below.delete(name);
  const labels = metadata.below.get('labels');
  if (labels === undefined) return root;
  spread(labels, object.metadata.labels ?? {});
  labels.below.delete(partOfLabel);
  return root;
}

/** A mark of the whole as a mark of each part. */
function spread(mark: Mark, value: object): void {
  if (!mark.all) return;
  mark.all = false;
  for (const name of Object.keys(value)) below(mark, name).all = true;
}

/** The value without what is marked, and without the maps and lists that are empty for want of it. */
export function withoutMarked<Value>(value: Value, mark: Mark | undefined): Value | undefined {
  if (mark === undefined) return value;
  if (mark.all) return undefined;
  if (mark.below.size === 0 || !isContainer(value)) return value;
  if (Array.isArray(value)) {
    const items = value
      .map((item: unknown, index) => withoutMarked(item, mark.below.get(index)))
      .filter((item) => item !== undefined);
    return items.length === 0 ? undefined : (items as Value);
  }
  const left = Object.entries(value as Fields)
    .map(([name, field]) => [name, withoutMarked(field, mark.below.get(name))] as const)
    .filter(([, field]) => field !== undefined);
  return left.length === 0 ? undefined : (Object.fromEntries(left) as Value);
}

/** Whether there is something in it. */
export function isContainer(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}

/** Whether it is a map. */
export function isFields(value: unknown): value is Fields {
  return isContainer(value) && !Array.isArray(value);
}
