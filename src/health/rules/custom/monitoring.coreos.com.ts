import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const prometheus: DataRule = {
  suspended: 'spec.paused',
  conditions: [
    { type: 'Reconciled', status: 'False', health: 'Degraded' },
    { type: 'Available', status: 'True', health: 'Healthy' },
    { type: 'Available', reasons: ['SomePodsNotReady'], health: 'Progressing' },
    { type: 'Available', status: 'Unknown', health: 'Progressing' },
    { type: 'Available', health: 'Degraded' },
  ],
  ...unseen,
};

/** The Prometheus operator. */
export const monitoringCoreosComRules: GroupRules = {
  Alertmanager: prometheus,
  PodMonitor: present,
  Probe: present,
  Prometheus: prometheus,
  PrometheusAgent: prometheus,
  PrometheusRule: present,
  ServiceMonitor: present,
  ThanosRuler: prometheus,
};
