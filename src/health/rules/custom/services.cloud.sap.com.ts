import type { ConditionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const sap: readonly ConditionRule[] = [
  { type: 'Failed', status: 'True', health: 'Degraded' },
  {
    type: 'Succeeded',
    status: 'False',
    reasons: ['CreateInProgress', 'UpdateInProgress', 'DeleteInProgress', 'InProgress', 'Blocked'],
    health: 'Progressing',
  },
  { type: 'Succeeded', status: 'False', health: 'Degraded' },
  { type: 'Succeeded', status: 'True', health: 'Healthy' },
  { type: 'Ready', status: 'True', health: 'Healthy' },
];

/** SAP's operator for services. */
export const servicesCloudSapComRules: GroupRules = {
  ServiceBinding: { fresh: true, conditions: sap, ...unseen },
  ServiceInstance: { fresh: true, conditions: sap, ...unseen },
};
