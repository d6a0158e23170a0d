import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Spot Ocean. */
export const spotIoRules: GroupRules = {
  SpotDeployment: {
    conditions: [
      { type: 'InvalidSpec', health: 'Degraded' },
      { type: 'Progressing', reasons: ['RolloutAborted', 'ProgressDeadlineExceeded'], health: 'Degraded' },
      { type: 'Paused', status: 'True', health: 'Suspended' },
    ],
    expressions: [],
    value: { path: 'status.phase', values: { Progressing: 'Progressing', '*': 'Healthy' } },
    ...unseen,
  },
};
