import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Kiali. */
export const kialiIoRules: GroupRules = {
  Kiali: {
    conditions: [
      { type: 'Failure', status: 'True', health: 'Degraded' },
      { type: 'Successful', status: 'True', health: 'Healthy' },
      { type: 'Running', health: 'Progressing' },
    ],
    ...unseen,
  },
};
