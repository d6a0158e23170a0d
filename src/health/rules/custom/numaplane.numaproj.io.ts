import type { DataRule, GroupRules } from '../../rule.ts';

const numaplane: DataRule = {
  expressions: [
    {
      when: "(status.phase == 'Pending' || status.upgradeInProgress != '') && !status.conditions.exists(c, c.type == 'ProgressiveUpgradeSucceeded' && c.status == 'False')",
      health: 'Progressing',
      says: 'an upgrade is under way',
    },
    { when: "status.phase == 'Failed'", health: 'Degraded', message: 'status.message', says: 'status.phase is Failed' },
  ],
  conditions: [
    { type: 'ChildResourcesHealthy', status: 'False', reasons: ['Progressing'], health: 'Progressing' },
    { type: 'ProgressiveUpgradeSucceeded', status: 'False', health: 'Degraded' },
    { type: 'ChildResourcesHealthy', status: 'False', health: 'Degraded' },
    { type: 'PipelinePausingOrPaused', status: 'True', health: 'Suspended' },
    { type: 'MonoVertexPausingOrPaused', status: 'True', health: 'Suspended' },
    { type: 'ChildResourcesHealthy', status: 'True', health: 'Healthy' },
  ],
  otherwise: 'Progressing',
  message: 'nothing is known of its children yet',
};

/** Numaplane. */
export const numaplaneNumaprojIoRules: GroupRules = {
  ISBServiceRollout: numaplane,
  MonoVertexRollout: numaplane,
  NumaflowControllerRollout: numaplane,
  PipelineRollout: numaplane,
};
