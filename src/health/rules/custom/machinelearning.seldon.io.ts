import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Seldon Core v1. */
export const machinelearningSeldonIoRules: GroupRules = {
  SeldonDeployment: {
    value: {
      path: 'status.state',
      values: { Available: 'Healthy', Creating: 'Progressing', Failed: 'Degraded' },
      message: 'status.description',
    },
    ...unseen,
  },
};
