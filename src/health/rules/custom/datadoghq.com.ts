import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Datadog. */
export const datadoghqComRules: GroupRules = {
  DatadogMetric: {
    conditions: [
      { type: 'Error', status: 'True', health: 'Degraded' },
      { type: 'Valid', status: 'False', health: 'Degraded' },
      { type: 'Valid', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
};
