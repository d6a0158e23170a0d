import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Spark. */
export const sparkoperatorK8sIoRules: GroupRules = {
  ScheduledSparkApplication: {
    suspended: 'spec.suspend',
    value: {
      path: 'status.scheduleState',
      values: { Scheduled: 'Healthy', FailedValidation: 'Degraded' },
      message: 'status.reason',
    },
    ...unseen,
  },
  SparkApplication: {
    suspended: 'spec.suspend',
    value: {
      path: 'status.applicationState.state',
      values: {
        RUNNING: 'Healthy',
        COMPLETED: 'Healthy',
        FAILED: 'Degraded',
        SUBMISSION_FAILED: 'Degraded',
        FAILING: 'Degraded',
        SUSPENDED: 'Suspended',
        '*': 'Progressing',
      },
      message: 'status.applicationState.errorMessage',
    },
    ...unseen,
  },
};
