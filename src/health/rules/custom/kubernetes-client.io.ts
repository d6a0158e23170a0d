import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** External Secrets before the operator of that name. */
export const kubernetesClientIoRules: GroupRules = {
  ExternalSecret: {
    expressions: [
      { when: "status.status == 'SUCCESS'", health: 'Healthy' },
      { when: "status.status.startsWith('ERROR')", health: 'Degraded', message: 'status.status' },
    ],
    ...unseen,
  },
};
