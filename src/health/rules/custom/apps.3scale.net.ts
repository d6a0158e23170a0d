import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** 3scale: its installation. */
export const apps3scaleNetRules: GroupRules = {
  APIManager: {
    expressions: [
      {
        when: 'has(status.deployments.ready) && !has(status.deployments.starting) && !has(status.deployments.stopped)',
        health: 'Healthy',
      },
    ],
    conditions: [
      { type: 'Available', status: 'True', health: 'Healthy' },
      { type: 'Available', status: 'False', reasons: [''], health: 'Progressing' },
      { type: 'Available', status: 'False', health: 'Degraded' },
    ],
    ...unseen,
  },
};
