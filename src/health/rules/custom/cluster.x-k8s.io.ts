import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Cluster API. */
export const clusterXK8sIoRules: GroupRules = {
  Cluster: {
    suspended: 'spec.paused',
    expressions: [
      {
        when: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'False' && (!has(c.severity) || c.severity != 'Info'))",
        health: 'Degraded',
        says: 'its condition Ready is False',
      },
    ],
    value: {
      path: 'status.phase',
      values: {
        Provisioned: 'Healthy',
        Pending: 'Progressing',
        Provisioning: 'Progressing',
        Deleting: 'Progressing',
        Failed: 'Degraded',
      },
      message: 'status.failureMessage',
    },
    ...unseen,
  },
  Machine: {
    value: {
      path: 'status.phase',
      values: { Running: 'Healthy', Failed: 'Degraded', '*': 'Progressing' },
      message: 'status.failureMessage',
    },
    ...unseen,
  },
  MachineDeployment: {
    suspended: 'spec.paused',
    value: { path: 'status.phase', values: { Running: 'Healthy', Failed: 'Degraded', '*': 'Progressing' } },
    ...unseen,
  },
  MachineHealthCheck: {
    expressions: [
      { when: 'status.currentHealthy >= status.expectedMachines', health: 'Healthy' },
      { when: 'has(status.currentHealthy)', health: 'Degraded', says: 'not all of its machines are well' },
    ],
    ...unseen,
  },
  MachinePool: {
    value: {
      path: 'status.phase',
      values: { Running: 'Healthy', Scaling: 'Healthy', Failed: 'Degraded', Unknown: 'Degraded', '*': 'Progressing' },
      message: 'status.failureMessage',
    },
    ...unseen,
  },
};
