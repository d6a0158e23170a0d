import type { ExpressionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** A rollout that ends at a number of updated replicas, where a partition holds it there. */
function rollout(held: string, available: string): readonly ExpressionRule[] {
  return [
    {
      when: `${available} == status.replicas`,
      health: 'Healthy',
    },
    {
      when: `status.updatedReplicas < status.replicas && status.updatedReplicas >= ${held}`,
      health: 'Suspended',
      says: 'the rollout is held by its partition',
    },
    {
      when: 'status.replicas >= 0',
      health: 'Progressing',
      says: 'not all replicas are of the new version and available',
    },
  ];
}

/** OpenKruise: workloads. */
export const appsKruiseIoRules: GroupRules = {
  AdvancedCronJob: {
    suspended: 'spec.paused',
    expressions: [{ when: 'size(status.active) > 0', health: 'Progressing', says: 'a run is under way' }],
    otherwise: 'Healthy',
  },
  BroadcastJob: {
    suspended: 'spec.paused',
    value: {
      path: 'status.phase',
      values: { completed: 'Healthy', running: 'Progressing', failed: 'Degraded', paused: 'Suspended' },
    },
    ...unseen,
  },
  CloneSet: {
    suspended: 'spec.updateStrategy.paused',
    expressions: rollout('status.expectedUpdatedReplicas', 'status.updatedAvailableReplicas'),
    ...unseen,
  },
  DaemonSet: {
    suspended: 'spec.updateStrategy.rollingUpdate.paused',
    expressions: [
      {
        when: 'status.updatedNumberScheduled == status.desiredNumberScheduled && status.numberAvailable >= status.desiredNumberScheduled',
        health: 'Healthy',
      },
      {
        when: 'spec.updateStrategy.rollingUpdate.partition > 0 && status.updatedNumberScheduled >= status.desiredNumberScheduled - spec.updateStrategy.rollingUpdate.partition',
        health: 'Suspended',
        says: 'the rollout is held by its partition',
      },
      {
        when: 'status.updatedNumberScheduled == status.desiredNumberScheduled && status.numberUnavailable == status.desiredNumberScheduled',
        health: 'Degraded',
        says: 'none of its pods is available',
      },
      { when: 'has(status.desiredNumberScheduled)', health: 'Progressing', says: 'not all nodes run the new version' },
    ],
    ...unseen,
  },
  StatefulSet: {
    suspended: 'spec.updateStrategy.rollingUpdate.paused',
    expressions: rollout(
      'status.replicas - spec.updateStrategy.rollingUpdate.partition',
      'status.updatedAvailableReplicas',
    ),
    ...unseen,
  },
};
