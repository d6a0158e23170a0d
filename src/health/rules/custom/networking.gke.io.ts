import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Google Kubernetes Engine: networking. */
export const networkingGkeIoRules: GroupRules = {
  ManagedCertificate: {
    expressions: [
      {
        when: "status.domainStatus.exists(d, d.status.startsWith('Failed'))",
        health: 'Degraded',
        says: 'the certificate of a domain cannot be had',
      },
    ],
    value: {
      path: 'status.certificateStatus',
      values: {
        Active: 'Healthy',
        ProvisioningFailed: 'Degraded',
        ProvisioningFailedPermanently: 'Degraded',
        RenewalFailed: 'Degraded',
        '*': 'Progressing',
      },
    },
    ...unseen,
  },
};
