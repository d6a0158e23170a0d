import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen } from '../shared.ts';

const existence: ValueRule = {
  path: 'status.state',
  values: { Exists: 'Healthy', NotFound: 'Missing', ConfigError: 'Degraded', Unknown: 'Unknown' },
};

/** Humio (Falcon LogScale). */
export const coreHumioComRules: GroupRules = {
  HumioAction: { value: existence, ...unseen },
  HumioAlert: { value: existence, ...unseen },
  HumioCluster: {
    value: {
      path: 'status.state',
      values: {
        Running: 'Healthy',
        Restarting: 'Progressing',
        Upgrading: 'Progressing',
        Pending: 'Progressing',
        ConfigError: 'Degraded',
        Unknown: 'Unknown',
      },
      message: 'status.message',
    },
    ...unseen,
  },
  HumioIngestToken: { value: existence, ...unseen },
  HumioParser: { value: existence, ...unseen },
  HumioRepository: { value: existence, ...unseen },
  HumioView: { value: existence, ...unseen },
};
