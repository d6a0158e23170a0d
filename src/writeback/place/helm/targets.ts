import { plumbError } from '../../../errors.ts';
import { formatKey, type Json } from '../../../object.ts';
import { editsBetween } from '../edits-between.ts';
import { applyEdits, valueAt } from '../field-path.ts';
import type { Unit } from '../types.ts';
import type { Target } from './find-value.ts';

/**
 * The fields that the edits of an object change, each as deep as it can be.
 * @throws PlumbError `writeback.cannot-place` where the object as a whole would come or go
 */
export function targetsOf({ key, edits, rendered }: Unit): readonly Target[] {
  if (rendered === undefined || edits.some(({ path }) => path.length === 0)) {
    const message = 'an object of a chart is made and removed by its templates, and not by a value';
    throw plumbError('writeback.cannot-place', message, { where: { object: formatKey(key) } });
  }
  const before = rendered.object as Json;
  const after = applyEdits(before, edits);
  return edits
    .flatMap(({ path }) => editsBetween(valueAt(before, path), valueAt(after, path), path))
    .map(({ path, value }) => ({ key, path, before: valueAt(before, path), after: value }));
}
