import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** OpenKruiseGame. */
export const gameKruiseIoRules: GroupRules = {
  GameServer: {
    expressions: [
      {
        when: 'status.currentState != status.desiredState',
        health: 'Progressing',
        says: 'it is not in the state that is wished for',
      },
      {
        when: "status.podStatus.conditions.exists(c, c.type == 'KruisePodReady' && c.status != 'True')",
        health: 'Degraded',
        says: 'its pod is not ready',
      },
      { when: "status.currentState == 'Ready'", health: 'Healthy' },
    ],
    ...unseen,
  },
  GameServerSet: {
    suspended: 'spec.updateStrategy.rollingUpdate.paused',
    expressions: [
      {
        when: 'spec.updateStrategy.rollingUpdate.partition > 0 && status.updatedReplicas >= status.replicas - spec.updateStrategy.rollingUpdate.partition',
        health: 'Suspended',
        says: 'the rollout is held by its partition',
      },
      { when: 'status.updatedReadyReplicas == status.replicas', health: 'Healthy' },
      {
        when: 'has(status.replicas)',
        health: 'Progressing',
        says: 'not all replicas are of the new version and ready',
      },
    ],
    ...unseen,
  },
};
