import type { ConditionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const remote: readonly ConditionRule[] = [
  { type: 'RemoteSynced', status: 'True', health: 'Healthy' },
  { type: 'RemoteSynced', status: 'False', health: 'Degraded' },
];

/** Coralogix. */
export const coralogixComRules: GroupRules = {
  Alert: { conditions: remote, ...unseen },
  RecordingRuleGroupSet: { conditions: remote, ...unseen },
};
