import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Cluster API: control planes. */
export const controlplaneClusterXK8sIoRules: GroupRules = {
  AWSManagedControlPlane: {
    expressions: [
      { when: "status.failureMessage != ''", health: 'Degraded', message: 'status.failureMessage' },
      {
        when: "!status.conditions.exists(c, c.type in ['Ready', 'EKSControlPlaneUpdating'] && c.status == 'True') && status.conditions.exists(c, c.status == 'False' && has(c.severity) && c.severity == 'Error')",
        health: 'Degraded',
        says: 'one of its conditions is an error',
      },
    ],
    conditions: [
      { type: 'EKSControlPlaneUpdating', status: 'True', health: 'Progressing' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  KubeadmControlPlane: {
    expressions: [{ when: "status.failureMessage != ''", health: 'Degraded', message: 'status.failureMessage' }],
    conditions: [
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Available', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
};
