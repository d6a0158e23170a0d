import type { ConditionRule, GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

const outcomes: readonly ConditionRule[] = [
  { type: 'Invalid', status: 'True', health: 'Degraded' },
  { type: 'Orphan', status: 'True', health: 'Degraded' },
  { type: 'Failed', status: 'True', health: 'Degraded' },
  { type: 'Ready', status: 'True', health: 'Healthy' },
  { type: 'Synced', status: 'True', health: 'Healthy' },
];

/** 3scale: what it offers. */
export const capabilities3scaleNetRules: GroupRules = {
  ActiveDoc: { conditions: outcomes, ...unseen },
  Application: {
    expressions: [{ when: "status.state == 'suspended'", health: 'Suspended', says: 'status.state is suspended' }],
    conditions: ready.conditions ?? [],
    ...unseen,
  },
  ApplicationAuth: { conditions: outcomes, ...unseen },
  Backend: { conditions: outcomes, ...unseen },
  CustomPolicyDefinition: { conditions: outcomes, ...unseen },
  DeveloperAccount: {
    conditions: [{ type: 'Waiting', status: 'True', health: 'Suspended' }, ...outcomes],
    ...unseen,
  },
  DeveloperUser: {
    expressions: [
      {
        when: "status.developerUserState == 'suspended'",
        health: 'Suspended',
        says: 'status.developerUserState is suspended',
      },
    ],
    conditions: outcomes,
    ...unseen,
  },
  OpenAPI: { conditions: outcomes, ...unseen },
  Product: { conditions: outcomes, ...unseen },
  ProxyConfigPromote: { conditions: outcomes, ...unseen },
  Tenant: {
    conditions: [{ type: 'Ready', status: 'False', health: 'Degraded' }],
    expressions: [
      {
        when: "status.tenantId > 0 && status.adminId > 0 && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
        health: 'Healthy',
      },
    ],
    ...unseen,
  },
};
