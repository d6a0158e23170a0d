import type { GroupActions } from '../action.ts';
import { restartPods, scale, switching } from '../shared.ts';

/** OpenKruise. */
export const kruiseActions: GroupActions = {
  AdvancedCronJob: switching(
    ['suspend', 'Start no more Jobs; those that run go on'],
    ['resume', 'Start Jobs again as the schedule says'],
    'paused',
  ),
  CloneSet: [restartPods, scale],
  DaemonSet: [restartPods],
  StatefulSet: [restartPods, scale],
};
