import type { GroupRules } from '../../rule.ts';
import { unseen, ready, mariadb } from '../shared.ts';

/** The operator for MariaDB. */
export const k8sMariadbComRules: GroupRules = {
  Backup: {
    conditions: [
      { type: 'Complete', status: 'False', reasons: ['JobFailed', 'Failed'], health: 'Degraded' },
      { type: 'Complete', status: 'True', health: 'Healthy' },
    ],
    expressions: [
      {
        when: "status.conditions.exists(c, c.status == 'False' && c.reason == 'CronJobScheduled' && c.message == 'Failed')",
        health: 'Degraded',
        says: 'its scheduled run has failed',
      },
    ],
    ...unseen,
  },
  Connection: ready,
  Database: ready,
  Grant: ready,
  MariaDB: mariadb,
  MaxScale: mariadb,
  SqlJob: {
    conditions: [
      { type: 'Complete', reasons: ['JobFailed'], health: 'Degraded' },
      { type: 'Complete', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
  User: ready,
};
