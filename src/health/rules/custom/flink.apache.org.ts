import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Flink. */
export const flinkApacheOrgRules: GroupRules = {
  FlinkDeployment: {
    expressions: [
      {
        when: "status.lifecycleState == 'FAILED'",
        health: 'Degraded',
        message: 'status.error',
        says: 'status.lifecycleState is FAILED',
      },
      {
        when: "status.jobManagerDeploymentStatus == 'ERROR'",
        health: 'Degraded',
        message: 'status.error',
        says: 'its job manager is in error',
      },
      { when: "status.lifecycleState == 'SUSPENDED'", health: 'Suspended', says: 'status.lifecycleState is SUSPENDED' },
      {
        when: "status.jobManagerDeploymentStatus in ['DEPLOYING', 'DEPLOYED_NOT_READY']",
        health: 'Progressing',
        says: 'its job manager starts',
      },
      {
        when: "status.reconciliationStatus.state == 'DEPLOYED' || status.reconciliationStatus.success == true",
        health: 'Healthy',
      },
    ],
    ...unseen,
  },
};
