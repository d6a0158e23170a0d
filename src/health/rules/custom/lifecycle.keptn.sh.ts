import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen } from '../shared.ts';

const keptn: ValueRule = {
  path: 'status.status',
  values: { Succeeded: 'Healthy', Warning: 'Healthy', Failed: 'Degraded', Deprecated: 'Healthy', '*': 'Progressing' },
};

/** Keptn: lifecycles. */
export const lifecycleKeptnShRules: GroupRules = {
  KeptnAppVersion: { value: keptn, ...unseen },
  KeptnEvaluation: { value: { ...keptn, path: 'status.overallStatus' }, ...unseen },
  KeptnTask: { value: keptn, ...unseen },
  KeptnWorkloadInstance: { value: keptn, ...unseen },
  KeptnWorkloadVersion: { value: keptn, ...unseen },
};
