import type { GroupRules } from '../../rule.ts';
import { unseen, present, readyOrNot } from '../shared.ts';

/** Strimzi: Kafka. */
export const kafkaStrimziIoRules: GroupRules = {
  Kafka: readyOrNot,
  KafkaBridge: readyOrNot,
  KafkaConnect: readyOrNot,
  KafkaConnector: readyOrNot,
  KafkaMirrorMaker2: readyOrNot,
  KafkaNodePool: present,
  KafkaRebalance: {
    conditions: [
      { type: 'NotReady', status: 'True', health: 'Degraded' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'ProposalReady', status: 'True', health: 'Suspended' },
      { type: 'Stopped', status: 'True', health: 'Suspended' },
      { type: 'PendingProposal', status: 'True', health: 'Progressing' },
      { type: 'Rebalancing', status: 'True', health: 'Progressing' },
    ],
    ...unseen,
  },
  KafkaTopic: readyOrNot,
  KafkaUser: readyOrNot,
};
