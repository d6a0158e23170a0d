import type { GroupRules } from '../rule.ts';

/** CustomResourceDefinitions: well once their objects are served. */
export const apiextensionsRules: GroupRules = {
  CustomResourceDefinition: {
    conditions: [
      { type: 'NamesAccepted', status: 'False', health: 'Degraded' },
      { type: 'NonStructuralSchema', status: 'True', health: 'Degraded' },
      { type: 'Established', status: 'True', health: 'Healthy' },
      { type: 'Established', status: 'False', reasons: ['Installing'], health: 'Progressing' },
      { type: 'Established', status: 'False', health: 'Degraded' },
    ],
    otherwise: 'Progressing',
    message: 'it is not established yet',
  },
};
