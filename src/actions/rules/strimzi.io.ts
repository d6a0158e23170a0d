import type { Action, GroupActions } from '../action.ts';
import { switchingAnnotation } from '../shared.ts';

const rolling: Action = {
  name: 'restart',
  does: 'Have the operator restart the pods one after the other',
  unless: "metadata.annotations['strimzi.io/manual-rolling-update'] == 'true'",
  effect: {
    kind: 'patch',
    patch: { metadata: { annotations: { 'strimzi.io/manual-rolling-update': 'true' } } },
    belongs: 'Cluster',
  },
};

const pausing = switchingAnnotation(
  ['pause', 'Have the operator leave it as it is'],
  ['resume', 'Have the operator go on with it'],
  'strimzi.io/pause-reconciliation',
  'true',
);

/** What the operator for Kafka runs as pods. */
export const strimziPodActions: GroupActions = { StrimziPodSet: [rolling] };

/** The operator for Kafka. */
export const strimziActions: GroupActions = {
  Kafka: pausing,
  KafkaBridge: pausing,
  KafkaConnect: pausing,
  KafkaConnector: pausing,
  KafkaMirrorMaker2: pausing,
  KafkaRebalance: pausing,
  KafkaTopic: pausing,
  KafkaUser: pausing,
};
