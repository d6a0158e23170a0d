import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Pulumi. */
export const pulumiComRules: GroupRules = {
  Stack: {
    conditions: [
      { type: 'Stalled', status: 'True', health: 'Degraded' },
      { type: 'Reconciling', status: 'True', health: 'Progressing' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
};
