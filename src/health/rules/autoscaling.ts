import type { GroupRules } from '../rule.ts';

/** Autoscalers. */
export const autoscalingRules: GroupRules = {
  HorizontalPodAutoscaler: {
    conditions: [
      { type: 'AbleToScale', status: 'False', reasons: ['FailedGetScale', 'FailedUpdateScale'], health: 'Degraded' },
      {
        type: 'ScalingActive',
        status: 'False',
        reasons: ['FailedGet*', 'FailedCompute*', 'Invalid*'],
        health: 'Degraded',
      },
      { type: 'ScalingActive', status: 'False', reasons: ['ScalingDisabled'], health: 'Suspended' },
      { type: 'AbleToScale', status: 'True', health: 'Healthy' },
    ],
    otherwise: 'Progressing',
    message: 'nothing is known of it yet',
  },
};
