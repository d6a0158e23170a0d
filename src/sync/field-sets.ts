import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import { type FieldWriter, writerOf } from './drifted-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A node of `fieldsV1`, with the entry whose fields these are. */
export interface OwnedSet {
  readonly set: Fields;
  /** Left out where it only names the keys of the items of lists. */
  readonly entry?: ManagedFieldsEntry;
  /** True below a whole that is owned as such. */
  readonly isWithin?: true;
}

/** Nodes of `fieldsV1`, of all managers: they name the keys of the items of lists. Undefined where there was no server. */
export type Sets = readonly OwnedSet[] | undefined;

/** What each manager has of an object, read at the version that it is written for. */
export function setsOf(object: KubeObject | undefined): readonly OwnedSet[] {
  const entries: readonly ManagedFieldsEntry[] = object?.metadata.managedFields ?? [];
  return entries
    .filter((entry) => entry.apiVersion === object?.apiVersion)
    .flatMap((entry) => (entry.fieldsV1 === undefined ? [] : [{ set: entry.fieldsV1, entry }]));
}

/** What they have one step further down; who owns a whole owns all that is in it. */
export function below(sets: Sets, step: string): Sets {
  return sets?.flatMap((owned) => {
    if (isWhole(owned.set)) return [{ ...owned, isWithin: true }];
    const set = owned.set[step];
    return isFields(set) ? [{ ...owned, set }] : [];
  });
}

function isWhole(set: Fields): boolean {
  return Object.keys(set).length === 0;
}

/** The entries that have the field that these are the nodes of, or something in it, each once. */
export function sourcesIn(sets: Sets): readonly ManagedFieldsEntry[] {
  const known = (sets ?? []).filter(({ entry }) => entry !== undefined);
  // An empty map that was applied has nothing of what others have put into it.
  const named = known.filter(({ isWithin }) => isWithin !== true);
  return (named.length > 0 ? named : known).flatMap(({ entry }) => entry ?? []);
}

/** Who that is. */
export function ownersIn(sets: Sets): readonly FieldWriter[] {
  return sourcesIn(sets).map(writerOf);
}

/** Whether it has fields. */
export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** `metadata.labels["app.kubernetes.io/name"]` */
export function fieldPath(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** What tells an item of a list from the others, and the step that it is called by. */
export interface ItemKey {
  readonly step: string;
  readonly fields: Fields;
}

/** The keys of the items of a list. */
export function itemSteps(sets: readonly OwnedSet[]): readonly ItemKey[] {
  const steps = new Set(sets.flatMap(({ set }) => Object.keys(set).filter((step) => step.startsWith('k:'))));
  return [...steps].map((step) => ({ step, fields: JSON.parse(step.slice(2)) as Fields }));
}

/** `name=web`, `containerPort=80,protocol=TCP` */
export function nameOf(fields: Fields): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}=${String(value)}`)
    .join(',');
}
