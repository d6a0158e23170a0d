import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Zalando's operator for Postgres. */
export const acidZalanDoRules: GroupRules = {
  postgresql: {
    value: {
      path: 'status.PostgresClusterStatus',
      values: {
        Running: 'Healthy',
        Creating: 'Progressing',
        Updating: 'Progressing',
        UpgradeInProgress: 'Progressing',
        '*': 'Degraded',
      },
    },
    ...unseen,
  },
};
