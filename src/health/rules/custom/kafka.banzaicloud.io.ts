import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Koperator: Kafka. */
export const kafkaBanzaicloudIoRules: GroupRules = {
  KafkaCluster: {
    expressions: [
      {
        when: "status.state == 'ClusterRollingUpgrading'",
        health: 'Progressing',
        says: 'its brokers are restarted one by one',
      },
      {
        when: "status.brokersState.exists(b, status.brokersState[b].configurationState != 'ConfigInSync' || !(status.brokersState[b].gracefulActionState.cruiseControlState in ['GracefulUpscaleSucceeded', 'GracefulDownscaleSucceeded']))",
        health: 'Degraded',
        says: 'a broker is out of sync, or Cruise Control has not taken it in',
      },
      {
        when: "status.state == 'ClusterRunning' && status.cruiseControlTopicStatus == 'CruiseControlTopicReady'",
        health: 'Healthy',
      },
      { when: 'has(status.state)', health: 'Progressing', says: 'it is not running yet' },
    ],
    ...unseen,
  },
  KafkaTopic: { value: { path: 'status.state', values: { created: 'Healthy' } }, ...unseen },
  KafkaUser: { value: { path: 'status.state', values: { created: 'Healthy' } }, ...unseen },
};
