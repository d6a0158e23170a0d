import type { DriftChange } from '../../api/index.ts';
import type { DriftedField, FieldWriter, ObjectResult } from '../../sync/index.ts';
import { formatDriftPath } from '../capture/describe.ts';

/** Fields named of one object and manager. */
const shownFields = 5;

/** Who changed what of one object: one for each field manager. */
export function driftChangesOf(
  object: string,
  drift: readonly Pick<DriftedField, 'path' | 'writers'>[],
): readonly DriftChange[] {
  if (drift.length === 0) return [{ object, fields: [] }];
  const found = new Map<string, { writer: FieldWriter | undefined; readonly fields: string[] }>();
  for (const { path, writers } of drift) {
    for (const writer of writers.length === 0 ? [undefined] : writers) {
      const slot = writer?.manager ?? '';
      const known = found.get(slot);
      if (known === undefined) found.set(slot, { writer, fields: [formatDriftPath(path)] });
      else known.fields.push(formatDriftPath(path));
      if (known !== undefined && writer !== undefined && writer.time > (known.writer?.time ?? ''))
        known.writer = writer;
    }
  }
  return [...found.values()].map(({ writer, fields }) => changeBy(object, writer, [...new Set(fields)]));
}

function changeBy(object: string, writer: FieldWriter | undefined, fields: readonly string[]): DriftChange {
  const more = fields.length - shownFields;
  return {
    object,
    ...(writer === undefined ? {} : { manager: writer.manager, operation: writer.operation }),
    ...(writer === undefined || writer.time === '' ? {} : { at: writer.time }),
    fields: fields.slice(0, shownFields),
    ...(more > 0 ? { more } : {}),
  };
}

/** An object that is gone: nobody knows by whom. */
export function deletionOf(object: string): DriftChange {
  return { object, deleted: true, fields: [] };
}

/** What a sync has put back; undefined where it is none of that. */
export function revertedBy({ id, action, drift }: Pick<ObjectResult, 'id' | 'action' | 'drift'>) {
  if (drift === undefined) return undefined;
  if (action === 'created') return [deletionOf(id)];
  return action === 'configured' || action === 'recreated' ? driftChangesOf(id, drift) : undefined;
}

/** `apps/Deployment prod/web: spec.replicas changed by hpa (Update, 2026-11-22T10:00:00Z)` */
export function describeChange({ object, fields, more, deleted, manager, operation, at }: DriftChange): string {
  if (deleted === true) return `${object}: deleted, by somebody unknown`;
  const what = [...fields, ...(more === undefined ? [] : [`${more} more`])].join(', ') || 'something';
  const how = [operation, at].filter((part) => part !== undefined).join(', ');
  const who = manager === undefined ? 'somebody unknown' : `${manager || 'somebody without a name'} (${how})`;
  return `${object}: ${what} changed by ${who}`;
}
