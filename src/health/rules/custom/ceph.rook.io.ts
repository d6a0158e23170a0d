import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const phase: DataRule = {
  value: {
    path: 'status.phase',
    values: { Ready: 'Healthy', Connected: 'Healthy', Failure: 'Degraded', '*': 'Progressing' },
  },
  ...unseen,
};

/** Rook: Ceph. */
export const cephRookIoRules: GroupRules = {
  CephBlockPool: phase,
  CephCluster: {
    expressions: [
      {
        when: "status.ceph.health == 'HEALTH_ERR'",
        health: 'Degraded',
        message: 'status.message',
        says: 'status.ceph.health is HEALTH_ERR',
      },
      {
        when: "status.ceph.health == 'HEALTH_WARN'",
        health: 'Degraded',
        message: 'status.message',
        says: 'status.ceph.health is HEALTH_WARN',
      },
      { when: "status.state == 'Error'", health: 'Degraded', message: 'status.message', says: 'status.state is Error' },
      {
        when: "status.ceph.health == 'HEALTH_OK' && (!has(status.state) || status.state in ['Created', 'Connected'])",
        health: 'Healthy',
      },
      { when: 'has(status.state)', health: 'Progressing', message: 'status.message', says: 'it is not created yet' },
    ],
    ...unseen,
  },
  CephFilesystem: phase,
  CephObjectStore: phase,
};
