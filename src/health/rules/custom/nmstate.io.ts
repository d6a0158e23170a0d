import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Networks of nodes. */
export const nmstateIoRules: GroupRules = {
  NodeNetworkConfigurationPolicy: {
    conditions: [
      { type: 'Degraded', status: 'True', health: 'Degraded' },
      { type: 'Available', status: 'True', health: 'Healthy' },
      { type: 'Progressing', status: 'True', health: 'Progressing' },
      { type: 'Ignored', status: 'True', health: 'Suspended' },
    ],
    ...unseen,
  },
};
