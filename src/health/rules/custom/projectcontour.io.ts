import type { ConditionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const valid: readonly ConditionRule[] = [
  { type: 'Valid', status: 'True', health: 'Healthy' },
  { type: 'Valid', status: 'False', health: 'Degraded' },
];

/** Contour. */
export const projectcontourIoRules: GroupRules = {
  ExtensionService: { fresh: true, conditions: valid, ...unseen },
  HTTPProxy: {
    fresh: true,
    expressions: [
      {
        when: "size(spec.includes) > 0 && status.conditions.exists(c, c.type == 'Valid' && c.status == 'False')",
        health: 'Healthy',
        says: 'what it includes is judged by itself',
      },
    ],
    conditions: valid,
    ...unseen,
  },
};
