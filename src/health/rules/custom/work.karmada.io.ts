import type { ExpressionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const karmada: readonly ExpressionRule[] = [
  {
    when: "status.aggregatedStatus.exists(s, s.health == 'Unhealthy' || (s.health == 'Unknown' && !(has(s.applied) && s.applied)))",
    health: 'Degraded',
    says: 'it is not well in one of its clusters',
  },
  { when: 'size(spec.clusters) > 0 && size(spec.clusters) == size(status.aggregatedStatus)', health: 'Healthy' },
  { when: '!has(spec.clusters) && size(status.aggregatedStatus) > 0', health: 'Healthy' },
  { when: 'has(status.aggregatedStatus)', health: 'Progressing', says: 'not all clusters have reported' },
];

/** Karmada: bindings. */
export const workKarmadaIoRules: GroupRules = {
  ClusterResourceBinding: { expressions: karmada, ...unseen },
  ResourceBinding: { expressions: karmada, ...unseen },
};
