import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Flagger. */
export const flaggerAppRules: GroupRules = {
  Canary: {
    value: {
      path: 'status.phase',
      values: {
        Initializing: 'Progressing',
        Initialized: 'Healthy',
        Waiting: 'Suspended',
        WaitingPromotion: 'Suspended',
        Progressing: 'Progressing',
        Promoting: 'Progressing',
        Finalising: 'Progressing',
        Succeeded: 'Healthy',
        Failed: 'Degraded',
        Terminating: 'Progressing',
      },
    },
    ...unseen,
  },
};
