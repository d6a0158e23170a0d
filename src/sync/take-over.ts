import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../object.ts';
import { isApplyOf } from './fingerprint.ts';

/** Managers that a person's kubectl goes by, and what an object was before it was first applied. */
function isKubectl({ manager = '', subresource = '' }: ManagedFieldsEntry): boolean {
  return subresource === '' && (manager.startsWith('kubectl') || manager === 'before-first-apply');
}

/** Whether kubectl has a part in the object itself. */
export function hasKubectlFields({ metadata }: KubeObject): boolean {
  return metadata.managedFields?.some(isKubectl) === true;
}

/** Whether it is what our own manager wrote otherwise than by an apply. */
export function isUpdateOf(
  { manager, operation, subresource = '' }: ManagedFieldsEntry,
  fieldManager: string,
): boolean {
  return manager === fieldManager && operation === 'Update' && subresource === '';
}

/**
 * The entries as they are when all that kubectl owns is owned by the applies of `fieldManager`: its next apply
 * then removes of it what is not desired.
 *
 * @returns undefined where kubectl owns nothing
 */
export function withKubectlFieldsOf(
  object: KubeObject,
  fieldManager: string,
  apiVersion: string,
): readonly ManagedFieldsEntry[] | undefined {
  const entries = object.metadata.managedFields ?? [];
  const taken = entries.filter((entry) => isKubectl(entry) || isUpdateOf(entry, fieldManager));
  if (!taken.some(isKubectl)) return undefined;
  const own = entries.find((entry) => isApplyOf(entry, fieldManager));
  const others = entries.filter((entry) => entry !== own && !taken.includes(entry));
  // Paths of another version need not exist in this one: such fields are only let go of.
  const fitting = taken.filter((entry) => entry.apiVersion === apiVersion);
  if (own !== undefined && own.apiVersion !== apiVersion) return [...others, own];
  const sets = [own, ...fitting].map((entry) => entry?.fieldsV1).filter((set) => set !== undefined);
  const first = own ?? fitting[0];
  if (first === undefined) return others;
  const fieldsV1 = sets.reduce<JsonObject>(union, {});
  return [...others, { ...first, manager: fieldManager, operation: 'Apply', apiVersion, fieldsV1 }];
}

function union(one: JsonObject, other: JsonObject): JsonObject {
  const all: Record<string, JsonObject[string]> = { ...one };
  for (const [step, below] of Object.entries(other)) {
    const known = all[step];
    all[step] = known === undefined ? below : union(known as JsonObject, below as JsonObject);
  }
  return all;
}
