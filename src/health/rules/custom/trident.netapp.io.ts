import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** NetApp Trident. */
export const tridentNetappIoRules: GroupRules = {
  TridentBackendConfig: {
    expressions: [
      {
        when: "status.lastOperationStatus == 'Failed'",
        health: 'Degraded',
        message: 'status.message',
        says: 'its last operation has failed',
      },
      { when: "status.phase == 'Bound' && status.lastOperationStatus == 'Success'", health: 'Healthy' },
    ],
    ...unseen,
  },
  TridentOrchestrator: {
    value: {
      path: 'status.status',
      values: { Installed: 'Healthy', Failed: 'Degraded', Error: 'Degraded', '*': 'Progressing' },
      message: 'status.message',
    },
    ...unseen,
  },
};
