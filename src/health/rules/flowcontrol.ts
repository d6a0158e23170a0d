import type { GroupRules } from '../rule.ts';

/** The API server's own flow control. */
export const flowcontrolRules: GroupRules = {
  FlowSchema: {
    conditions: [{ type: 'Dangling', status: 'True', health: 'Degraded' }],
    otherwise: 'Healthy',
  },
};
