import type { GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

/** Crunchy Data's operator for Postgres. */
export const postgresOperatorCrunchydataComRules: GroupRules = {
  PGAdmin: present,
  PostgresCluster: {
    suspended: 'spec.paused',
    expressions: [
      { when: 'spec.shutdown == true', health: 'Suspended', says: 'spec.shutdown is true' },
      {
        when: 'status.instances.exists(i, !has(i.readyReplicas) || !has(i.replicas) || i.readyReplicas < i.replicas)',
        health: 'Progressing',
        says: 'not all instances are ready',
      },
    ],
    conditions: [
      { type: 'PGBackRestRepoHostReady', status: 'False', health: 'Progressing' },
      { type: 'PGBackRestReplicaRepoReady', status: 'False', health: 'Progressing' },
      { type: 'PostgresDataInitialized', status: 'False', health: 'Progressing' },
      { type: 'ProxyAvailable', status: 'False', health: 'Degraded' },
      {
        type: 'PGBackRestReplicaCreate',
        status: 'False',
        reasons: ['BackupFailed', 'RepoBackupNotComplete'],
        health: 'Degraded',
      },
      { type: 'ProxyAvailable', status: 'True', health: 'Healthy' },
      { type: 'PGBackRestRepoHostReady', status: 'True', health: 'Healthy' },
      { type: 'PGBackRestReplicaCreate', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
};
