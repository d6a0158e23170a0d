import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const numaflow: DataRule = {
  expressions: [
    { when: "status.phase == 'Failed'", health: 'Degraded', message: 'status.message', says: 'status.phase is Failed' },
    {
      when: "metadata.labels['numaplane.numaproj.io/progressive-result-state'] == 'failed'",
      health: 'Degraded',
      says: 'its progressive upgrade has failed',
    },
    {
      when: "status.conditions.exists(c, c.status == 'False')",
      health: 'Degraded',
      says: 'one of its conditions is False',
    },
  ],
  value: {
    path: 'status.phase',
    values: { Running: 'Healthy', Paused: 'Suspended', Pausing: 'Suspended', '*': 'Progressing' },
    message: 'status.message',
  },
  ...unseen,
};

/** Numaflow. */
export const numaflowNumaprojIoRules: GroupRules = {
  InterStepBufferService: numaflow,
  MonoVertex: numaflow,
  Pipeline: numaflow,
  Vertex: numaflow,
};
