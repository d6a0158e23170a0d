import type { GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** cert-manager. */
export const certManagerIoRules: GroupRules = {
  Certificate: {
    conditions: [
      // A renewal under way, while the old certificate still serves.
      { type: 'Issuing', status: 'True', health: 'Progressing' },
      { type: 'Ready', status: 'False', health: 'Degraded' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  CertificateRequest: {
    conditions: [
      { type: 'Denied', status: 'True', health: 'Degraded' },
      { type: 'InvalidRequest', status: 'True', health: 'Degraded' },
      { type: 'Ready', status: 'False', reasons: ['Failed', 'Denied'], health: 'Degraded' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  ClusterIssuer: ready,
  Issuer: ready,
};
