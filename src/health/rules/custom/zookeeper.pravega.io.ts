import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** ZooKeeper. */
export const zookeeperPravegaIoRules: GroupRules = {
  ZookeeperCluster: {
    expressions: [
      { when: 'status.readyReplicas > 0 && status.readyReplicas == status.replicas', health: 'Healthy' },
      { when: 'has(status.replicas)', health: 'Progressing', says: 'not all nodes have joined' },
    ],
    ...unseen,
  },
};
