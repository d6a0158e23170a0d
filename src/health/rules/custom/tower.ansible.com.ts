import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Ansible. */
export const towerAnsibleComRules: GroupRules = {
  AnsibleJob: {
    value: {
      path: 'status.ansibleJobResult.status',
      values: {
        successful: 'Healthy',
        failed: 'Degraded',
        error: 'Degraded',
        canceled: 'Degraded',
        '*': 'Progressing',
      },
    },
    ...unseen,
  },
};
