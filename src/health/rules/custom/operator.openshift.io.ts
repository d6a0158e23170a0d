import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** OpenShift: its own operators. */
export const operatorOpenshiftIoRules: GroupRules = {
  IngressController: {
    conditions: [
      { type: 'Degraded', status: 'True', health: 'Degraded' },
      { type: 'DeploymentReplicasAllAvailable', status: 'False', health: 'Progressing' },
      { type: 'Progressing', status: 'True', health: 'Progressing' },
      { type: 'Available', status: 'True', health: 'Healthy' },
      { type: 'Available', status: 'False', health: 'Degraded' },
    ],
    ...unseen,
  },
};
