import type { GroupRules } from '../../rule.ts';

/** Istio: traffic. A status is written only where analysis is switched on. */
export const networkingIstioIoRules: GroupRules = {
  '*': {
    conditions: [{ type: 'Reconciled', status: 'False', health: 'Progressing' }],
    expressions: [
      {
        when: "status.validationMessages.exists(m, m.level in ['Error', 3])",
        health: 'Degraded',
        says: 'the analysis of Istio finds an error',
      },
    ],
    otherwise: 'Healthy',
  },
};
