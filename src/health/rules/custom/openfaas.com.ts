import type { GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** OpenFaaS. */
export const openfaasComRules: GroupRules = {
  Function: {
    expressions: [
      {
        when: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True') && !status.conditions.exists(c, c.type == 'Stalled' && c.status == 'True') && !(has(status.replicas) && status.replicas > 0)",
        health: 'Suspended',
        says: 'it has no replicas',
      },
    ],
    conditions: [{ type: 'Stalled', status: 'True', health: 'Degraded' }, ...(ready.conditions ?? [])],
    ...unseen,
  },
};
