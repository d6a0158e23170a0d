import type { GroupRules } from '../rule.ts';

/** APIs that other servers serve. */
export const apiregistrationRules: GroupRules = {
  APIService: {
    conditions: [
      { type: 'Available', status: 'True', health: 'Healthy' },
      { type: 'Available', health: 'Progressing' },
    ],
    otherwise: 'Progressing',
    message: 'nothing is known of it yet',
  },
};
