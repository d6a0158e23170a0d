import type { JsonObject } from '../../object.ts';
import type { ActionInput, GroupActions } from '../action.ts';
import { annotating, switchingAnnotation } from '../shared.ts';

function switchover({ values, now }: ActionInput): JsonObject {
  const instance = String(values['instance']);
  return {
    status: {
      targetPrimary: instance,
      targetPrimaryTimestamp: now.toISOString(),
      phase: 'Switchover in progress',
      phaseReason: `Switching over to ${instance}`,
    },
  };
}

/** CloudNativePG. */
export const cnpgActions: GroupActions = {
  Cluster: [
    annotating('restart', 'Restart all instances, one after the other', 'kubectl.kubernetes.io/restartedAt'),
    annotating('reload', 'Have all instances read their configuration again', 'cnpg.io/reloadedAt'),
    {
      name: 'promote',
      does: 'Make another instance the primary',
      parameters: {
        instance: {
          type: 'string',
          description: 'Name of the instance, such as `db-2`; one of `status.instancesStatus.healthy`.',
          pattern: '[a-z0-9][-a-z0-9.]*',
        },
      },
      when: 'size(status.instancesStatus.healthy) > 1',
      effect: {
        kind: 'patch',
        subresource: 'status',
        patch: { says: '`status.targetPrimary` and the phase of a switchover', make: switchover },
        belongs: 'Cluster',
      },
    },
    ...switchingAnnotation(
      ['suspend', 'Have the operator leave it as it is'],
      ['resume', 'Have the operator go on with it'],
      'cnpg.io/reconciliationLoop',
      'disabled',
    ),
  ],
};
