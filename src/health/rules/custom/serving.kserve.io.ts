import type { GroupRules } from '../../rule.ts';
import { unseen, present, knative } from '../shared.ts';

/** KServe. */
export const servingKserveIoRules: GroupRules = {
  ClusterServingRuntime: present,
  InferenceGraph: knative,
  InferenceService: {
    expressions: [
      {
        when: "status.modelStatus.transitionStatus in ['BlockedByFailedLoad', 'InvalidSpec'] && !status.conditions.exists(c, c.type == 'Stopped' && c.status == 'True')",
        health: 'Degraded',
        message: 'status.modelStatus.lastFailureInfo.message',
        says: 'its model cannot be loaded',
      },
    ],
    conditions: [
      { type: 'Stopped', status: 'True', health: 'Suspended' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Progressing' },
    ],
    ...unseen,
  },
  LLMInferenceService: knative,
  ServingRuntime: present,
  TrainedModel: knative,
};
