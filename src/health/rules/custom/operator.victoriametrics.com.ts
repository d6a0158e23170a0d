import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** VictoriaMetrics. */
export const operatorVictoriametricsComRules: GroupRules = {
  '*': {
    value: {
      path: 'status.updateStatus',
      values: { operational: 'Healthy', expanding: 'Progressing', paused: 'Suspended', failed: 'Degraded' },
      message: 'status.reason',
    },
    ...unseen,
  },
};
