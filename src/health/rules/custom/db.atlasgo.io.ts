import type { ConditionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const atlas: readonly ConditionRule[] = [
  { type: 'Ready', status: 'True', health: 'Healthy' },
  { type: 'Ready', reasons: ['Reconciling', 'GettingDevDB', 'Pending'], health: 'Progressing' },
  { type: 'Ready', health: 'Degraded' },
];

/** Atlas: schemas of databases. */
export const dbAtlasgoIoRules: GroupRules = {
  AtlasMigration: { conditions: atlas, ...unseen },
  AtlasSchema: { conditions: atlas, ...unseen },
};
