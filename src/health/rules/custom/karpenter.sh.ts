import type { GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** Karpenter. */
export const karpenterShRules: GroupRules = {
  NodeClaim: {
    conditions: [
      { type: 'Disrupting', status: 'True', health: 'Suspended' },
      { type: 'Ready', status: 'False', health: 'Degraded' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  NodePool: ready,
};
