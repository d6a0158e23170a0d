import type { GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** RabbitMQ. */
export const rabbitmqComRules: GroupRules = {
  Binding: ready,
  Exchange: ready,
  Permission: ready,
  Policy: ready,
  Queue: ready,
  RabbitmqCluster: {
    conditions: [
      { type: 'ReconcileSuccess', status: 'False', health: 'Degraded' },
      { type: 'ClusterAvailable', status: 'False', health: 'Progressing' },
      { type: 'ClusterAvailable', status: 'Unknown', health: 'Progressing' },
      { type: 'AllReplicasReady', status: 'False', health: 'Progressing' },
      { type: 'AllReplicasReady', status: 'Unknown', health: 'Progressing' },
      { type: 'AllReplicasReady', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
  Shovel: ready,
  User: ready,
  Vhost: ready,
};
