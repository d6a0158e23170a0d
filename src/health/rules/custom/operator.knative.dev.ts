import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const knativeOperator: DataRule = {
  expressions: [
    {
      when: "status.conditions.exists(c, c.status == 'Unknown')",
      health: 'Progressing',
      says: 'one of its conditions is Unknown',
    },
  ],
  conditions: [
    { type: 'InstallSucceeded', status: 'False', health: 'Degraded' },
    { type: 'DependenciesInstalled', status: 'False', health: 'Degraded' },
    { type: 'DeploymentsAvailable', status: 'False', health: 'Progressing' },
    { type: 'Ready', status: 'False', health: 'Progressing' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
  ],
  ...unseen,
};

/** Knative: its installation. */
export const operatorKnativeDevRules: GroupRules = {
  KnativeEventing: knativeOperator,
  KnativeServing: knativeOperator,
};
