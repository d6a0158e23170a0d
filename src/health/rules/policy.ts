import type { GroupRules } from '../rule.ts';

/** Disruption budgets. A budget that is used up is a budget at work, not a fault. */
export const policyRules: GroupRules = {
  PodDisruptionBudget: {
    conditions: [
      { type: 'DisruptionAllowed', reasons: ['SyncFailed'], health: 'Degraded' },
      { type: 'DisruptionAllowed', health: 'Healthy' },
    ],
    otherwise: 'Progressing',
    message: 'nothing is known of it yet',
  },
};
