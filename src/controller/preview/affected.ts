import { isAffected, type PathChange } from '../../render/index.ts';
import type { GroupReads } from '../application/context.ts';

/** Whether nothing that renders looked at in this repository and reference is among what differs. */
export function isUntouchedBy(changes: readonly PathChange[], group: string): (reads: GroupReads) => boolean {
  return (reads) => {
    const record = reads.get(group);
    return record !== undefined && !isAffected(record, changes);
  };
}
