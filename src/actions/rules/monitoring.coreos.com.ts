import type { GroupActions } from '../action.ts';
import { switching } from '../shared.ts';

const pausing = switching(
  ['pause', 'Have the operator leave it as it is'],
  ['resume', 'Have the operator go on with it'],
  'paused',
);

/** The operator for Prometheus. */
export const prometheusActions: GroupActions = {
  Alertmanager: pausing,
  Prometheus: pausing,
  PrometheusAgent: pausing,
  ThanosRuler: pausing,
};
