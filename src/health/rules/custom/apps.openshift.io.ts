import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** OpenShift: DeploymentConfigs. */
export const appsOpenshiftIoRules: GroupRules = {
  DeploymentConfig: {
    suspended: 'spec.paused',
    expressions: [{ when: 'status.replicas == 0 && spec.replicas == 0', health: 'Healthy' }],
    conditions: [
      { type: 'Progressing', status: 'False', health: 'Degraded' },
      {
        type: 'Progressing',
        status: 'True',
        reasons: [
          'ReplicationControllerUpdated',
          'NewReplicationControllerReason',
          'NewReplicationControllerCreated',
          'FoundNewReplicationController',
        ],
        health: 'Progressing',
      },
      { type: 'Available', status: 'False', health: 'Progressing' },
      { type: 'Progressing', status: 'True', reasons: ['NewReplicationControllerAvailable'], health: 'Healthy' },
    ],
    ...unseen,
  },
};
