import type { GroupRules } from '../../rule.ts';

/** Istio: who may speak to whom. */
export const securityIstioIoRules: GroupRules = {
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
