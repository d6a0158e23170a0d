import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** MinIO. */
export const minioMinIoRules: GroupRules = {
  Tenant: {
    expressions: [
      { when: "status.currentState == 'Initialized'", health: 'Healthy' },
      {
        when: "status.currentState in ['Statefulset not controlled by operator', 'Another MinIO Tenant already exists in the namespace', 'Tenant credentials are not set properly', 'Different versions across MinIO Pools', 'Pool Decommissioning Not Allowed']",
        health: 'Degraded',
        message: 'status.currentState',
      },
      { when: 'has(status.currentState)', health: 'Progressing', message: 'status.currentState' },
    ],
    ...unseen,
  },
};
