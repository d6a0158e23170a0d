import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen } from '../shared.ts';

const acme: ValueRule = {
  path: 'status.state',
  values: {
    valid: 'Healthy',
    ready: 'Progressing',
    pending: 'Progressing',
    processing: 'Progressing',
    invalid: 'Degraded',
    expired: 'Degraded',
    errored: 'Degraded',
  },
  message: 'status.reason',
};

/** cert-manager: orders and challenges. */
export const acmeCertManagerIoRules: GroupRules = {
  Challenge: { value: acme, ...unseen },
  Order: { value: acme, ...unseen },
};
