import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** KubeVirt: imports of disks. */
export const cdiKubevirtIoRules: GroupRules = {
  DataVolume: {
    expressions: [
      {
        when: "status.conditions.exists(c, c.type == 'Running' && c.status == 'False' && c.reason == 'Error')",
        health: 'Degraded',
        says: 'its importer has failed',
      },
    ],
    value: {
      path: 'status.phase',
      values: {
        Succeeded: 'Healthy',
        Failed: 'Degraded',
        Unknown: 'Degraded',
        Paused: 'Suspended',
        '*': 'Progressing',
      },
    },
    ...unseen,
  },
};
