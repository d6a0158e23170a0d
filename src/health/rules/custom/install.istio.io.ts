import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Istio: its installation. */
export const installIstioIoRules: GroupRules = {
  IstioOperator: {
    expressions: [
      {
        when: "status.status in ['ERROR', 4]",
        health: 'Degraded',
        message: 'status.message',
        says: 'status.status is ERROR',
      },
      {
        when: "status.status in ['ACTION_REQUIRED', 5]",
        health: 'Degraded',
        message: 'status.message',
        says: 'somebody has to act',
      },
      {
        when: "status.status in ['UPDATING', 1, 'RECONCILING', 2]",
        health: 'Progressing',
        message: 'status.message',
        says: 'it is at work',
      },
      { when: "status.status in ['HEALTHY', 3]", health: 'Healthy' },
      { when: "status.status in ['NONE', 0]", health: 'Unknown', says: 'there is no such component' },
    ],
    ...unseen,
  },
};
