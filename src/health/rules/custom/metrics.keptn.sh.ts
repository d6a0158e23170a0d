import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Keptn: metrics. */
export const metricsKeptnShRules: GroupRules = {
  Analysis: {
    expressions: [
      { when: 'status.pass == true', health: 'Healthy' },
      { when: 'status.warning == true', health: 'Healthy', says: 'it passes with warnings' },
      { when: 'status.pass == false', health: 'Degraded', says: 'it does not pass' },
    ],
    ...unseen,
  },
  KeptnMetric: {
    expressions: [
      { when: "status.errMsg != ''", health: 'Degraded', message: 'status.errMsg' },
      { when: 'has(status.value)', health: 'Healthy' },
    ],
    ...unseen,
  },
};
