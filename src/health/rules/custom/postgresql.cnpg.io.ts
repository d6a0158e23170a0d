import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const applied: DataRule = {
  expressions: [
    { when: 'status.applied == true', health: 'Healthy' },
    { when: 'status.applied == false', health: 'Degraded', message: 'status.message', says: 'it could not be applied' },
  ],
  ...unseen,
};

/** CloudNativePG. */
export const postgresqlCnpgIoRules: GroupRules = {
  Backup: {
    value: {
      path: 'status.phase',
      values: { completed: 'Healthy', failed: 'Degraded', walArchivingFailing: 'Degraded', '*': 'Progressing' },
      message: 'status.error',
    },
    ...unseen,
  },
  Cluster: {
    expressions: [
      {
        when: "metadata.annotations['cnpg.io/reconciliationLoop'] == 'disabled'",
        health: 'Suspended',
        says: 'the annotation cnpg.io/reconciliationLoop is disabled',
      },
    ],
    conditions: [
      { type: 'cnpg.io/hibernation', status: 'True', health: 'Suspended' },
      { type: 'cnpg.io/hibernation', health: 'Progressing' },
    ],
    value: {
      path: 'status.phase',
      values: {
        'Cluster in healthy state': 'Healthy',
        'Setting up primary': 'Progressing',
        'Creating a new replica': 'Progressing',
        'Upgrading cluster': 'Progressing',
        'Waiting for the instances to become active': 'Progressing',
        'Promoting to primary cluster': 'Progressing',
        'Applying configuration': 'Progressing',
        'Online upgrade in progress': 'Progressing',
        'Primary instance is being restarted in-place': 'Progressing',
        'Primary instance is being restarted without a switchover': 'Progressing',
        'Switchover in progress': 'Degraded',
        'Failing over': 'Degraded',
        'Upgrading Postgres major version': 'Degraded',
        'Cluster upgrade delayed': 'Degraded',
        'Waiting for user action': 'Degraded',
        'Cluster cannot execute instance online upgrade due to missing architecture binary': 'Degraded',
        'Unable to create required cluster objects': 'Degraded',
        'Cluster cannot proceed to reconciliation due to an unknown plugin being required': 'Degraded',
        'Cluster has incomplete or invalid image catalog': 'Degraded',
        'Cluster is unrecoverable and needs manual intervention': 'Degraded',
        '*': 'Unknown',
      },
      message: 'status.phaseReason',
    },
    ...unseen,
  },
  Database: applied,
  Pooler: present,
  Publication: applied,
  ScheduledBackup: { suspended: 'spec.suspend', otherwise: 'Healthy' },
  Subscription: applied,
};
