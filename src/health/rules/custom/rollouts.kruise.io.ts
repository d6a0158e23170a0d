import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** OpenKruise: rollouts. */
export const rolloutsKruiseIoRules: GroupRules = {
  Rollout: {
    suspended: 'spec.strategy.paused',
    expressions: [
      {
        when: "status.phase in ['Terminating', 'Disabled', 'Disabling']",
        health: 'Degraded',
        message: 'status.message',
        says: 'it is disabled or ends',
      },
      {
        when: "status.phase == 'Progressing' && status.canaryStatus.currentStepState == 'StepPaused'",
        health: 'Suspended',
        says: 'it waits for approval of a step',
      },
      {
        when: "status.phase == 'Progressing' && status.blueGreenStatus.currentStepState == 'StepPaused'",
        health: 'Suspended',
        says: 'it waits for approval of a step',
      },
      { when: "status.phase == 'Healthy'", health: 'Healthy' },
      { when: 'has(status.phase)', health: 'Progressing', message: 'status.message', says: 'it is under way' },
    ],
    ...unseen,
  },
};
