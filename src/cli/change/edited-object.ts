import { plumbError } from '../../errors.ts';
import type { Json } from '../../object.ts';
import { applyEdits, type FieldEdit, valueAt } from '../../writeback/index.ts';

/** The object with fields set. @throws PlumbError `cli.usage` where an item of a list is named that it does not have */
export function editedObject(object: object, edits: readonly FieldEdit[]): object {
  for (const { path } of edits) {
    for (const [depth, step] of path.entries()) {
      if (typeof step === 'string' || valueAt(object, path.slice(0, depth + 1)) !== undefined) continue;
      const item = typeof step === 'number' ? String(step) : new URLSearchParams(stringsOf(step)).toString();
      throw plumbError('cli.usage', `the object has no item [${item}] there`, {
        hint: 'Use `plumb edit` or `plumb patch --type json` to add one.',
      });
    }
  }
  return applyEdits(object as Json, edits) as object;
}

function stringsOf(keys: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, String(value)]));
}
