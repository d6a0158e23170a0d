import type { JsonObject, KubeObject } from '../object.ts';

/**
 * Whether a patch changes a field that a field manager has applied: of a field that nobody applied, no revert undoes a
 * change.
 */
export function touchesApplied(patch: JsonObject, object: KubeObject, fieldManager: string): boolean {
  return (object.metadata.managedFields ?? []).some(
    ({ manager, operation, subresource, fieldsV1 }) =>
      manager === fieldManager &&
      operation === 'Apply' &&
      (subresource ?? '') === '' &&
      fieldsV1 !== undefined &&
      overlaps(patch, fieldsV1),
  );
}

function overlaps(patch: JsonObject, fields: JsonObject): boolean {
  return Object.entries(patch).some(([name, value]) => {
    const below = fields[`f:${name}`];
    if (below === undefined || below === null || typeof below !== 'object' || Array.isArray(below)) return false;
    const owned = below as JsonObject;
    const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
    // A map that is applied as a whole has nothing below it.
    return isMap && Object.keys(owned).length > 0 ? overlaps(value as JsonObject, owned) : true;
  });
}
