import type { JsonObject, KubeObject } from '../../object.ts';
import type { ActionInput, GroupActions } from '../action.ts';
import { nameAt, withoutTracking } from '../make-job.ts';
import { switching } from '../shared.ts';

/** A Backup of the template, as `velero backup create --from-schedule` makes it. */
function backupOf(input: ActionInput): KubeObject {
  const { object } = input;
  const { name, namespace = '', labels = {} } = object.metadata;
  const { template = {} } = (object['spec'] ?? {}) as { readonly template?: JsonObject };
  const { metadata, ...spec } = template as JsonObject & {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  };
  // Those of the template count, where it has any: the others may say who maintains the schedule.
  const own = metadata?.labels ?? withoutTracking(labels);
  return {
    apiVersion: object.apiVersion,
    kind: 'Backup',
    metadata: { name: nameAt(input), namespace, labels: { ...own, 'velero.io/schedule-name': name } },
    spec,
  };
}

/** Velero. */
export const veleroActions: GroupActions = {
  Schedule: [
    {
      name: 'run',
      does: 'Make a backup now, whatever its schedule says',
      effect: {
        kind: 'create',
        group: 'velero.io',
        objectKind: 'Backup',
        says: 'a Backup of `spec.template`',
        make: backupOf,
      },
    },
    ...switching(['pause', 'Make no more backups'], ['resume', 'Make backups again as the schedule says'], 'paused'),
  ],
};
