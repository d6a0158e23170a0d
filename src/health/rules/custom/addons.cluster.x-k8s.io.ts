import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Cluster API: what is put into new clusters. */
export const addonsClusterXK8sIoRules: GroupRules = {
  ClusterResourceSet: {
    conditions: [
      { type: 'ResourcesApplied', status: 'True', health: 'Healthy' },
      { type: 'ResourcesApplied', status: 'False', health: 'Degraded' },
    ],
    ...unseen,
  },
};
