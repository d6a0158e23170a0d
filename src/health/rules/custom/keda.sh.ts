import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const keda: DataRule = {
  conditions: [
    { type: 'Ready', status: 'False', health: 'Degraded' },
    { type: 'Paused', status: 'True', health: 'Suspended' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** KEDA. */
export const kedaShRules: GroupRules = {
  ScaledJob: keda,
  ScaledObject: {
    conditions: [{ type: 'Fallback', status: 'True', health: 'Degraded' }, ...(keda.conditions ?? [])],
    ...unseen,
  },
  ClusterTriggerAuthentication: present,
  TriggerAuthentication: present,
};
