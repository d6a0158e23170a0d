import type { GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** External Secrets Operator. */
export const externalSecretsIoRules: GroupRules = {
  ClusterExternalSecret: {
    conditions: [
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'PartiallyReady', status: 'True', health: 'Degraded' },
      { type: 'NotReady', status: 'True', health: 'Degraded' },
      { type: 'Ready', status: 'False', health: 'Degraded' },
    ],
    ...unseen,
  },
  ClusterSecretStore: ready,
  ExternalSecret: ready,
  PushSecret: ready,
  SecretStore: ready,
};
