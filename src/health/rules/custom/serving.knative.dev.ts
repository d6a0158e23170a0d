import type { GroupRules } from '../../rule.ts';
import { unseen, knative } from '../shared.ts';

/** Knative Serving. */
export const servingKnativeDevRules: GroupRules = {
  Configuration: knative,
  DomainMapping: knative,
  Revision: {
    conditions: [
      { type: 'Ready', status: 'False', health: 'Degraded' },
      // Scaled to nothing for want of requests: as it should be.
      { type: 'Active', status: 'False', reasons: ['NoTraffic'], health: 'Healthy' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  Route: knative,
  Service: knative,
};
