import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen } from '../shared.ts';

const compliance: ValueRule = {
  path: 'status.compliant',
  values: { Compliant: 'Healthy', Pending: 'Progressing', '*': 'Degraded' },
};

/** Open Cluster Management: policies. */
export const policyOpenClusterManagementIoRules: GroupRules = {
  CertificatePolicy: { value: compliance, ...unseen },
  ConfigurationPolicy: {
    expressions: [
      {
        when: 'status.lastEvaluatedGeneration < metadata.generation',
        health: 'Progressing',
        says: 'its newest version was not looked at yet',
      },
    ],
    value: compliance,
    ...unseen,
  },
  OperatorPolicy: {
    conditions: [
      { type: 'Compliant', status: 'True', health: 'Healthy' },
      { type: 'Compliant', health: 'Degraded' },
    ],
    ...unseen,
  },
  Policy: {
    suspended: 'spec.disabled',
    expressions: [
      {
        when: '!has(status.compliant) && !has(status.status) && size(status.placement) > 0',
        health: 'Healthy',
        says: 'no cluster matches it',
      },
    ],
    value: compliance,
    ...unseen,
  },
};
