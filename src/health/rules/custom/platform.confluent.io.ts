import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const confluent: DataRule = {
  value: {
    path: 'status.phase',
    values: { RUNNING: 'Healthy', PROVISIONING: 'Progressing', FAILED: 'Degraded', ERROR: 'Degraded' },
  },
  ...unseen,
};

/** Confluent for Kubernetes. */
export const platformConfluentIoRules: GroupRules = {
  Connect: confluent,
  Connector: {
    expressions: [
      { when: "status.state == 'ERROR'", health: 'Degraded', says: 'status.state is ERROR' },
      { when: 'status.failedTasksCount > 0', health: 'Degraded', says: 'some of its tasks have failed' },
      { when: "status.state == 'CREATED' && status.connectorState == 'RUNNING'", health: 'Healthy' },
    ],
    ...unseen,
  },
  ControlCenter: confluent,
  Kafka: confluent,
  KRaftController: confluent,
  KsqlDB: confluent,
  SchemaRegistry: confluent,
  Zookeeper: confluent,
};
