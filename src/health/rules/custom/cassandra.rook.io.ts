import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Rook: Cassandra. */
export const cassandraRookIoRules: GroupRules = {
  Cluster: {
    expressions: [
      { when: 'status.racks.all(r, status.racks[r].members == status.racks[r].readyMembers)', health: 'Healthy' },
      { when: 'has(status.racks)', health: 'Progressing', says: 'not all members are ready' },
    ],
    ...unseen,
  },
};
